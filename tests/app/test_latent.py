"""Walks in latent space, marks, links, charts: asked of the plain functions."""

import io
import itertools
import math
import re

import gradio as gr
import pytest
import torch
from PIL import Image

from demo.markup import charts, film, quiz
from demo.markup.judged import SampleCount, mark_samples
from demo.tabs.address import open_link
from demo.views import drawing, latent, links, nearby
from demo.views.checks import InputError
from demo.views.results import sample_settings
from demo.widgets import explorer, server_functions
from shapevae.images.write import to_hex
from shapevae.judge import judge_shapes
from shapevae.model import Autoencoder
from shapevae.shapes import draw_shapes
from tests.support.app_server import untrained

MODELS = untrained()
MAPS = {name: latent.latent_map(model, 60) for name, model in MODELS.items()}


@pytest.fixture
def x() -> torch.Tensor:
    return drawing.draw(drawing.seed_setting("random", 3))


def test_dimensions_are_ranked_by_information() -> None:
    for place in MAPS.values():
        assert place.bits is not None
        assert place.bits == sorted(place.bits, reverse=True)
        assert sorted(place.order.tolist()) == list(range(4))


def test_the_map_begins_with_the_pair_that_separates_kinds_best() -> None:
    kinds = torch.arange(60) % 3
    apart = torch.stack([torch.zeros(60), 9.0 * kinds, torch.arange(60) * 0.01], 1)
    assert latent.neighbour_purity(apart, kinds) == latent.neighbour_purity(apart[:, [1, 2]], kinds) == 1
    assert latent.neighbour_purity(torch.arange(60.0)[:, None].repeat(1, 2), kinds) < 0.4
    for place in MAPS.values():
        assert place.purity[place.best_pair] == max(place.purity.values())
        assert {rank for pair in place.purity for rank in pair} == {rank for rank, used in enumerate(place.active) if used}
        assert place.chance == pytest.approx(1 / 3, abs=0.02)
    assert latent.latent_map(untrained(latent_dim=1)["vae"], 60).best_pair == (0, 0)


@pytest.mark.parametrize(("spread", "passes"), [(1, 0), (2, 0), (0.5, 2)])
def test_a_samples_code_is_the_one_it_was_decoded_from(spread: float, passes: int) -> None:
    models = {name: smooth(model) for name, model in untrained().items()}
    maps = {name: latent.latent_map(model, 60) for name, model in models.items()}
    locate = server_functions.sample_function(models, maps)
    asked = {"count": 4, "seed": 11, "spread": spread, "passes": passes}
    for index, (name, model) in itertools.product((0, 3), models.items()):
        code = latent.own_code(model, maps[name], locate({**asked, "index": index})["codes"][name])
        with torch.inference_mode():
            assert torch.allclose(model.decode(code)[0], model.sample(4, 11, spread=spread, passes=passes)[index], atol=1e-4)
    for wrong in (None, {}, asked, {**asked, "index": 4}, {**asked, "index": -1}):
        assert list(locate(wrong)) == ["error"]


def smooth(model: Autoencoder) -> Autoencoder:
    """The model with smaller weights, whose pictures hardly change where a code changes by a rounding."""
    for parameter in model.parameters():
        parameter.data /= 3
    return model


@torch.inference_mode()
def test_behind_a_map_stands_what_the_decoder_draws_there(x: torch.Tensor) -> None:
    model, place = MODELS["mmd"], MAPS["mmd"]
    code = latent.ranked_code(model, place, x)
    drawn = nearby.mosaic(model, place, code, [2, 0])
    side, step = 32, 2 * latent.REACH / nearby.TILES
    assert drawn.shape == (1, nearby.TILES * side, nearby.TILES * side)
    code[2], code[0] = 3 * step, -2 * step
    shown = model.decode(latent.own_code(model, place, code))[0]
    row, column = nearby.TILES // 2 + 2, nearby.TILES // 2 + 3
    tile = drawn[:, row * side : (row + 1) * side, column * side : (column + 1) * side]
    assert torch.allclose(tile, torch.nn.functional.avg_pool2d(shown, 2), atol=1e-3)


@torch.inference_mode()
def test_the_nearest_shape_of_a_true_one_is_itself(x: torch.Tensor) -> None:
    model, place = MODELS["vae"], MAPS["vae"]
    z = model.encode(x).mean
    found = nearby.nearest_shape(model, place, z, judge_shapes(x), 0)
    assert torch.allclose(found.image, x[0], atol=0.1) and found.distance < 0.1
    assert found.std == pytest.approx(latent.ranked(model, place, model.encode(found.image[None]).std)[0])
    fixed = MODELS["mmd"].encode(x)
    beside = nearby.nearest_shape(MODELS["mmd"], MAPS["mmd"], fixed.mean + 9, judge_shapes(x), 0)
    assert len(beside.std) == 4 and beside.distance > 1


def test_without_noise_dimensions_are_ranked_by_variance() -> None:
    place = latent.latent_map(untrained(noise_variance=0.0)["mmd"], 60)
    assert place.bits is None
    assert place.points.var(0).tolist() == sorted(place.points.var(0).tolist(), reverse=True)


@pytest.mark.parametrize("name", MODELS)
def test_ranked_coordinates_go_there_and_back(name: str, x: torch.Tensor) -> None:
    model, place = MODELS[name], MAPS[name]
    ranked = latent.ranked_code(model, place, x)
    assert torch.allclose(latent.own_code(model, place, ranked), model.encode(x).mean, atol=1e-4)
    assert torch.allclose(
        torch.tensor(ranked)[place.order.argsort()] * math.sqrt(model.config.prior_variance), model.encode(x).mean[0], atol=1e-4
    )


SHORT_OR_LONG = [[], [0.0] * 3, [0.0] * 5]
NOT_CODES = [3, "x", "1,2,3,4", {"a": 1}, [True] * 4, [None] * 4, [[0.0]] * 4, [0, 0, 0, math.nan], [0, 0, 0, 1e9]]


@pytest.mark.parametrize("code", [*SHORT_OR_LONG, *NOT_CODES])
def test_wrong_codes_are_refused(code: object) -> None:
    with pytest.raises(InputError, match=r"[Cc]ode"):
        latent.own_code(MODELS["vae"], MAPS["vae"], code)
    with pytest.raises(InputError, match=r"[Cc]ode"):
        latent.decode_own(MODELS["vae"], code)


def test_only_a_code_in_the_models_own_order_may_be_left_out() -> None:
    assert torch.equal(latent.decode_own(MODELS["vae"], None), latent.decode_own(MODELS["vae"], [0.0] * 4))
    with pytest.raises(InputError, match=r"[Cc]ode"):
        latent.own_code(MODELS["vae"], MAPS["vae"], None)


def test_strips_pass_through_the_code_itself(x: torch.Tensor) -> None:
    model, place = MODELS["mmd"], MAPS["mmd"]
    ranked = [0.0] * 4
    rows = latent.strips(model, place, ranked)
    middle = model.decode(latent.own_code(model, place, ranked))[0]
    assert len(rows) == 4
    for row in rows:
        assert row.shape == (latent.STRIP_STEPS, 1, 64, 64)
        assert torch.allclose(row[latent.STRIP_STEPS // 2], middle, atol=0.02)


def test_interpolations_end_at_both_reconstructions(x: torch.Tensor) -> None:
    other = drawing.draw(drawing.seed_setting("circle", 9))
    for spherical in (False, True):
        walk = latent.interpolate(MODELS["vae"], x, other, 7, spherical)
        assert torch.allclose(walk[0], MODELS["vae"].reconstruct(x)[0], atol=0.02)
        assert torch.allclose(walk[-1], MODELS["vae"].reconstruct(other)[0], atol=0.02)


def test_the_spherical_path_keeps_lengths_and_turns_evenly() -> None:
    a, b, t = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0]), torch.linspace(0, 1, 5)[:, None]
    path = latent.slerp(a, b, t)
    assert torch.allclose(path.norm(dim=1), torch.full((5,), 2.0))
    assert torch.allclose(torch.atan2(path[:, 1], path[:, 0]), torch.linspace(0, math.pi / 2, 5), atol=1e-5)
    for c in (2 * a, -a, torch.zeros(2)):
        assert torch.allclose(latent.slerp(a, c, t), torch.lerp(a, c, t))


def test_the_explorers_questions_are_answered(x: torch.Tensor) -> None:
    decode, describe, strips, encode, mosaic = server_functions.explorer_functions(MODELS, MAPS)
    codes = encode(to_hex(x))["codes"]
    assert {name: len(code) for name, code in codes.items()} == {"vae": 4, "mmd": 4}
    assert set(decode(codes)["pictures"]) == {"vae", "mmd"}
    answer = describe(codes)
    assert [len(strips(codes)["strips"][name]) for name in MODELS] == [4, 4]
    assert "match" in answer["words"]["vae"]
    assert {name: len(found["code"]) for name, found in answer["nearest"].items()} == {"vae": 4, "mmd": 4}
    assert set(mosaic({"codes": codes, "axes": {"vae": [0, 1], "mmd": [3, 3]}})["mosaics"]) == {"vae", "mmd"}
    for axes in (None, {}, {"vae": [0, 1], "mmd": [0, 4]}, {"vae": [0], "mmd": [0, 1]}):
        assert list(mosaic({"codes": codes, "axes": axes})) == ["error"]


def test_a_film_shows_both_models_large_forth_and_back() -> None:
    walks = {"vae": draw_shapes(5, 0).images, "mmd": draw_shapes(5, 1).images}
    with Image.open(io.BytesIO(film.film(walks))) as picture:
        assert (picture.format, picture.size, picture.n_frames) == ("GIF", (1032, 560), 8)
        for frame, index in ((0, 0), (4, 4), (5, 3)):
            picture.seek(frame)
            shown = to_tensor_of(picture.convert("L"))
            for left, images in ((0, walks["vae"]), (520, walks["mmd"])):
                small = torch.nn.functional.avg_pool2d(shown[None, 48:, left : left + 512], 8)
                assert (small - images[index]).abs().mean() < 0.02


def to_tensor_of(picture: Image.Image) -> torch.Tensor:
    return torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(picture.height, picture.width) / 255


def test_the_explorer_is_told_which_dimensions_are_in_use() -> None:
    for name, place in MAPS.items():
        told = explorer.for_script(name, place)
        assert told["active"] == place.active and len(told["bits"]) == len(place.active)
        assert set(told["purity"]) == {f"{a},{b}" for a, b in place.purity} and told["pair"] == place.best_pair
    silent = latent.latent_map(untrained(noise_variance=0.0)["mmd"], 60)
    assert explorer.for_script("mmd", silent)["bits"] == [""] * len(silent.active)


def test_true_shapes_get_good_marks_and_blanks_do_not() -> None:
    marks = mark_samples({"vae": draw_shapes(9, 2).images, "mmd": torch.zeros(9, 1, 64, 64)})
    assert all(mark.good for mark in marks["vae"])
    assert [mark.sign for mark in marks["mmd"]] == ["?"] * 9


def test_the_running_count_counts_every_grid_once() -> None:
    shapes = draw_shapes(4, 2).images
    marks = mark_samples({"vae": shapes, "mmd": shapes})
    count = SampleCount()
    for seed in (0, 0, 1):
        count.add(sample_settings(4, seed), marks)
    assert count.words()["vae"].startswith("8 of 8 so far are shapes: 100 % (95 % interval 68 to 100 %)")
    shares = re.findall(r"(circle|rectangle|triangle)s (\d+) %", count.words()["vae"])
    assert len(shares) == 3 and sum(int(share) for _, share in shares) == 100
    assert "In 2021" in count.words()["vae"]
    for other in ((1.5, 0), (1.5, 1)):
        count.add(sample_settings(4, 0, *other), marks)
        assert count.words()["vae"].startswith("4 of 4")
    assert "2021" not in count.words()["vae"]  # whose samples were plain


def test_more_samples_of_a_seed_do_not_count_the_first_ones_again() -> None:
    shapes = draw_shapes(6, 2).images
    count = SampleCount()
    for size in (3, 6, 4):
        count.add(sample_settings(6, 7), mark_samples({"vae": shapes[:size], "mmd": torch.zeros(size, 1, 64, 64)}))
    assert count.words()["vae"].startswith("6 of 6") and count.words()["mmd"].startswith("0 of 6")


def test_the_quiz_asks_both_kinds_and_hides_the_answer() -> None:
    words = [quiz.truth(seed) for seed in range(40)]
    assert {quiz.REAL, quiz.GENERATED} == set(words)
    html = quiz.show(MODELS, words.index(quiz.GENERATED))
    assert 'alt="Real or generated?"' in html
    generated, real = words.index(quiz.GENERATED), words.index(quiz.REAL)
    assert "Right" in quiz.reply(MODELS, generated, quiz.GENERATED, (1, 1))
    assert "No: that was a real one" in quiz.reply(MODELS, real, quiz.GENERATED, (1, 2))


def test_the_quizs_answer_shows_the_picture_that_was_asked_about() -> None:
    for seed in range(8):
        [asked] = re.findall(r'src="([^"]+)"', quiz.show(MODELS, seed))
        assert f'src="{asked}"' in quiz.reply(MODELS, seed, quiz.REAL, (0, 1))


def test_what_a_link_says_is_read_and_what_is_wrong_left_out() -> None:
    right = "tab=sample&seed=12&count=9&spread=0.5&passes=2&kind=circle&shape=3&size=nan&down=0.25"
    assert links.read(f"?{right}") == {
        **{"tab": "sample", "seed": 12, "count": 9, "spread": 0.5, "passes": 2},
        **{"kind": "circle", "shape": 3, "down": 0.25},
    }
    wrong = f"tab=x&seed=-1&count=1e9&spread=inf&passes=4&kind=<b>&shape={'9' * 5000}&size=2&angle=&other=3"
    assert links.read(wrong) == {}


def test_a_link_sets_only_what_it_names() -> None:
    tab, *settings = open_link(MODELS, "?shape=5&kind=circle&size=0.5")
    values = [value for value in settings if not isinstance(value, dict)]
    assert values[1:4] == ["circle", 5, 0.5] and len(values) == 7
    for query in (None, 3, "?" + "a=1&" * 99, "x" * 10**5, "?%ff=%zz"):
        assert not [value for value in open_link(MODELS, query) if not isinstance(value, dict)]
    assert isinstance(tab, gr.Tabs) and tab.selected == "reconstruct"  # where shapes and drawings are shown


def test_charts_hold_every_point() -> None:
    points = [charts.Point(3.0, 20.0, "one <b>", "vae"), charts.Point(9.0, 2.0, "two", "mmd")]
    svg = charts.chart("words", charts.axis("x", [3, 9]), charts.axis("y", [20, 2], log=True), points)
    assert svg.count("<circle") == 2 and 'aria-label="words"' in svg and "<b>" not in svg
    assert "nan" not in charts.chart("", charts.axis("x", []), charts.axis("y", [math.nan, math.inf]))
    for low, high in ((0, 0), (0, 1e-9), (-3, 5), (0, 12345.0)):
        assert len(charts.axis("x", [low, high]).ticks()) < 12
