"""The figures of a model: right on models whose figures are known, in bounds on others, and writable as JSON."""

import json
import math

import pytest
import torch
from torch import Tensor

from shapevae import evaluation as module
from shapevae.config import TEST_SEED, ModelConfig, ShapeConfig
from shapevae.evaluation import Evaluation, evaluate
from shapevae.ideal import ideal_coder
from shapevae.information import BITS
from shapevae.losses import squared_error
from shapevae.model import Autoencoder, Code
from shapevae.shapes import CIRCLE, TRIANGLE, draw_shapes, place, render
from shapevae.table import render_table

NAMES = (
    "mse_per_pixel",
    "squared_error_per_image",
    "reconstruction_quality",
    "sample_quality",
    "sample_exact",
    "kind_balance",
    "refined_sample_quality",
    "rate_bits",
    "mutual_information_bits",
    "marginal_kl_bits",
    "mmd",
)
COUNT = 300


class Known(Autoencoder):
    """Remembers what it encodes, decodes other codes to true shapes, and has Gaussian codes: every figure is known."""

    def __init__(self, std: float, spread: float, only: int | None = None, fade: float = 1.0) -> None:
        super().__init__(ModelConfig(latent_dim=4))
        self.posterior_std, self.spread, self.only, self.fade = std, spread, only, fade
        self.generator = torch.Generator().manual_seed(5)

    def encode(self, x: Tensor) -> Code:
        self.x = x
        self.mean = self.spread * torch.randn(len(x), self.config.latent_dim, generator=self.generator)
        return Code(self.mean, torch.full((1, 1), self.posterior_std))

    def decode(self, z: Tensor) -> Tensor:
        if z is self.mean:
            return self.fade * self.x
        u = torch.special.ndtr(z.double() / math.sqrt(self.config.prior_variance))
        kinds = (3 * u[:, 0]).long() if self.only is None else torch.full((len(z),), self.only)
        shapes = place(kinds, u[:, 1], torch.ones(len(z)), torch.zeros(len(z)), u[:, 2], u[:, 3], ShapeConfig())
        return render(shapes, self.config.image_size)


def known(**changes: float) -> Known:
    options = {"std": 0.1, "spread": math.sqrt(0.99), **changes}
    return Known(**options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def perfect() -> Evaluation:
    return evaluate(known(), images=COUNT, seed=1)


@pytest.fixture(scope="module", params=[None, 1.0, 0.0], ids=["vae", "mmd", "without noise"])
def untrained(request: pytest.FixtureRequest) -> Evaluation:
    torch.manual_seed(0)
    config = ModelConfig(encoder_width=4, decoder_width=8, hidden=32, noise_variance=request.param)
    return evaluate(Autoencoder(config), images=40)


def test_a_perfect_model_has_perfect_figures(perfect: Evaluation) -> None:
    assert perfect.images == perfect.codes == COUNT
    assert perfect.squared_error_per_image.value == perfect.mse_per_pixel.value == 0
    assert perfect.reconstruction_quality.value == perfect.sample_quality.value == 1
    assert perfect.reconstruction_iou.value == pytest.approx(1) and perfect.reconstruction_overlap.value == 1
    assert perfect.reconstruction_quality.low == pytest.approx(1 / (1 + 1.96**2 / COUNT), abs=1e-4)
    assert perfect.sample_exact.value > 0.98
    assert perfect.kind_balance is not None
    assert (perfect.kind_balance.low, perfect.active_units) == (0, 4)
    assert perfect.kind_shares == pytest.approx([1 / 3] * 3, abs=0.1)


def test_information_of_a_gaussian_channel_in_bits(perfect: Evaluation) -> None:
    exact = 4 / 2 * math.log2(1 / 0.1**2)  # z is exactly N(0, I): the rate is all information
    for estimate, value in (
        (perfect.rate_bits, exact),
        (perfect.mutual_information_bits, exact),
        (perfect.marginal_kl_bits, 0),
        (perfect.mmd, 0),
    ):
        assert estimate is not None and estimate.low is not None and estimate.high is not None
        assert estimate.value == pytest.approx(value, abs=1.5 * (estimate.high - estimate.low))
    assert perfect.mixture_cap_bits == pytest.approx(math.log2(COUNT))
    assert perfect.rate_per_dimension_bits is not None and perfect.rate_bits is not None
    assert sum(perfect.rate_per_dimension_bits) == pytest.approx(perfect.rate_bits.value)
    assert perfect.gaussianity is not None
    assert max(perfect.gaussianity.ks) < perfect.gaussianity.ks_noise


def test_the_rate_beyond_the_ideal_coder_at_the_error_of_drawn_codes(perfect: Evaluation) -> None:
    model, x = known(fade=0.99), draw_shapes(60, TEST_SEED).images
    model.decode = lambda z: (0.99 if z is model.mean else 0.96) * model.x  # type: ignore[method-assign]
    found, ideal = evaluate(model, images=60), ideal_coder(ShapeConfig())
    drawn = squared_error(x, 0.96 * x).mean().item()
    assert found.noisy_squared_error.value == pytest.approx(drawn, rel=1e-4)
    assert found.ideal_rate_bits and found.excess_bits and found.rate_bits and found.own_error_bits
    assert found.ideal_rate_bits.value == pytest.approx(ideal.rate(drawn).value * BITS, rel=1e-4)
    assert found.excess_bits.value == pytest.approx(found.rate_bits.value - found.ideal_rate_bits.value)
    assert found.own_error_bits == pytest.approx(ideal.dimensions / 2 * math.log2(16 / 15), rel=1e-3)  # of 0.04² it has 0.01²
    assert perfect.ideal_rate_bits is perfect.excess_bits is perfect.own_error_bits is None  # drawn codes give other shapes


def test_a_model_that_draws_one_kind_only_is_as_far_from_balance_as_can_be() -> None:
    found = evaluate(known(only=CIRCLE), images=60)
    assert found.kind_shares == (1, 0, 0)
    assert found.kind_balance is not None and found.kind_balance.value == pytest.approx(2 / 3)
    assert found.sample_quality.value == 1


def test_faint_reconstructions_are_not_right_and_cost_what_they_miss() -> None:
    found = evaluate(known(fade=0.5), images=60)
    x = draw_shapes(60, TEST_SEED).images
    exact = squared_error(x, 0.5 * x)
    assert found.reconstruction_quality.value == 0
    assert found.squared_error_per_image.value == pytest.approx(exact.mean().item(), rel=1e-5)
    half = 1.96 * exact.std().item() / math.sqrt(60)
    assert found.squared_error_per_image.high == pytest.approx(exact.mean().item() + half, rel=1e-4)


def test_refined_samples_are_those_that_two_passes_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Known, "refine", lambda self, x, passes: x if passes == 2 else 0 * x)
    found = evaluate(known(), images=60)
    assert found.refined_sample_quality == found.sample_quality and found.refined_kind_balance == found.kind_balance
    monkeypatch.setattr(Known, "refine", lambda self, x, passes: 0 * x)
    found = evaluate(known(), images=60)
    assert (found.sample_quality.value, found.refined_sample_quality.value, found.refined_kind_balance) == (1, 0, None)


def test_a_shape_of_another_kind_is_not_a_right_reconstruction(monkeypatch: pytest.MonkeyPatch) -> None:
    model = known(only=TRIANGLE)
    monkeypatch.setattr(Known, "encode", lambda self, x: (Autoencoder.encode(self, x), setattr(self, "mean", None))[0])
    found = evaluate(model, images=90)
    share = (draw_shapes(90, TEST_SEED).kinds == TRIANGLE).float().mean().item()
    assert found.reconstruction_quality.value == pytest.approx(share)


def test_a_right_kind_in_a_wrong_place_shows_in_the_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    decode = Known.decode
    monkeypatch.setattr(Known, "decode", lambda self, z: decode(self, z).roll(4, -1))
    found = evaluate(known(), images=60)
    assert found.reconstruction_quality.value > 0.8
    assert found.reconstruction_overlap.value == 0 and found.reconstruction_iou.value < 0.8


def test_the_collapse_of_a_code_shows() -> None:
    found = evaluate(known(std=1.0, spread=1e-4), images=100)
    assert found.active_units == 0
    assert found.rate_bits is not None and found.rate_bits.value == pytest.approx(0, abs=1e-3)
    assert found.mixture_information_bits is not None
    assert found.mixture_information_bits.value == pytest.approx(0, abs=1e-2)


def test_both_scales_of_the_squared_error_are_one_figure(untrained: Evaluation) -> None:
    for end in ("value", "low", "high"):
        per_image, per_pixel = (getattr(e, end) for e in (untrained.squared_error_per_image, untrained.mse_per_pixel))
        assert per_image == pytest.approx(64 * 64 * per_pixel)


def test_every_named_figure_has_its_interval_around_it(untrained: Evaluation) -> None:
    values = untrained.to_dict()
    for name in NAMES:
        value, low, high = (values[name + end] for end in ("", "_low", "_high"))
        assert (value is None) == (low is None) == (high is None), name
        assert value is None or low <= value <= high, name
    assert {"active_units", "train_seconds", "images", "designed_rate_bits"} <= values.keys()


def test_figures_survive_json(untrained: Evaluation) -> None:
    values = untrained.to_dict()
    assert json.loads(json.dumps(values, allow_nan=False)) == values


def test_a_noiseless_code_has_no_rate_and_a_learned_one_no_design() -> None:
    torch.manual_seed(0)
    small = {"latent_dim": 5, "encoder_width": 4, "decoder_width": 8, "hidden": 32}
    found = {s: evaluate(Autoencoder(ModelConfig(**small, noise_variance=s)), images=20).to_dict() for s in (None, 0.25, 0.0)}  # type: ignore[arg-type]
    for name in ("rate_bits", "mutual_information_bits", "marginal_kl_bits", "designed_rate_bits", "mixture_cap_bits"):
        assert found[0.0][name] is None
    assert found[0.25]["designed_rate_bits"] == pytest.approx(5)
    assert found[0.25]["rate_bits"] is not None
    assert found[None]["designed_rate_bits"] is None
    assert found[None]["rate_bits"] is not None


@pytest.mark.parametrize("images", [1, 2, 5])
def test_a_few_pictures_are_enough_to_write_json(images: int) -> None:
    values = evaluate(known(), images=images, train_seconds=1.5).to_dict()
    json.dumps(values, allow_nan=False)
    assert values["images"] == images
    assert values["train_seconds"] == 1.5
    assert values["rate_bits"] is None


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_left_as_it_was(training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model = known().train(training)
    evaluate(model, images=1)
    assert model.training is training
    monkeypatch.setattr(Known, "decode", lambda self, z: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        evaluate(model, images=1)
    assert model.training is training


def test_the_seed_fixes_every_figure_and_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = Autoencoder(ModelConfig(encoder_width=4, decoder_width=8, hidden=32))
    first = evaluate(model, images=70).to_dict()
    assert evaluate(model, images=70).to_dict() == first
    assert evaluate(model, images=70, seed=1).to_dict() != first
    monkeypatch.setattr(module, "_CHUNK", 32)
    again = evaluate(model, images=70).to_dict()
    for name in ("squared_error_per_image", "rate_bits", "active_units"):
        assert again[name] == pytest.approx(first[name], rel=1e-4)


def test_codes_are_kept_for_the_first_pictures_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CODES", 50)
    monkeypatch.setattr(module, "_CHUNK", 32)
    found = evaluate(known(), images=100)
    assert (found.images, found.codes) == (100, 50)


@pytest.mark.parametrize("images", [0, -3])
def test_no_pictures_are_refused(images: int) -> None:
    with pytest.raises(ValueError, match=f"images must be at least 1, got {images}"):
        evaluate(known(), images=images)


def test_pictures_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"64 .* 32"):
        evaluate(known(), images=1, shapes=ShapeConfig(image_size=32))


def test_rotated_pictures_are_measured_when_asked_for() -> None:
    found = evaluate(known(fade=0.5), images=30, shapes=ShapeConfig(rotated=True))
    x = draw_shapes(30, TEST_SEED, ShapeConfig(rotated=True)).images
    assert found.squared_error_per_image.value == pytest.approx(squared_error(x, 0.5 * x).mean().item(), rel=1e-5)


def test_the_table_has_a_column_for_each_model_and_both_scales_in_one_row(perfect: Evaluation, untrained: Evaluation) -> None:
    table = render_table({"perfect": perfect, "untrained": untrained})
    lines = table.splitlines()
    assert lines[0].split() == ["perfect", "untrained"]
    start = lines[0].index("untrained")
    error = next(line for line in lines if line.startswith("squared error"))
    assert " = " in error
    assert f"{untrained.squared_error_per_image.value:.2f} [" in error[start:]
    assert f"= {untrained.mse_per_pixel.value:.6f}" in error[start:]
    rate = next(line for line in lines if line.startswith("rate"))
    assert (rate[start:].strip() == "-") == (untrained.rate_bits is None)
    assert "nan" not in table and "None" not in table
