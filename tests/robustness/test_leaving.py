"""Visitors at once, and visitors who are gone: the short form of test_soak.py, and what leaving must end."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import gradio as gr
import httpx
import torch

from demo.training import run as runs
from demo.training import session as training
from shapevae.training import training_images
from tests.apart import run_apart
from tests.raw import API, Raw
from tests.robustness.visitors import Log, WrongError, trains_at_once, visit_all

PATIENCE = 60  # seconds; a busy machine is slow, not wrong
RECIPE = [None, "vae", 5, 50, 0, 5000, 0.3, 5, 3000, "imq"]


def comes_true(fact: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not (held := fact()) and time.monotonic() < until:
        time.sleep(0.05)
    return held


def test_visitors_at_once_meet_no_error_and_block_nobody(url: str) -> None:
    log = run_apart(visit_all(url, clients=8, seconds=5))
    assert not log.errors
    assert log.seconds["open the page"] and len(log.seconds) > 3
    assert run_apart(trains_at_once(url))
    assert comes_true(lambda: not training._TURN.locked())


def test_the_log_of_the_visits_sees_an_error() -> None:
    async def wrong() -> None:
        raise WrongError("no answer came")

    log = Log()
    run_apart(log.timed("judge", wrong()))
    assert log.errors == {"judge: WrongError no answer came": 1}


def test_closing_the_page_ends_its_training_and_forgets_it(app: gr.Blocks, raw: Raw) -> None:
    """Even where nobody listens to the training's answers, which is what Gradio itself would notice."""
    sessions = app.app.state_holder.session_data
    with (
        httpx.Client(base_url=str(app.local_url), timeout=PATIENCE) as page,
        page.stream("GET", f"{API}heartbeat/leaver"),
    ):
        assert raw.join(raw.events("begin")[0], RECIPE, "leaver")[0] == "complete"
        raw.post("queue/join", {"fn_index": raw.events("follow")[0], "data": [None], "session_hash": "leaver"})
        assert comes_true(training._TURN.locked) and "leaver" in sessions
    assert comes_true(lambda: not training._TURN.locked())
    assert comes_true(lambda: "leaver" not in sessions or not any(sessions["leaver"].state_data.values()))


def test_a_program_that_asks_out_of_turn_gets_a_sentence(raw: Raw) -> None:
    for name in ("follow", "step"):
        event, answer = raw.join(raw.events(name)[0], [None], f"out of turn {name}")
        assert (event, answer["error"]) == ("error", "Start a training first.")


def test_sessions_are_not_remembered_without_end(app: gr.Blocks, raw: Raw) -> None:
    holder = app.app.state_holder
    most, holder.capacity = holder.capacity, max(len(holder.session_data), 3)
    for number in range(12):
        raw.ask_component(raw.component("pad"), "rebuild", "x", f"passer-by {number}")
    assert len(holder.session_data) <= holder.capacity + 1 and most <= 200
    holder.capacity = most


def test_a_run_that_is_left_alone_holds_no_pictures() -> None:
    """10,000 pictures are 160 MB, and every visitor may have a training."""
    run = runs.start(training.recipe("vae", 3, 2, 1, 777, 0.3, 5, 3000, "imq"))
    runs.advance(run)
    drawn, batch = runs.DrawnOnDemand(run.config), torch.tensor([3, 776, 0])
    assert not [thing for thing in gc.get_objects() if type(thing) is torch.Tensor and thing.shape == (777, 1, 64, 64)]
    assert torch.equal(drawn[batch], training_images(run.config, 0)[batch])
    training.halt(run, over="Stopped.")
    runs.advance(run)
    assert not run.training.optimisers
