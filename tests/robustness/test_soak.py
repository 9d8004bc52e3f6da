"""A hundred visitors for minutes, where SOAK_MINUTES says how many, and what must hold after them."""

from __future__ import annotations

import os
import re
import signal
import statistics
import threading
from pathlib import Path

import pytest

from tests.apart import run_apart
from tests.app_process import PATIENCE, App, app_process
from tests.robustness.visitors import ACTS, OTHER_ACTS, trains_at_once, visit_all

MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))
EVERY = 2.0  # seconds between two looks at the memory


def watch(app: App, seen: list[float], over: threading.Event) -> None:
    """Note the app's memory, MB, until it is over."""
    while not over.wait(EVERY):
        seen.append(app.megabytes())


def about(seen: list[float], part: float) -> float:
    """The median over a tenth of the time, about `part` of the whole."""
    middle, width = int(part * len(seen)), max(len(seen) // 20, 1)
    return statistics.median(seen[max(middle - width, 0) : middle + width])


@pytest.mark.skipif(not MINUTES, reason="SOAK_MINUTES says for how many minutes visitors come")
def test_a_hundred_visitors_leave_nothing_behind(tmp_path: Path) -> None:
    seen: list[float] = []
    over = threading.Event()
    with app_process(tmp_path) as app:
        watcher = threading.Thread(target=watch, args=(app, seen, over), daemon=True)
        watcher.start()
        log = run_apart(visit_all(app.url, clients=100, seconds=60 * MINUTES))
        over.set()
        watcher.join()
        free = run_apart(trains_at_once(app.url))
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(PATIENCE)
        left, said = app.files(), app.log.read_text()
    for act, seconds in sorted(log.seconds.items()):
        print(f"{act}: {len(seconds):,}, median {statistics.median(seconds):.2f} s")
    print(f"memory by minute, MB: {[round(value) for value in seen[:: round(60 / EVERY)]]}; queue full {log.full} times")
    assert not log.errors and not left and free
    assert not re.findall(r"^Traceback .*\n(?:[ \t].*\n|\n)*(.+)", said, re.MULTILINE)
    assert {*ACTS, *OTHER_ACTS} <= log.seconds.keys()
    assert about(seen, 1.0) <= 1.1 * about(seen, 0.25)
