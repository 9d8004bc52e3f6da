"""The soak: many visitors for minutes, or many generated inputs, and the bounds that must hold after them."""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import statistics
import sys
import threading
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.visitors import ACTS, OTHER_ACTS, Log, trains_at_once, visit_all
from tests.app_process import PATIENCE, App, app_process

MEMORY_GROWTH = 0.10  # from after warm-up to the end
_EVERY = 2.0  # seconds between two looks at the memory
_REST = 70.0  # after the last visitor: time for freed memory to be handed back

_PLACE = re.compile(r"line [0-9]+, in \S+")


@dataclass
class Memory:
    """The app's memory while it is used, in MB, one value every _EVERY seconds."""

    seen: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self, app: App) -> None:
        while not self.over.wait(_EVERY):
            self.seen.append(app.megabytes())

    def by_minute(self) -> str:
        """The value at the start of each minute."""
        return ", ".join(f"{value:.0f}" for value in self.seen[:: round(60 / _EVERY)])

    def around(self, share: float) -> float:
        """The median over a tenth of the time, about `share` of the whole."""
        middle, width = int(share * len(self.seen)), max(len(self.seen) // 20, 1)
        return statistics.median(self.seen[max(middle - width, 0) : middle + width])


def main(description: str | None) -> int:
    """The command; its exit code is 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--inputs", type=int, nargs="?", const=50_000, help="generated inputs for each endpoint, no visitors")
    options = parser.parse_args()
    broken = ask_all(options.inputs) if options.inputs else soak(options.clients, 60 * options.minutes, options.seed)
    for line in broken:
        print(f"broken: {line}", file=sys.stderr)
    return 1 if broken else 0


def soak(clients: int, seconds: float, seed: int) -> list[str]:
    """Print the table; returns the bounds that were broken."""
    with TemporaryDirectory() as folder, app_process(Path(folder)) as app:
        memory = Memory()
        threading.Thread(target=memory.watch, args=(app,), daemon=True).start()
        log = asyncio.run(visit_all(app.url, clients, seconds, seed))
        memory.over.set()
        time.sleep(_REST)
        rested = app.megabytes()
        free = asyncio.run(trains_at_once(app.url))
        kept = len(app.files())
        app.process.send_signal(signal.SIGTERM)
        ended = app.process.wait(PATIENCE)
        left, tracebacks = len(app.files()), causes(app.log.read_text())
    start, end = memory.around(0.25), memory.around(1.0)
    print(f"{clients} clients, {seconds / 60:g} minutes\n\n{table(log)}\n")
    print(f"memory: {start:.0f} MB after warm-up, {end:.0f} MB at the end, {max(memory.seen):.0f} MB at most")
    print(f"by minute: {memory.by_minute()} MB; {rested:.0f} MB {_REST:.0f} s after the last visitor left")
    print(f"temporary files: {kept} at the end, {left} after the app was stopped (exit code {ended})")
    print(f"trainings still running after their page went away: {0 if free else 1}")
    print(f"tracebacks in the app's log: {'; '.join(tracebacks) or 'none'}")
    bounds = {
        "an error other than the queue's own": not log.errors,
        "memory grew": end <= start * (1 + MEMORY_GROWTH),
        "temporary files were left": not left,
        "an abandoned training still ran": free,
        "the app's log has a traceback": not tracebacks,
        "an act was never done": {*ACTS, *OTHER_ACTS} <= log.seconds.keys(),
    }
    return [name for name, held in bounds.items() if not held]


def causes(log: str) -> list[str]:
    """Where each traceback comes from, and its last line, which names the error."""
    found = re.findall(r"^Traceback .*\n((?:[ \t].*\n|\n)*)(.+)", log, re.MULTILINE)
    return [f"{error} ({''.join(_PLACE.findall(frames)[-1:])})" for frames, error in found]


def table(log: Log) -> str:
    """A row an act: how often, and how long it took."""
    rows = ["| act | done | p50, s | p95, s |", "|---|---|---|---|"]
    for act, seconds in sorted(log.seconds.items()):
        cuts = statistics.quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
        rows.append(f"| {act} | {len(seconds):,} | {cuts[9]:.2f} | {cuts[18]:.2f} |")
    errors = "; ".join(f"{kind}: {count}" for kind, count in log.errors.most_common()) or "none"
    return "\n".join([*rows, "", f"errors: {errors}; the queue was full {log.full} times"])


def ask_all(cases: int) -> list[str]:
    """Ask every endpoint and server function; returns those that failed."""
    from tests.robustness.targets import ask_often, endpoints, server_functions

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="PIL")  # of damaged and of huge files
    failed = []
    print("| function | asked | answered | declined with a sentence |\n|---|---|---|---|")
    named = {f"/{name}": target for name, target in endpoints().items()}
    for name, target in {**named, **server_functions()}.items():
        try:
            count = ask_often(target, cases, derandomize=False)
        except Exception as error:
            failed.append(f"{name}: {type(error).__name__} {error}")
            continue
        print(f"| {name} | {count.asked:,} | {count.answered:,} | {count.asked - count.answered:,} |", flush=True)
    return failed
