"""Visitors at once, and visitors who are gone: what leaving must end."""

import gc
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain

import gradio as gr
import httpx
import torch

from demo.training import run as runs
from demo.training import session as training
from shapevae.training import training_images
from tests.robustness.cases import HEX
from tests.support.outlines import encoded, outline
from tests.support.patience import PATIENCE, comes_true
from tests.support.raw import API, META, Raw

RECIPE = [None, '{"family": "plane", "epochs": 50}']


def visit(url: str, number: int, until: float) -> Iterator[str]:
    """A visitor who draws, asks, uploads, trains and leaves, again and again; yields what went wrong."""
    rng = random.Random(number)
    while time.monotonic() < until:
        raw, session = Raw(url, PATIENCE), f"visitor {number} at {time.monotonic()}"
        path = raw.upload(encoded(outline(rng.randrange(3)))).json()[0]
        for name, data in (("reconstruct", [{"path": path, "meta": META}]), ("sample", [9, rng.randrange(100)])):
            event, answer = raw.call(name, data)
            if event != "complete":
                yield f"{name}: {answer}"
        for _ in range(rng.randrange(3, 9)):
            answer = raw.ask_component(raw.component("pad"), rng.choice(["rebuild", "judge"]), HEX, session)
            if answer.status_code != 200 or "error" in answer.json():
                yield f"pad: {answer.text}"
        break_off_upload(raw)
        if rng.random() < 0.5:
            yield from train(raw, session, stop=rng.random() < 0.5)
        raw.client.close()


def break_off_upload(raw: Raw) -> None:
    """The connection goes in the middle of a file."""
    head = b'--line\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'

    def half() -> Iterator[bytes]:
        yield head + bytes(10_000)
        raise TimeoutError

    headers = {"Content-Type": "multipart/form-data; boundary=line", "Content-Length": "1000000"}
    with suppress(TimeoutError):
        raw.client.post(f"{API}upload", content=half(), headers=headers)


def train(raw: Raw, session: str, stop: bool) -> Iterator[str]:
    """The first message of a training; then Pause is pressed, or just the connection dropped."""
    event, answer = raw.join(raw.events("begin")[0], RECIPE, session)
    if event != "complete":
        yield f"begin: {answer}"
    raw.post("queue/join", {"fn_index": raw.events("follow")[0], "data": [None], "session_hash": session})
    with raw.client.stream("GET", f"{API}queue/data", params={"session_hash": session}) as stream:
        if not any("process_generating" in line for line in stream.iter_lines()):
            yield "follow: no answer came"
    if stop:
        event, answer = raw.join(raw.events("pause")[0], [None], session)
        if event != "complete":
            yield f"pause: {answer}"


def test_visitors_at_once_meet_no_error_and_block_nobody(url: str) -> None:
    until = time.monotonic() + 5
    with ThreadPoolExecutor(8) as threads:
        errors = [*chain.from_iterable(threads.map(lambda number: [*visit(url, number, until)], range(8)))]
    assert not errors
    assert comes_true(lambda: not training._going)


def test_closing_the_page_ends_its_training_and_forgets_it(app: gr.Blocks, raw: Raw) -> None:
    """Even where nobody listens to the training's answers, which is what Gradio itself would notice."""
    sessions = app.app.state_holder.session_data
    with (
        httpx.Client(base_url=str(app.local_url), timeout=PATIENCE) as page,
        page.stream("GET", f"{API}heartbeat/leaver"),
    ):
        assert raw.join(raw.events("begin")[0], RECIPE, "leaver")[0] == "complete"
        raw.post("queue/join", {"fn_index": raw.events("follow")[0], "data": [None], "session_hash": "leaver"})
        assert comes_true(lambda: bool(training._going)) and "leaver" in sessions
    assert comes_true(lambda: not training._going)
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
    run = runs.start(training.recipe({"family": "report", "epochs": 2, "pictures": 777}))
    runs.advance(run)
    config, batch = run.sides[0].config, torch.tensor([3, 776, 0])
    assert not [thing for thing in gc.get_objects() if type(thing) is torch.Tensor and thing.shape == (777, 1, 64, 64)]
    assert torch.equal(runs.RenderedImages(config)[batch], training_images(config, 0)[batch])
    training.halt(run, over="Stopped.")
    runs.advance(run)
    assert not any(side.training.optimisers for side in run.sides)
