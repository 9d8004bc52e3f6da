"""Training gives way to answers, and not for ever."""

from __future__ import annotations

import threading
from typing import Any

import gradio as gr
import pytest

from demo.server.blocks import GuardedBlocks
from demo.training import priority as courtesy
from demo.training import run
from demo.training import session as training
from demo.training.priority import answering, give_way
from demo.widgets.server_functions import errors_as_json
from tests.apart import run_apart
from tests.app.test_training_tab import USUAL

PATIENCE = 30.0


def test_it_waits_until_nobody_is_being_answered() -> None:
    way_given, done = threading.Event(), threading.Event()

    def train() -> None:
        assert give_way(PATIENCE)
        done.set()

    with answering():
        thread = threading.Thread(target=lambda: (way_given.set(), train()))
        thread.start()
        assert way_given.wait(PATIENCE) and not done.wait(0.1)
    assert done.wait(PATIENCE)


def test_it_does_not_wait_for_ever() -> None:
    with answering():
        assert not give_way(0.01)
    assert give_way(0)


def test_an_answer_that_fails_ends_too() -> None:
    with pytest.raises(KeyError), answering():
        raise KeyError
    assert give_way(0)


def test_events_and_server_functions_are_answers_and_streams_are_not() -> None:
    seen: dict[str, bool] = {}

    def note(name: str) -> None:
        seen[name] = not give_way(0)

    def stream() -> Any:
        note("stream")
        yield

    with GuardedBlocks() as page:
        event, streaming = (gr.Button().click(function) for function in (lambda: note("event"), stream))
    for dependency in (event, streaming):
        run_apart(page.process_api(page.fns[dependency["id"]], [], state=None))
    errors_as_json(lambda _: {"seen": note("server function")})({})
    assert seen == {"event": True, "server function": True, "stream": False}


def test_a_stream_of_training_gives_way_and_a_single_step_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr(run, "give_way", lambda: asked.append(courtesy.MOST))
    trained = run.start(training.recipe(**{**USUAL, "epochs": 1}))
    run.advance(trained)
    assert trained.training.step == 1 and not asked
    run.advance(trained, PATIENCE)
    assert len(asked) == trained.training.steps  # the last time there is no step left
