"""Training in the page: recipes, runs, exhibits, one at a time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import torch

from demo import presets
from demo.markup import information as rates
from demo.markup import training as progress
from demo.tabs.train import USUAL_DIMS, TrainTab, build, choose
from demo.training import failures as exhibits
from demo.training import run as runs
from demo.training import session as training
from demo.views.checks import InputError
from shapevae.evaluation import evaluate
from shapevae.information import designed_rate
from tests.support.app_server import untrained

USUAL = {"model": "vae", "latent_dim": 3, "epochs": 2, "seed": 1, "pictures": 500, "pixel_variance": 0.3, "prior_variance": 5,
         "mmd_weight": 3000, "kernel": "imq"}  # fmt: skip
MODELS = untrained()
ROOT = Path(__file__).parents[2]


def run(**changes: object) -> runs.Run:
    return runs.start(training.recipe(**{**USUAL, **changes}))


def page_of(info: presets.PresetInfo) -> list[dict[str, Any]]:
    with gr.Blocks() as page:
        build(MODELS, info)
    return page.config["components"]


@pytest.fixture(scope="module")
def tab() -> TrainTab:
    return TrainTab(MODELS, presets.PresetInfo())


def test_a_recipe_is_the_reports_preset_with_these_values() -> None:
    config = training.recipe(**{**USUAL, "model": "mmd", "prior_variance": 2, "kernel": "rbf"})
    assert (config.penalty, config.kernel, config.model.prior_variance, config.model.latent_dim) == ("mmd", "rbf", 2, 3)
    assert training.recipe(**{**USUAL, "prior_variance": 2}).model.prior_variance == 1


WRONG = [
    *({"model": "gan"}, {"latent_dim": 0}, {"latent_dim": 21}, {"epochs": math.nan}, {"epochs": 1000}, {"seed": None}),
    *({"pictures": 10**9}, {"pixel_variance": 0}, {"pixel_variance": True}, {"prior_variance": -1}, {"mmd_weight": math.inf}),
    {"kernel": None},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_recipes_get_a_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"must be .*\.$"):
        training.recipe(**{**USUAL, **wrong})


def test_a_run_learns_step_by_step_to_its_end() -> None:
    going = run()
    for _ in training.stream(going):
        pass
    assert going.over == "Done."
    assert len(going.losses) == going.training.step == going.training.steps
    assert len(going.epochs) == 2 and going.epochs[0].startswith(b"\x89PNG")
    assert all(
        a == pytest.approx(b + c, rel=1e-4) for a, b, c in zip(going.losses, going.distortions, going.penalties, strict=True)
    )
    assert going.rate is not None and going.rate > 0


def test_a_paused_run_goes_on_where_it_was() -> None:
    whole, parts = run(), run()
    for _ in training.stream(whole):
        pass
    runs.advance(parts)
    following = training.stream(parts)
    next(following)
    following.close()
    for _ in training.stream(parts):
        pass
    assert parts.losses == whole.losses
    assert all(
        torch.equal(a, b) for a, b in zip(parts.training.model.parameters(), whole.training.model.parameters(), strict=True)
    )


def test_only_one_trains_at_a_time_and_the_next_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FRAME_SECONDS", 0.01)
    first, second = training.stream(run(epochs=5)), training.stream(run())
    assert next(first) == ""
    assert "Somebody else" in next(second)
    first.close()
    assert next(second) == ""
    second.close()
    assert not training._TURN.locked()


def test_no_run_lasts_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MAX_SECONDS", 0.0)
    going = run()
    runs.advance(going)
    assert "the most a visitor may train" in going.over


def test_a_training_that_blows_up_says_so() -> None:
    going = run()
    with torch.no_grad():
        going.training.model.decoder.out.bias.fill_(math.nan)
    runs.advance(going, 1)
    assert "no longer a number" in going.over
    assert "<svg" in progress.frame(going, TrainTab(MODELS, presets.PresetInfo()).shipped, {})


@pytest.mark.parametrize("exhibit", exhibits.EXHIBITS, ids=lambda exhibit: exhibit.title)
def test_every_exhibit_can_be_started(exhibit: exhibits.Exhibit, tab: TrainTab) -> None:
    *settings, lesson = choose(exhibit)
    going = tab.begin(None, *settings)
    assert exhibit.look_at in lesson
    assert going.config.model.latent_dim == exhibit.changes.get("latent_dim", USUAL_DIMS[str(exhibit.changes["model"])])
    assert tab.begin(going, *settings) is going
    assert "aria-label" in tab.step(going)


def test_buttons_do_what_they_say(tab: TrainTab) -> None:
    going = tab.begin(None, *USUAL.values())
    frames = tab.follow(going)
    next(frames)
    tab.pause(going)
    assert "Paused." in next(frames)
    assert next(frames, None) is None
    assert "Stopped." in tab.end(going)
    assert tab.begin(going, *USUAL.values()) is not going
    assert tab.reset(going)[0] is None
    assert "Press Start" in tab.end(None) and "Train a model first" in tab.download(None)


def test_weights_can_be_taken_away(tab: TrainTab) -> None:
    links = tab.download(tab.begin(None, *USUAL.values()))
    assert 'download="model.safetensors"' in links and 'download="config.json"' in links


def test_epochs_can_be_looked_at_again(tab: TrainTab, tmp_path: Path) -> None:
    going = run()
    assert "No epoch" in tab.epoch(going, "this training", 1)[1]
    for _ in training.stream(going):
        pass
    assert "this training after epoch 2" in tab.epoch(going, "this training", 50)[1]
    (tmp_path / "vae" / "epochs").mkdir(parents=True)
    for epoch in (1, 5, 10):
        (tmp_path / "vae" / "epochs" / f"{epoch:03d}.png").write_bytes(going.epochs[0])
    shipped = TrainTab(MODELS, presets.PresetInfo(tmp_path))
    slider, pictures = shipped.epoch(None, "vae", 7)
    assert (slider.value, slider.maximum) == (7, 10)
    assert "vae after epoch 5" in pictures and "vae after epoch 10" in pictures


def test_the_reports_ten_epochs_are_shown_before_any_click() -> None:
    info = presets.PresetInfo(ROOT / "weights")
    components = page_of(info)
    (past,) = (c for c in components if c["props"].get("elem_id") == "epoch")
    assert "report-vae after epoch 10" in past["props"]["value"] and "report-vae after epoch 20" in past["props"]["value"]
    assert "as in the report" in past["props"]["value"]
    (idle,) = (c for c in components if c["props"].get("elem_id") == "training")
    assert f"loss {info.log('report-vae')[-1]['loss']:.1f}" in idle["props"]["value"]


def test_a_missing_or_damaged_log_is_left_out(tmp_path: Path) -> None:
    assert presets.PresetInfo().log("vae") == presets.PresetInfo(tmp_path).log("vae") == []
    (tmp_path / "vae").mkdir()
    for text in ('{"loss": 1}', "[1]", "{", '{"loss": null, "distortion": 1, "penalty": 1}'):
        (tmp_path / "vae" / "metrics.jsonl").write_text(text)
        assert presets.PresetInfo(tmp_path).log("vae") == []
    assert "Press Start" in progress.idle({}, {}, [])


def test_long_curves_are_thinned_but_keep_their_end() -> None:
    assert progress.thinned([]) == []
    assert progress.thinned([1, 2, 3]) == [1, 2, 3]
    assert progress.thinned(list(range(1000)))[-1] == 999
    assert len(progress.thinned(list(range(1000)))) <= 300


def test_the_rate_is_told_with_its_parts() -> None:
    metrics = {name: evaluate(model, images=100).to_dict() for name, model in MODELS.items()}
    configs = {name: model.config for name, model in MODELS.items()}
    html = rates.rate_cards(metrics, configs)
    nats = designed_rate(4, 5.0, 0.01)
    assert nats is not None
    assert f"{metrics['vae']['rate_bits']:.1f} bits" in html and f"{nats / math.log(2):.1f} bits" in html
    assert rates.certificate(metrics).count("<tr>") == 6
    assert rates.rate_distortion(metrics).count("<circle") == 2
    assert rates.rate_bars(metrics).count("about the picture and") == 2


def test_without_noise_no_rate_is_a_number() -> None:
    model = untrained(noise_variance=0.0)["mmd"]
    metrics = {"mmd": evaluate(model, images=60).to_dict()}
    configs = {"mmd": model.config}
    assert "not finite" in rates.rate_cards(metrics, configs)
    assert "no rate is finite" in rates.rate_bars(metrics)
    assert "<circle" not in rates.rate_distortion(metrics)
