"""How cost grows: seconds and memory against pictures, image size and processes, each cell in processes of its own."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.fresh import run_fresh
from benchmarks.measure import Figure, Options

WORDS = {"draw": "drawing", "epoch": "training, an epoch"}


@dataclass(frozen=True)
class Cell:
    """A task at one size; of several processes, each is given as many pictures."""

    task: str
    pictures: int
    size: int = 64
    processes: int = 1

    @property
    def name(self) -> str:
        side_by_side = "" if self.processes == 1 else f", {self.processes} processes side by side on as many pictures each"
        return f"{WORDS[self.task]}: {self.pictures:,} pictures of {self.size} × {self.size}{side_by_side}"


def measure(options: Options) -> Iterator[Figure]:
    for cell in quick_cells() if options.quick else cells():
        yield grown(cell, options.repeat)


def cells() -> list[Cell]:
    """Pictures, then image size, then processes."""
    drawing = [Cell("draw", 10**power) for power in (3, 4, 5, 6)]
    training = [Cell("epoch", 10**power) for power in (3, 4, 5)]
    sizes = [Cell(task, 10_000, size) for task in WORDS for size in (32, 128)]
    return [*drawing, *training, *sizes, Cell("draw", 100_000, processes=2), Cell("epoch", 10_000, processes=2)]


def quick_cells() -> list[Cell]:
    return [Cell("draw", 50), Cell("epoch", 100, 32, processes=2)]


def grown(cell: Cell, runs: int) -> Figure:
    """Seconds until the last process is done; memory of one of them."""
    costs = [run_fresh(cell.task, cell.processes, pictures=cell.pictures, size=cell.size) for _ in range(runs)]
    seconds = [max(cost.seconds for cost in side_by_side) for side_by_side in costs]
    more = {
        "pictures/s": cell.processes * cell.pictures / statistics.median(seconds),
        "MB a process": statistics.median(cost.peak for side_by_side in costs for cost in side_by_side),
    }
    return Figure(cell.name, "s", seconds, table="growth", more=more)
