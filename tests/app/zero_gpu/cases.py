"""What tests/app/test_zero_gpu.py runs where `spaces` can be imported: trainings of the page in another process."""

from __future__ import annotations

import os

import pytest
import spaces
import torch

from demo.presets import PresetInfo
from demo.tabs.train import TrainTab
from demo.training import run as runs
from demo.training import session as training
from demo.training import zerogpu as zero
from tests.app.test_training_tab import USUAL
from tests.app_server import untrained

torch.set_num_threads(1)


def begin(**changes: object) -> runs.Run:
    return runs.start(training.recipe(**{**USUAL, **changes}))


def steps_of(run: runs.Run, count: int) -> None:
    """Train about `count` steps, then pause."""
    stream = training.stream(run)
    while run.training.step < count:
        next(stream)
    training.halt(run, paused="Paused.")
    assert list(stream) == []


def test_a_training_runs_in_another_process_as_it_would_here() -> None:
    away, here = begin(), begin()
    lent = len(spaces.LENT)
    assert zero.LENT and set(training.stream(away)) == {""}
    assert len(spaces.LENT) == lent + 1 and spaces.LENT[-1] != os.getpid()
    runs.advance(here, 1000)
    runs.look(here)
    assert (away.over, away.losses, away.epochs) == ("Done.", here.losses, here.epochs)
    assert (away.rate, away.error, away.training.step) == (here.rate, here.error, here.training.step)
    for ours, theirs in zip(here.training.model.parameters(), away.training.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert away.away is None


def test_a_paused_training_goes_on_and_sees_each_picture_once_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FRAME_SECONDS", 0.0)
    run = begin()
    steps_of(run, 3)
    at, losses = run.training.step, list(run.losses)
    assert 3 <= at == len(losses) < 10
    left = zero.unpack(run.away, torch.device("cpu")).pictures.left
    assert len({*left.tolist()}) == len(left) == 500 - 50 * at
    assert set(training.stream(run)) == {""}
    assert (run.over, run.training.step, len(run.epochs)) == ("Done.", 20, 2)
    assert run.losses[:at] == losses and len(run.losses) == 20


def test_a_training_paused_at_the_end_of_an_epoch_loses_no_picture_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "FRAME_SECONDS", 0.0)
    run = begin()
    for _ in range(10):
        training.one_step(run)
    assert run.training.step == 10 and not run.epochs
    assert set(training.stream(run)) == {""}
    assert (run.training.step, len(run.epochs)) == (20, 2)


def test_a_step_is_one_step() -> None:
    run = begin()
    for step in (1, 2):
        training.one_step(run)
        assert run.training.step == len(run.losses) == step


def test_stop_ends_the_other_process_and_stays() -> None:
    run = begin(epochs=50)
    stream = training.stream(run)
    next(stream)
    training.halt(run, over="Stopped.")
    assert list(stream) == [] and run.over == "Stopped."
    with pytest.raises(ProcessLookupError):
        os.kill(spaces.LENT[-1], 0)
    assert not training._TURN.locked()


def test_when_the_gpu_is_taken_back_the_run_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin(epochs=50)
    training.one_step(run)
    monkeypatch.setattr(zero, "_RESERVE", zero.SECONDS)  # the next process has no time left
    assert list(training.stream(run)) == []
    assert (run.paused, run.over) == (zero.RETURNED, "")


def test_what_goes_wrong_there_is_told_here_and_others_may_train(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_quota(run: runs.Run, seconds: float) -> None:
        raise ValueError("no GPU is left for today")

    monkeypatch.setattr(zero, "advance", out_of_quota)
    with pytest.raises(ValueError, match="no GPU is left"):
        list(training.stream(begin()))
    assert not training._TURN.locked()


def test_the_tab_works_as_ever() -> None:
    tab = TrainTab(untrained(), PresetInfo())
    run = tab.begin(None, *USUAL.values())
    frames = list(tab.follow(run))
    assert "Done." in frames[-1] and "step 20 of 20" in frames[-1]
    assert 'download="model.safetensors"' in tab.download(run)
    assert "this training after epoch 2" in tab.epoch(run, "this training", 2)[1]
