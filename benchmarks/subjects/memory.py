"""The most memory held: training 10,000 pictures, and drawing and evaluating ever more of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.fresh import run_fresh
from benchmarks.measure import Figure, Options, Target, at_most

TRAINING = at_most(1000)  # MB
CONSTANT = at_most(1.1)  # times the memory of a tenth of the pictures, or fewer


def measure(options: Options) -> Iterator[Figure]:
    """Whole processes, Python and torch included, whose own share the first row gives."""
    yield peak("Python, torch and the package alone", "nothing", options.repeat)
    pictures, epochs, judged = options.pick((10_000, 2, 10_000), (100, 1, 50))
    what = f"training {pictures:,} pictures, and evaluating on {judged:,}"
    figure = peak(what, "train", options.repeat, TRAINING, pictures=pictures, epochs=epochs, evaluate_images=judged)
    yield figure
    yield from ever_more("draw", "drawing", options, options.pick((10_000, 100_000, 1_000_000), (50, 100)))
    counts = options.pick((10_000, 100_000, 1_000_000) if options.full else (10_000, 100_000), (50, 100))
    yield from ever_more("evaluate", "evaluating", options, counts)


def ever_more(task: str, words: str, options: Options, counts: Sequence[int]) -> Iterator[Figure]:
    """The largest count is held against the smallest. Memory hardly varies, so evaluating many, which is slow, runs once."""
    figures = []
    for count in counts:
        times = options.repeat if task == "draw" or count == counts[0] else 1
        figures.append(peak(f"{words} {count:,} pictures", task, times, pictures=count))
        yield figures[-1]
    times_as_much = [value / statistics.median(figures[0].values) for value in figures[-1].values]
    yield Figure(f"memory, {words} {counts[-1]:,} pictures / {counts[0]:,}", "×", times_as_much, CONSTANT)


def peak(name: str, task: str, times: int, target: Target | None = None, **arguments: Any) -> Figure:
    costs = [run_fresh(task, **arguments)[0] for _ in range(times)]
    more = {"seconds": statistics.median(cost.seconds for cost in costs)} if task != "nothing" else {}
    return Figure(f"memory, {name}", "MB", [cost.peak for cost in costs], target, more=more)
