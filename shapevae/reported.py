"""The figures of the 2021 course report, by the preset that redoes each of its two models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Count(NamedTuple):
    """Images counted distinguishable by eye, and of how many; as text "93.75 (15 of 16)", in percent."""

    found: int
    total: int

    def __str__(self) -> str:
        return f"{100 * self.found / self.total:g} ({self.found} of {self.total})"


@dataclass(frozen=True)
class Reported:
    """What the report gives for one model.

    error: squared error, on the scale the report used: a sum over pixels for its VAE, all but surely a mean for the other.
    test, random: reconstructions of test images, and random images. seconds: runtime of the training.
    """

    error: float
    test: Count
    random: Count
    seconds: float


REPORTED = {
    "report-vae": Reported(error=12.022, test=Count(15, 16), random=Count(18, 25), seconds=243.09),
    "report-mmd": Reported(error=0.048484, test=Count(11, 16), random=Count(20, 25), seconds=244.00),
}
