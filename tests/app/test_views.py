"""What the app shows, asked of the plain functions; the shipped models on shapes drawn by hand."""

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from demo import presets
from demo.markup import cards
from demo.views import drawing
from demo.views import results as views
from demo.views.checks import InputError
from demo.widgets import server_functions
from shapevae.config import PRESETS
from shapevae.errors import WeightsError
from shapevae.images.read import ImageError, from_hex
from shapevae.images.write import to_hex
from shapevae.judge import judge_shapes
from shapevae.losses import kl_divergence
from shapevae.shapes import KINDS
from shapevae.weights import load_model, save_model
from tests.conftest import tiny
from tests.support.app_server import untrained
from tests.support.drawings import Drawing, drawings

NOT_NUMBERS = [None, True, False, "3", [3], {}, math.nan, math.inf, -math.inf, 10**400, 1e308]
MODELS = untrained()
WEIGHTS = Path(__file__).parents[2] / "weights"


@pytest.fixture
def x() -> torch.Tensor:
    return drawing.draw(drawing.seed_setting("random", 3))


@pytest.mark.parametrize("kind", KINDS)
def test_generated_shapes_are_of_their_kind(kind: str) -> None:
    pictures = torch.cat([drawing.draw(drawing.seed_setting(kind, seed)) for seed in range(20)])
    judged = judge_shapes(pictures)
    assert judged.exact.all()
    assert all(KINDS[k] == kind for k in judged.kind)


def test_a_seed_names_one_shape() -> None:
    setting = drawing.seed_setting("random", 11)
    again = drawing.draw_setting("random", setting.size, setting.angle, 11)
    assert torch.equal(drawing.draw(setting), again)
    assert not torch.equal(again, drawing.draw(drawing.seed_setting("random", 12)))
    assert {drawing.seed_setting("random", seed).kind for seed in range(30)} == set(KINDS)


def test_size_angle_and_place_do_what_they_say() -> None:
    areas = [float(drawing.draw_setting("circle", size, 0, 5).sum()) for size in (0, 0.5, 1)]
    assert areas == sorted(areas) and areas[0] < areas[-1] / 2
    turned = [drawing.draw_setting("rectangle", 0.5, angle, 5, 0.5, 0.5) for angle in (0, 90, 180)]
    assert torch.allclose(turned[0], turned[2], atol=0.02)
    assert torch.allclose(turned[1], turned[0].rot90(1, (2, 3)), atol=0.02)
    columns = [drawing.draw_setting("circle", 0, 0, 5, across, 0.5).sum(2).argmax() for across in (0, 0.5, 1)]
    assert columns == sorted(columns)


# By the sentence: the call, and the values that it refuses.
WRONG: dict[str, tuple[Callable[[object], object], list[object]]] = {
    "The size must be a number from 0 to 1.": (
        lambda value: drawing.draw_setting("circle", value, 0, 0),
        [*NOT_NUMBERS, -0.1, 1.1],
    ),
    "The angle must be a number from -360 to 360.": (
        lambda value: drawing.draw_setting("circle", 0.5, value, 0),
        [*NOT_NUMBERS, -361, 1e9],
    ),
    "The seed must be a whole number from 0 to 2147483647.": (
        lambda value: views.sample_settings(9, value),
        [*NOT_NUMBERS, -1, 2**31, 0.5, 2.5],
    ),
    "The count must be a whole number from 4 to 100.": (
        lambda value: views.sample_settings(value, 0),
        [*NOT_NUMBERS, "a", [], -1, 0, 3, 101, 4.5, 1e300],
    ),
    "The number of passes must be a whole number from 0 to 3.": (
        lambda value: views.sample_settings(9, 4, 1, value),
        [*NOT_NUMBERS, -1, 4, 0.5],
    ),
    "The kind must be one of random, circle, rectangle, triangle.": (
        lambda value: drawing.seed_setting(value, 0),
        [None, True, 1, "Circle", "square", ["circle"], {"a": 1}],
    ),
    "Send a picture file.": (drawing.read_upload, [None, 3, "a.png", ["x"], {}]),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_wrong_values_are_refused_with_a_sentence(sentence: str) -> None:
    call, values = WRONG[sentence]
    for value in values:
        with pytest.raises((InputError, ImageError)) as refused:
            call(value)
        assert str(refused.value) == sentence, value


def test_reconstructions_carry_their_own_figures(x: torch.Tensor) -> None:
    for name, result in views.reconstruct(MODELS, x).items():
        expected = MODELS[name].reconstruct(x)[0].detach()
        assert torch.equal(result.image, expected)
        assert result.squared_error == pytest.approx(float((x[0] - expected).square().sum()))
        assert result.mse_per_pixel == pytest.approx(result.squared_error / 64**2)


def test_bits_are_the_divergence_from_each_models_own_prior(x: torch.Tensor) -> None:
    code = MODELS["vae"].encode(x)
    bits = views.reconstruct(MODELS, x)["vae"].bits
    assert bits is not None
    assert torch.allclose(bits * math.log(2), kl_divergence(code.mean, code.std)[0])
    mean, std = MODELS["mmd"].encode(x).mean[0], math.sqrt(0.01)
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, std), torch.distributions.Normal(0, math.sqrt(5))
    )
    bits = views.reconstruct(MODELS, x)["mmd"].bits
    assert bits is not None
    assert torch.allclose(bits * math.log(2), expected, rtol=1e-4)


def test_without_noise_there_is_no_number_of_bits(x: torch.Tensor) -> None:
    rebuilt = views.reconstruct({"mmd": untrained(noise_variance=0.0)["mmd"]}, x)
    assert rebuilt["mmd"].total_bits is None
    assert "not finite" in cards.reconstruction(x, rebuilt)


def samples(*settings: object) -> dict[str, torch.Tensor]:
    return views.sample(MODELS, views.sample_settings(*settings))


def test_both_models_samples_share_their_codes_and_their_seed() -> None:
    grids = samples(9, 4)
    assert {name: tuple(images.shape) for name, images in grids.items()} == dict.fromkeys(MODELS, (9, 1, 64, 64))
    assert torch.equal(grids["vae"], MODELS["vae"].sample(9, 4))
    assert torch.equal(grids["vae"], samples(9.0, 4)["vae"])
    assert not torch.equal(grids["vae"], samples(9, 5)["vae"])
    again = MODELS["mmd"].reconstruct(grids["mmd"])
    assert torch.equal(samples(9, 4, 1, 1)["mmd"], again)


def test_the_pads_questions_are_answered(x: torch.Tensor) -> None:
    rebuild, draw, judge = server_functions.pad_functions(MODELS)
    seen = from_hex(to_hex(x))
    assert rebuild(to_hex(x))["html"] == cards.reconstruction(seen, views.reconstruct(MODELS, seen))
    setting = {"kind": "triangle", "size": 0.3, "angle": 40, "seed": 3, "across": 0.1, "down": 0.9}
    drawn = draw(setting)
    assert drawn == {"hex": to_hex(drawing.draw_setting(**setting)), **rebuild(drawn["hex"])}
    assert draw({**setting, "size": 2}) == {"error": "The size must be a number from 0 to 1."}
    assert set(judge(to_hex(x))["words"]) == {"input", "vae", "mmd", "belief"}
    assert "match" in judge(to_hex(x))["words"]["input"]


def test_bars_of_bits_share_a_scale_that_cuts_none_of_them(x: torch.Tensor) -> None:
    few, many = (views.Rebuilt(x[0], 1.0, 0.1, torch.tensor(bits)) for bits in ([2.0, 9.0], [12.0, 6.0]))
    heights = re.findall(r"height:([\d.]+)%", cards.reconstruction(x, {"vae": few, "mmd": many}))
    assert [float(height) for height in heights] == pytest.approx([100 * bits / 12 for bits in (2, 9, 12, 6)], abs=0.1)


def test_outlines_are_left_open_where_that_is_asked_for() -> None:
    rebuild, _, judge = server_functions.pad_functions(MODELS)
    ring = torch.zeros(1, 64, 64)
    ring[0, 16:48, 16:48] = 1
    ring[0, 20:44, 20:44] = 0
    assert (
        rebuild({"hex": to_hex(ring), "filled": True})
        == rebuild(to_hex(ring))
        != rebuild({"hex": to_hex(ring), "filled": False})
    )
    assert judge({"hex": to_hex(ring), "filled": False})["words"]["input"].startswith("no clear shape")
    assert rebuild({"hex": to_hex(ring), "filled": 1}) == {"error": "Filling must be true or false."}


def test_the_page_opens_on_a_sketch_on_which_the_shipped_models_disagree() -> None:
    models = {name: load_model(WEIGHTS / name) for name in views.NAMES}
    words = server_functions.judge_words(models, drawing.draw_sketch(drawing.FIRST_SKETCH))
    assert words["input"].startswith("no clear shape")
    assert words["vae"].partition(",")[0] != words["mmd"].partition(",")[0]
    assert words["belief"].startswith("The VAE settles on a ")


def test_snapping_gives_the_nearest_true_shape() -> None:
    x = drawing.draw(drawing.seed_setting("triangle", 2))
    assert torch.allclose(drawing.snap(x), x, atol=0.2)
    assert bool(judge_shapes(drawing.snap(x * 0.8 + 0.1 * torch.rand_like(x))).exact)


def test_another_preset_stands_in_for_one_that_is_missing(tmp_path) -> None:
    for name in ("vae", "report-mmd"):
        config = tiny(name)
        (tmp_path / name).mkdir()
        save_model(presets.Autoencoder(config.model), config, tmp_path / name)
    models, info = presets.load_presets(tmp_path)
    assert set(models) == {"vae", "mmd"}
    assert models["mmd"].config == tiny("report-mmd").model
    assert info.shown == {"vae": "vae", "mmd": "report-mmd"}
    assert len(info.notes) == 1 and "shapevae train mmd --out weights/mmd" in info.notes[0]


def test_missing_weights_name_the_file_and_the_command(tmp_path) -> None:
    with pytest.raises(WeightsError, match=r"config\.json.*shapevae train vae --out weights/vae"):
        presets.load_presets(tmp_path)
    assert {*presets.STAND_INS, *presets.STAND_INS.values(), *presets.PLANE.values()} == set(PRESETS)


def right(name: str, drawn: list[Drawing]) -> int:
    """How many drawings a shipped model rebuilds as their kind."""
    rebuilt = load_model(WEIGHTS / name).reconstruct(torch.cat([drawing.picture for drawing in drawn])).detach()
    return int((judge_shapes(rebuilt).kind == torch.tensor([drawing.kind for drawing in drawn])).sum())


@pytest.mark.parametrize("name", ["vae", "mmd"])
def test_an_outline_of_each_kind_is_rebuilt_as_its_kind(name: str) -> None:
    assert right(name, drawings(3, seed=0)) == 3


@pytest.mark.parametrize("name", ["vae", "mmd"])
def test_of_a_hundred_drawings_as_many_are_rebuilt_as_their_kind_as_the_readme_says(name: str) -> None:
    assert right(name, drawings(100, seed=0)) >= 98


def test_the_drawings_are_what_they_are_meant_to_be() -> None:
    drawn = drawings(100, seed=0)
    judgement = judge_shapes(torch.cat([drawing.picture for drawing in drawn]))
    assert (judgement.kind == torch.tensor([drawing.kind for drawing in drawn])).all()
