"""The judge's marks on samples, and the count that runs on as a visitor looks at more of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from demo.markup.elements import percent
from demo.views.results import NAMES, Draws
from shapevae.estimates import share_estimate
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
    """Which samples of each model were distinguishable, by their seed: a sample that is shown again counts once."""

    setting: tuple[float, int] = (1.0, 0)  # spread and passes
    seen: dict[int, dict[str, list[bool]]] = field(default_factory=dict)

    def add(self, draws: Draws, marks: Mapping[str, list[Mark]]) -> None:
        """More samples of one seed hold all that fewer do. Another spread, or number of passes, starts a new count."""
        if (draws.spread, draws.passes) != self.setting:
            self.setting, self.seen = (draws.spread, draws.passes), {}
        fresh = {name: [mark.good for mark in row] for name, row in marks.items()}
        self.seen[draws.seed] = max(self.seen.get(draws.seed, {}), fresh, key=_size)

    def words(self) -> dict[str, str]:
        """A sentence for each model, with the report's figure beside it where that is one of plain samples too."""
        return {name: self._words(name) for name in NAMES} if self.seen else {}

    def _words(self, name: str) -> str:
        counted = [good for rows in self.seen.values() for good in rows[name]]
        good, total = sum(counted), len(counted)
        share = share_estimate(good, total)
        interval = f"{100 * (share.low or 0):.0f} to {percent(share.high or 1)}"
        ours = f"{good} of {total} are shapes: {percent(good / total)} (95 % interval {interval})."
        return ours if self.setting[1] else f"{ours} The report counted {REPORTED[name]} for its {NAMES[name]}."


def _size(rows: Mapping[str, list[bool]]) -> int:
    return sum(map(len, rows.values()))


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
