"""What a benchmark gives: named figures with medians and spread, each beside the target it is held against."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class UnavailableError(RuntimeError):
    """What a benchmark needs is not here; the message is the word that stands in its row."""


@dataclass(frozen=True)
class Target:
    """A bound on a median."""

    limit: float
    least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.limit:g}"


def at_most(limit: float) -> Target:
    return Target(limit)


def at_least(limit: float) -> Target:
    return Target(limit, least=True)


@dataclass(frozen=True)
class Figure:
    """One row: `values` of as many runs, none where it was skipped; `note` says how or why; `table` is where it is shown.

    more: further medians of the same runs, by column.
    """

    name: str
    unit: str
    values: Sequence[float]
    target: Target | None = None
    note: str = ""
    table: str = "results"
    more: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For a line of JSON: without values median, min, max and met are None."""
        spread = (statistics.median(self.values), min(self.values), max(self.values)) if self.values else (None,) * 3
        row = dict(zip(("median", "min", "max"), spread, strict=True))
        met = None if self.target is None or spread[0] is None else self.target.met(spread[0])
        return {
            **{"table": self.table, "name": self.name, "unit": self.unit, **row, "runs": len(self.values)},
            **{"target": self.target and str(self.target), "met": met, "note": self.note, "more": dict(self.more)},
        }


@dataclass(frozen=True)
class Options:
    """How a run is made: rounds of every comparison, tiny sizes (quick), the longest ones too (full), where peers are kept."""

    repeat: int = 5
    quick: bool = False
    full: bool = False
    cache: Path = Path("~/.cache/shapevae-benchmarks")
    device: str = "cpu"

    def pick(self, usual: Any, quick: Any) -> Any:
        """A size: the usual one, or that of a smoke run."""
        return quick if self.quick else usual


Subject = Callable[[Options], Iterator[Figure]]


def interleave(tasks: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each task returns in each round; every second round runs backwards, so that none is always first.

    Machines speed up and slow down: what is compared runs side by side. One round before the first warms up.
    """
    values: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(-1, rounds):
        names = list(tasks) if number % 2 else list(tasks)[::-1]
        for name in names:
            gc.collect()
            value = tasks[name]()
            if number >= 0:
                values[name].append(value)
    return values


def seconds(task: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Round by round."""
    return [a / b for a, b in zip(above, below, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values don't exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
