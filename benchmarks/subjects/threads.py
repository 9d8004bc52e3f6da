"""A training step on one thread, on two, in two processes and compiled: on an idle machine, and beside a core kept busy."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial

from benchmarks.fresh import run_fresh
from benchmarks.measure import Figure, Options, interleave

ENDLESS = "while True: pass"


@dataclass(frozen=True)
class Way:
    """How a step is made: processes side by side with a model each, or with torchrun that share one model and its batch."""

    threads: int = 1
    processes: int = 1
    shared: bool = False
    compiled: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


WAYS = {
    "one thread": Way(),
    "two threads": Way(threads=2),
    "two threads, `OMP_WAIT_POLICY=passive`": Way(threads=2, environment={"OMP_WAIT_POLICY": "passive"}),
    "two processes that share a model, half a batch each": Way(processes=2, shared=True),
    "two models side by side, one thread each": Way(processes=2),
    "one thread, `torch.compile`": Way(compiled=True),
}


def measure(options: Options) -> Iterator[Figure]:
    """Milliseconds of a step of report-vae, all ways by turns; `more` has them beside a busy core, and the slowest of those."""
    idle = interleave(tasks(options, nullcontext), options.repeat)
    busy = interleave(tasks(options, busy_core), options.repeat)
    for name in ways():
        more = {"beside a busy core, ms": statistics.median(busy[name]), "at worst, ms": max(busy[name])}
        yield Figure(name, "ms", idle[name], table="threads", more=more)
    for name in WAYS.keys() - ways():
        yield Figure(name, "ms", [], table="threads", note="skipped: no C++ compiler found")


def ways() -> dict[str, Way]:
    """Those that can be tried here."""
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    return {name: way for name, way in WAYS.items() if compiler or not way.compiled}


def tasks(options: Options, beside: Callable[[], AbstractContextManager[None]]) -> dict[str, Callable[[], float]]:
    return {name: partial(step, way, options.pick(60, 1), beside) for name, way in ways().items()}


def step(way: Way, steps: int, beside: Callable[[], AbstractContextManager[None]]) -> float:
    """Median milliseconds of a step, of the slower process where there are two."""
    with beside():
        environment = {"OMP_NUM_THREADS": str(way.threads), **way.environment}
        task = partial(run_fresh, "steps", way.processes, together=way.shared, environment=environment)
        costs = task(steps=steps, compiled=way.compiled)
    return 1e3 * max(cost.seconds for cost in costs)


@contextmanager
def busy_core() -> Iterator[None]:
    """A process that computes without an end, at the same priority."""
    with subprocess.Popen([sys.executable, "-c", ENDLESS]) as process:
        try:
            yield
        finally:
            process.kill()
