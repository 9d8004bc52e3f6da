"""What a benchmark gives: named figures with medians and spread, each beside the bound it is held against."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class UnavailableError(RuntimeError):
    """What a subject needs is not on this machine; the message says what, and how to get it."""


@dataclass(frozen=True)
class Figure:
    """One row: `values` of as many runs, maybe none; a bound on their median, such as "≤ 30"; how they were measured."""

    name: str
    unit: str
    values: Sequence[float]
    target: str | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON; median, min, max and met are None where there is nothing to tell."""
        row: dict[str, Any] = {"name": self.name, "unit": self.unit, "median": None, "min": None, "max": None, "met": None}
        if self.values:
            row |= {"median": statistics.median(self.values), "min": min(self.values), "max": max(self.values)}
        if self.values and self.target:
            limit = float(self.target[1:])
            row["met"] = row["median"] >= limit if self.target.startswith("≥") else row["median"] <= limit
        return {**row, "target": self.target, "runs": len(self.values), "note": self.note}


@dataclass(frozen=True)
class Options:
    """How a subject is measured: rounds of every comparison, whether with tiny sizes (quick), and the device."""

    repeat: int = 5
    quick: bool = False
    device: str = "cpu"

    def pick(self, usual: Any, quick: Any) -> Any:
        """The usual size, or the tiny one."""
        return quick if self.quick else usual


Subject = Callable[[Options], Iterator[Figure]]


def interleave(tasks: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each task returns in each round; every second round runs backwards, so that none is always first.

    Machines speed up and slow down: what is compared runs side by side. One round before the first warms up.
    """
    values: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(-1, rounds):
        for name in list(tasks) if number % 2 else reversed(list(tasks)):
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
