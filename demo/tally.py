"""The judge's marks on samples, and the count that runs on as a visitor looks at more of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from demo.html import percent
from demo.views import NAMES
from shapevae.intervals import share_estimate
from shapevae.judge import judge_shapes
from shapevae.shapes import KINDS

SIGNS = ("●", "■", "▲")
REPORTED = {"vae": "72 % (18 of 25)", "mmd": "80 % (20 of 25)"}


@dataclass(frozen=True)
class Mark:
    """The judge's word on one sample: the sign of its kind, or "?" where it is not distinguishable, and a full sentence."""

    sign: str
    good: bool
    words: str


@dataclass
class Tally:
    """How many samples of each model were distinguishable, each (count, seed, spread) counted once."""

    good: dict[str, int] = field(default_factory=dict)
    total: dict[str, int] = field(default_factory=dict)
    seen: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, key: tuple[object, ...], marks: Mapping[str, list[Mark]]) -> None:
        """Another spread starts a new count; looking at the same samples again does not count twice."""
        if self.seen and next(iter(self.seen))[-1] != key[-1]:
            self.good, self.total, self.seen = {}, {}, set()
        if key in self.seen:
            return
        self.seen.add(key)
        for name, row in marks.items():
            self.good[name] = self.good.get(name, 0) + sum(mark.good for mark in row)
            self.total[name] = self.total.get(name, 0) + len(row)

    def words(self) -> dict[str, str]:
        """A sentence for each model, with the report's figure beside it."""
        return {name: self._words(name) for name in self.total}

    def _words(self, name: str) -> str:
        good, total = self.good[name], self.total[name]
        share = share_estimate(good, total)
        interval = f"{100 * (share.low or 0):.0f} to {percent(share.high or 1)}"
        return (
            f"{good} of {total} are shapes: {percent(good / total)} (95 % interval {interval}). "
            f"The report counted {REPORTED[name]} for its {NAMES[name]}."
        )


def mark_samples(grids: Mapping[str, Tensor]) -> dict[str, list[Mark]]:
    """The judge's marks on each model's samples, (N, 1, H, W)."""
    return {name: _marks(images) for name, images in grids.items()}


def _marks(images: Tensor) -> list[Mark]:
    judged = judge_shapes(images)
    rows = zip(judged.kind.tolist(), judged.iou.tolist(), judged.distinguishable.tolist(), strict=True)
    return [
        Mark(SIGNS[kind] if good else "?", good, f"{KINDS[kind] if good else 'no clear shape'}, {percent(iou)} match")
        for kind, iou, good in rows
    ]
