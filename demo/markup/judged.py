"""The judge's marks on samples, and the count that runs on as a visitor looks at more of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from demo.markup.elements import percent
from demo.views.results import NAMES, SampleSettings, verdict
from shapevae.estimates import share_estimate
from shapevae.judge import judge_shapes
from shapevae.reported import REPORTED
from shapevae.shapes import KINDS

SIGNS = ("●", "■", "▲")


@dataclass(frozen=True)
class Mark:
    """The judge's word on one sample: the sign of its kind, or "?" where it is not distinguishable, and a full sentence."""

    sign: str
    good: bool
    words: str


def mark_samples(grids: Mapping[str, Tensor]) -> dict[str, list[Mark]]:
    """The judge's marks on each model's samples, (N, 1, H, W)."""
    return {name: _marks(images) for name, images in grids.items()}


def _marks(images: Tensor) -> list[Mark]:
    judged = judge_shapes(images)
    kinds, good = judged.kind.tolist(), judged.distinguishable.tolist()
    return [Mark(SIGNS[kinds[i]] if good[i] else "?", good[i], verdict(judged, i)) for i in range(len(images))]


@dataclass
class SampleCount:
    """Which samples of each model were distinguishable, by their seed: a sample that is shown again counts once."""

    setting: tuple[float, int] = (1.0, 0)  # spread and passes
    marks: dict[int, dict[str, list[Mark]]] = field(default_factory=dict)

    def add(self, settings: SampleSettings, marks: dict[str, list[Mark]]) -> None:
        """More samples of one seed hold all that fewer do. Another spread, or number of passes, starts a new count."""
        if (settings.spread, settings.passes) != self.setting:
            self.setting, self.marks = (settings.spread, settings.passes), {}
        before = self.marks.get(settings.seed, {})
        self.marks[settings.seed] = max(before, marks, key=lambda rows: sum(map(len, rows.values())))

    def words(self) -> dict[str, str]:
        """For each model how many are shapes, and of which kinds; the report's count where it is one of such samples."""
        return {name: self._words(name) for name in NAMES} if self.marks else {}

    def _words(self, name: str) -> str:
        signs = [mark.sign for rows in self.marks.values() for mark in rows[name]]
        total, good = len(signs), len(signs) - signs.count("?")
        share = share_estimate(good, total)
        interval = f"{100 * (share.low or 0):.0f} to {percent(share.high or 1)}"
        kinds = ", ".join(
            f"{sign} {kind}s {percent(signs.count(sign) / max(good, 1))}" for sign, kind in zip(SIGNS, KINDS, strict=True)
        )
        so_far = " so far" if len(self.marks) > 1 else ""
        ours = f"{good} of {total}{so_far} are shapes: {percent(good / total)} (95 % interval {interval}). Of these {kinds}."
        given = REPORTED[f"report-{name}"].random
        return f"{ours} In 2021, by eye: {given.found} of {given.total}." if self.setting == (1.0, 0) else ours
