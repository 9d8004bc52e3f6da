"""The networks: shapes, ranges, what is random and what is not."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from shapevae.cells import pixels_of
from shapevae.config import PRESETS, ModelConfig, TrainConfig
from shapevae.model import Autoencoder, prior_draws
from shapevae.optimiser import Muon, build_optimisers, one_cycle, orthogonalise
from shapevae.shapes import draw_shapes
from shapevae.training import loss_terms
from tests.conftest import tiny


def test_shapes_and_range(model: Autoencoder) -> None:
    x = draw_shapes(5, 0).images
    code = model.encode(x)
    assert code.mean.shape == (5, model.config.latent_dim)
    assert torch.broadcast_shapes(code.std.shape, code.mean.shape) == code.mean.shape
    x_hat = model.reconstruct(x)
    assert x_hat.shape == x.shape
    assert 0 <= x_hat.min() and x_hat.max() <= 1


def test_a_vae_learns_its_std_and_fixed_noise_is_one_number() -> None:
    x = draw_shapes(4, 0).images
    vae, fixed = (Autoencoder(ModelConfig(noise_variance=noise)) for noise in (None, 0.25))
    assert vae.encode(x).std.std() > 0
    assert fixed.encode(x).std.item() == 0.5


def test_shaped_noise_has_one_entropy_for_all_images_and_never_exceeds_the_prior() -> None:
    model = Autoencoder(ModelConfig(noise_variance=0.4, prior_variance=5.0, shaped_noise=True)).double()
    with torch.no_grad():
        model.encoder.out.weight.mul_(50)  # far from even
    code = model.encode(draw_shapes(20, 0).images.double())
    assert code.std.std(1).min() > 0.1
    assert code.std.max() <= math.sqrt(5)
    log_variances = 2 * code.std.log().sum(1)
    torch.testing.assert_close(log_variances, torch.full_like(log_variances, 16 * math.log(0.4)))


def test_reconstruct_is_the_mean_code_without_noise(model: Autoencoder) -> None:
    x = draw_shapes(3, 0).images
    assert torch.equal(model.reconstruct(x), model.decode(model.encode(x).mean))
    assert torch.equal(model.reconstruct(x), model.reconstruct(x))


def test_whatever_is_plainly_a_picture_is_encoded_alike(model: Autoencoder) -> None:
    x = draw_shapes(3, 0).images
    expected = model.eval().reconstruct(x)
    for same in (x.numpy(), x.double(), x.numpy().astype(np.float64)[:, :, ::1], x.half().float()):
        torch.testing.assert_close(model.reconstruct(same), expected, atol=2e-3, rtol=0)
    state, before = model.state_dict(), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        double = Autoencoder(model.config).eval()
        double.load_state_dict(state)
        torch.testing.assert_close(double.reconstruct(x).float(), expected, atol=1e-4, rtol=0)
        assert double.sample(2, 0, passes=1).shape == x[:2].shape
    finally:
        torch.set_default_dtype(before)


WRONG = {
    "28 × 28": lambda x: x[..., :28, :28],
    "three channels": lambda x: x.expand(-1, 3, -1, -1),
    "one picture without its batch": lambda x: x[0],
    "whole numbers": lambda x: (255 * x).byte(),
    "whole numbers of numpy": lambda x: (255 * x).byte().numpy(),
    "0 to 255": lambda x: 255 * x,
    "not a number": lambda x: x * math.nan,
    "a list": lambda x: x.tolist(),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_arrays_are_refused_with_what_would_be_right(model: Autoencoder, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^images must (be|hold) .*: (divide|shapevae.images.read.to_tensor)"):
        model.eval().encode(WRONG[wrong](draw_shapes(2, 0).images))


def test_codes_of_another_size_are_refused(model: Autoencoder) -> None:
    for wrong in (torch.zeros(model.config.latent_dim), torch.zeros(2, model.config.latent_dim + 1)):
        with pytest.raises(ValueError, match=rf"^codes must be \(N, {model.config.latent_dim}\), got"):
            model.decode(wrong)


def test_samples_of_a_code_follow_mean_and_std(model: Autoencoder) -> None:
    code = model.encode(draw_shapes(1, 0).images.expand(20_000, -1, -1, -1))
    z = code.rsample(torch.Generator().manual_seed(0))
    assert torch.allclose(z.mean(0), code.mean[0], atol=0.05)
    assert torch.allclose(z.std(0), code.std.expand_as(code.mean)[0], rtol=0.05)


def test_chosen_cells_are_those_of_whole_images_dealt_out_among_the_codes(model: Autoencoder) -> None:
    z = torch.randn(3, 2, model.config.latent_dim, generator=torch.Generator().manual_seed(0))
    cells = torch.stack([torch.arange(start, 256, 32) for start in (0, 5, 9)])
    drawn = model.decode_cells(z, cells)
    for index in range(2):
        whole = pixels_of(model.decode(z[:, index]), cells, model.decoder.grid)
        assert torch.allclose(drawn[:, index::2], whole[:, index::2], atol=1e-6)


def test_several_codes_and_few_cells_leave_the_mean_of_the_loss_as_it_is() -> None:
    config = tiny("report-vae")  # the MMD of 4000 codes would only take long
    model, x = Autoencoder(config.model), draw_shapes(1, 0).images.expand(4000, -1, -1, -1)
    with torch.no_grad():
        few, all_of_one = (
            loss_terms(model, x, config.replace(codes_per_image=codes, cells_per_image=cells), 1.0, torch.Generator())
            for codes, cells in ((2, 64), (1, 256))
        )
    assert few.distortion.item() == pytest.approx(all_of_one.distortion.item(), rel=0.02)


def test_samples_are_fixed_by_the_seed_and_shared_by_both_models() -> None:
    vae, mmd = (Autoencoder(PRESETS[name].model) for name in ("vae", "mmd"))
    assert torch.equal(vae.sample(4, 1), vae.sample(4, 1))
    assert not torch.equal(vae.sample(4, 1), vae.sample(4, 2))
    assert torch.equal(vae.draw_prior(20, 1)[:7], vae.draw_prior(7, 1))
    shared = mmd.config.latent_dim
    assert torch.allclose(vae.draw_prior(6, 3)[:, :shared] * math.sqrt(mmd.config.prior_variance), mmd.draw_prior(6, 3))
    assert torch.allclose(vae.sample(4, 1, spread=0.5), vae.decode(0.5 * prior_draws(4, vae.config.latent_dim, 1)))


def test_refined_samples_have_been_reconstructed_again_and_again() -> None:
    model = Autoencoder(PRESETS["vae"].model)
    again = model.reconstruct(model.reconstruct(model.sample(4, 1)))
    assert torch.equal(model.sample(4, 1, passes=2), again)
    assert torch.equal(model.sample(4, 1, passes=0), model.sample(4, 1))


def test_the_prior_has_its_variance() -> None:
    z = Autoencoder(PRESETS["report-mmd"].model).draw_prior(50_000, 0)
    assert torch.allclose(z.T.cov(), 5 * torch.eye(z.shape[1]), atol=0.2)


def test_every_weight_gets_a_gradient(model: Autoencoder, config: TrainConfig) -> None:
    terms = loss_terms(model, draw_shapes(16, 0).images, config, config.pixel_variance, torch.Generator().manual_seed(0))
    terms.loss.backward()
    for name, param in model.named_parameters():
        assert param.grad is not None and param.grad.abs().sum() > 0, name


@pytest.mark.parametrize("shape", [(1, 64, 64), (3, 32, 96), (2, 96, 32)])
def test_orthogonalise_brings_singular_values_near_one(shape: tuple[int, ...]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrices))
    assert values.max() < 1.3
    assert values.median() > 0.6
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    alignment = (orthogonalise(matrices) * (u @ v)).sum((1, 2)) / values.sum(1)
    assert alignment.min() > 0.95


@pytest.mark.parametrize("hidden", [1, 4, 20, 64])
def test_muon_takes_matrices_of_every_shape(hidden: int) -> None:
    model = Autoencoder(PRESETS["vae"].replace(hidden=hidden).model)
    muon, _ = build_optimisers(model, 1e-3, 1e-2, fixed_noise=model.fixed_noise)
    before = [param.clone() for group in muon.param_groups for param in group["params"]]
    generator = torch.Generator().manual_seed(0)
    for param in model.parameters():
        param.grad = torch.randn(param.shape, generator=generator)
    muon.step()
    after = [param for group in muon.param_groups for param in group["params"]]
    assert all((new - old).abs().max() > 1e-4 for old, new in zip(before, after, strict=True))


def test_optimisers_share_out_all_parameters() -> None:
    model = Autoencoder(PRESETS["vae"].model)
    muon, adam = build_optimisers(model, 1e-3, 1e-2, fixed_noise=model.fixed_noise)
    assert isinstance(muon, Muon)
    groups = [param for optimiser in (muon, adam) for group in optimiser.param_groups for param in group["params"]]
    assert len(groups) == len(set(groups)) == len(list(model.parameters()))


@pytest.mark.parametrize("preset", ["report-vae", "report-mmd"])
@pytest.mark.parametrize("latent_dim", [1, 16, 17, 64])
def test_the_latent_size_does_not_change_what_muon_updates(preset: str, latent_dim: int) -> None:
    config = PRESETS[preset].model
    assert muons(dataclasses.replace(config, latent_dim=latent_dim)) == muons(dataclasses.replace(config, latent_dim=5))


def test_muon_leaves_the_encoders_later_layers_to_adam_where_the_noise_is_fixed() -> None:
    assert muons(PRESETS["report-vae"].model) == muons(PRESETS["report-mmd"].model)
    left = muons(PRESETS["report-mmd"].model) - muons(dataclasses.replace(PRESETS["report-mmd"].model, shaped_noise=False))
    assert left == {"encoder.hidden.weight", "encoder.out.weight"}


def muons(config: ModelConfig) -> set[str]:
    model = Autoencoder(config)
    muon, _ = build_optimisers(model, 1e-3, 1e-2, fixed_noise=model.fixed_noise)
    chosen = {param for group in muon.param_groups for param in group["params"]}
    return {name for name, param in model.named_parameters() if param in chosen}


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    rates = [one_cycle(step, 100) for step in range(100)]
    peak = rates.index(max(rates))
    assert 3 <= peak <= 6 and max(rates) == pytest.approx(1, abs=0.01)
    assert rates[:peak] == sorted(rates[:peak]) and rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 0.01
