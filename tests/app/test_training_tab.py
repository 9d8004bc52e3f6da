"""Training in the page: settings, runs of two, knobs that move meanwhile, turns, exhibits and their recorded films."""

import itertools
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import torch

from demo import presets
from demo.tabs.train import TrainTab, frame
from demo.training import frames, session
from demo.training import run as runs
from demo.training.failures import EXHIBITS
from demo.views.checks import REAL, WHOLE, InputError
from demo.views.plane import NO_SHAPE
from demo.widgets.live import BOTH, film
from shapevae.shapes import draw_shapes

ROOT = Path(__file__).parents[2]
BRIEF = {"family": "plane", "epochs": 2, "pictures": 500, "seed": 1}


def brief(**changes: object) -> runs.Run:
    return runs.start(session.recipe({**BRIEF, **changes}))


def trained(run: runs.Run) -> runs.Run:
    session.resume(run)
    for _ in session.stream(run):
        pass
    return run


@pytest.fixture
def tab() -> TrainTab:
    return TrainTab(presets.PresetInfo())


def test_a_visitors_settings_become_those_of_both_models() -> None:
    vae, mmd = session.recipe({**BRIEF, "prior_variance": 2, "kernel": "rbf", "noise": 0.5, "kl": False, "pixel_variance": 9})
    assert (vae.penalty, vae.kl_weight, vae.model.prior_variance) == ("kl", 0, 1)
    assert (mmd.kernel, mmd.model.prior_variance, mmd.model.noise_variance) == ("rbf", 2, 0.25)
    assert session.recipe({**BRIEF, "mmd": False})[1].mmd_weight == 0
    for config in (vae, mmd):
        assert (config.images, config.epochs, config.seed, config.pixel_variance_start) == (500, 2, 1, 9)
    large, _ = session.recipe({"family": "report", "latent_dim": 3})
    assert (large.model.latent_dim, large.model.image_size) == (3, 64)


WRONG = [
    *({"family": "gan"}, {"epochs": math.nan}, {"epochs": 1000}, {"seed": None}, {"pictures": 10**9}, {"latent_dim": 3}),
    *({"pixel_variance": 0}, {"pixel_variance": True}, {"prior_variance": -1}, {"mmd_weight": math.inf}, {"kernel": None}),
    *({"kl": 1}, {"exhibit": "nothing"}, {"family": "report", "noise": 9}),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_settings_get_a_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"(must|needs|has) .*\.$"):
        session.recipe({**BRIEF, **wrong})


def test_a_training_may_have_what_it_takes_and_no_more() -> None:
    for name, (low, high) in {**WHOLE, **REAL}.items():
        for value in (low, high):
            session.recipe({**BRIEF, "family": "report", "prior_variance": 1e3, "noise": 1, "latent_dim": 3, name: value} | (
                {"noise": 0.05} if name == "prior_variance" else {"noise": 1} if name == "noise" else {}
            ))  # fmt: skip
        for value in (low - 1, high + 1):
            with pytest.raises(InputError):
                session.recipe({**BRIEF, name: value})


def test_both_learn_on_the_same_pictures_to_their_end() -> None:
    run = brief()
    before = frames.look(run)
    trained(run)
    after = frames.look(run)
    assert run.over == after["over"] == "Done."
    for side, old, new in zip(run.sides, before["sides"], after["sides"], strict=True):
        assert side.training.step == side.training.steps == new["step"] == 20
        assert new["figures"]["error"] < old["figures"]["error"] and new["points"] != old["points"]
        assert new["figures"]["loss"] == pytest.approx(new["figures"]["distortion"] + new["figures"]["penalty"], rel=1e-4)
    assert torch.equal(*(side.training.generator.get_state() for side in run.sides))  # so in the same batches
    batches = [runs.RenderedImages(side.config)[torch.arange(3)] for side in run.sides]
    assert torch.equal(*batches)


def test_a_paused_run_goes_on_where_it_was() -> None:
    whole, parts = trained(brief()), brief()
    following = session.stream(parts)
    next(following)
    following.close()
    session.one_step(parts)
    trained(parts)
    for a, b in zip(whole.sides, parts.sides, strict=True):
        assert all(torch.equal(p, q) for p, q in zip(a.training.model.parameters(), b.training.model.parameters(), strict=True))


def test_knobs_move_while_it_runs() -> None:
    run = brief(epochs=50)
    runs.advance(run)
    x = draw_shapes(8, 0, run.sides[1].config.shapes).images
    with torch.no_grad():
        before = [side.training.model.reconstruct(x) for side in run.sides]
        unit = run.sides[1].training.model.encode(x).mean
    session.change(run, {**BRIEF, "prior_variance": 20, "noise": 0.3, "kl": False, "mmd_weight": 7})
    vae, mmd = run.sides
    assert (vae.config.kl_weight, mmd.config.mmd_weight) == (0, 7)
    with torch.no_grad():
        for side, picture in zip(run.sides, before, strict=True):
            torch.testing.assert_close(side.training.model.reconstruct(x), picture)
        code = mmd.training.model.encode(x)
    torch.testing.assert_close(code.mean, unit)  # the ring moves, the codes have yet to follow
    assert code.std.item() == pytest.approx(0.3) and frames.look(run)["sides"][1]["radius"] == 2
    session.change(run, {**BRIEF, "pixel_variance": 50})
    runs.advance(run)
    assert frames.look(run)["sides"][0]["figures"]["c"] == 50
    with pytest.raises(InputError, match="exhibit"):
        session.change(runs.start(session.recipe({"exhibit": "no-penalty"})), BRIEF)


def test_without_its_penalty_a_cloud_drifts_and_with_it_it_is_pulled_back() -> None:
    run, spread = brief(epochs=50, pictures=1000), []
    for on in (False, True):
        session.change(run, {**BRIEF, "kl": on, "mmd": on})
        for _ in range(60):
            runs.step(run)
        spread.append([torch.tensor(side["points"]).square().mean().item() for side in frames.look(run)["sides"]])
    assert all(free > 2 * held for free, held in zip(*spread, strict=True))


def test_ten_train_at_once_and_each_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SLICE_SECONDS", 0.0)
    streams = [session.stream(brief(epochs=50)) for _ in range(10)]
    for stream in streams:
        next(stream)
    for stream in streams:
        assert "9 others train here just now" in next(stream)
        runs_left = len(session._going)
    for stream in streams:
        stream.close()
    assert runs_left == 10 and not session._going and next(session.stream(brief())) == ""


def test_a_second_one_halves_the_speed_and_says_so() -> None:
    first, second = session.stream(brief(epochs=50)), session.stream(brief(epochs=50))
    assert next(first) == "" and next(second) == "One other trains here just now: yours runs at about 50 % of its speed."
    first.close()
    assert next(second) == ""
    second.close()


def test_runs_begun_at_once_have_the_weights_of_their_seed() -> None:
    alone, plan = brief(), session.recipe(BRIEF)
    with ThreadPoolExecutor(8) as pool:
        for run in pool.map(lambda _: runs.start(plan), range(64)):
            for ours, side in zip(run.sides, alone.sides, strict=True):
                assert all(map(torch.equal, ours.training.model.parameters(), side.training.model.parameters()))


def test_one_runs_steps_are_computed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    going, most, advance = 0, 0, runs.advance

    def counted(*args: Any) -> None:
        nonlocal going, most
        going += 1
        most = max(most, going)
        advance(*args)
        going -= 1

    monkeypatch.setattr(session, "advance", counted)
    monkeypatch.setattr(session, "SLICE_SECONDS", 0.01)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(trained, [brief() for _ in range(4)]))
    assert most == 1


def test_no_run_lasts_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MAX_SECONDS", 0.0)
    run = brief()
    runs.advance(run)
    assert "the most a visitor may train" in run.over


def test_one_that_blows_up_says_so_and_the_other_goes_on() -> None:
    run = brief()
    with torch.no_grad():
        run.sides[0].training.model.decoder.out.bias.fill_(math.nan)
    trained(run)
    assert "no longer a number" in run.over and run.sides[1].training.step == 20
    seen = json.loads(frame(run))
    assert seen["sides"][0]["figures"]["error"] is None and set(seen["sides"][0]["cells"]) == {str(NO_SHAPE)}


def test_buttons_do_what_they_say(tab: TrainTab) -> None:
    settings = {**BRIEF, "epochs": 50}  # which is not over before the last button
    asked = json.dumps(settings)
    run = tab.begin(None, asked)
    tab.pause(run)  # before the first frame, or after some: it holds
    assert [json.loads(seen)["paused"] for seen in tab.follow(run)][-1] == "Paused."
    following = tab.follow(tab.begin(run, asked))
    next(following)
    tab.pause(run)
    assert "Paused." in list(following)[-1]
    assert json.loads(tab.step(run))["sides"][0]["step"] == run.sides[0].training.step
    assert tab.begin(run, asked) is run and tab.begin(run, json.dumps({**settings, "seed": 2})) is not run
    tab.move(run, json.dumps({**settings, "mmd": False}))
    assert run.sides[1].config.mmd_weight == 0
    assert tab.begin(run, json.dumps({**settings, "mmd": False})) is run  # it goes on as it was changed
    links = tab.download(run)
    assert links.count('download="model.safetensors"') == links.count('download="config.json"') == 2
    for text in ("{", "[]", None, "[" * 10_000):
        with pytest.raises(gr.Error, match="must be a JSON object"):
            tab.begin(None, text)


def test_epochs_of_the_shipped_presets_can_be_looked_at(tmp_path: Path) -> None:
    shipped = TrainTab(presets.PresetInfo(ROOT / "weights"))
    slider, pictures = shipped.epoch("report-vae", 10)
    assert (slider.value, slider.maximum) == (10, 20) and "as in the report" in pictures
    assert "report-vae after epoch 10" in pictures and "report-vae after epoch 20" in pictures


# What an exhibit's caption and its right answer say, as facts of the last frame's figures: of the failure, of its control.
SAID: dict[str, Any] = {
    "no-kl": lambda bad, good: (
        bad["kl"] > 2 * good["kl"] and bad["mismatch"] > 3 * good["mismatch"] and bad["shapes"] < 0.5 * good["shapes"]
    ),
    "no-penalty": lambda bad, good: (
        bad["error"] <= good["error"] and bad["mismatch"] > 3 * good["mismatch"] and bad["shapes"] < 0.5 * good["shapes"]
    ),
    "reward": lambda bad, good: bad["loss"] < 0 < good["loss"] and bad["shapes"] < 0.5 * good["shapes"],
    "collapse": lambda bad, good: bad["kl"] < 0.1 < good["kl"] and bad["error"] > 5 * good["error"],
    "bandwidth": lambda bad, good: (
        bad["mismatch"] > 3 * good["mismatch"]
        and max(bad["error"] / good["error"], bad["loss"] / good["loss"]) < 1.5
        and abs(bad["shapes"] - good["shapes"]) < 0.16  # two standard errors of 64
    ),
    "one-epoch": lambda bad, good: bad["shapes"] < 0.5 < good["shapes"] and bad["error"] > good["error"],
}


@pytest.mark.parametrize("name", EXHIBITS)
def test_films_show_what_is_said_of_them(name: str) -> None:
    recorded = film(name)["frames"]
    bad, good = (side["figures"] for side in recorded[-1]["sides"])
    assert SAID[name](bad, good), (bad, good)
    assert EXHIBITS[name].right < len(EXHIBITS[name].answers)
    asked = session.recipe({"exhibit": name})
    assert [side["steps"] for side in recorded[0]["sides"]] == [c.epochs * c.steps_per_epoch for c in asked]
    known = {"error", "shapes", "mismatch", "loss", "bits"}
    assert {f"{side}_{key}" for side, key in itertools.product(("bad", "good"), known)} >= {
        part.partition("}")[0] for part in EXHIBITS[name].caption.split("{")[1:]
    }


def test_the_opening_film_ends_with_countries() -> None:
    *_, last = film(BOTH)["frames"]
    assert all(side["figures"]["shapes"] > 0.8 and set("012") <= set(side["cells"]) for side in last["sides"])
    assert list(film("another")) == ["error"]
