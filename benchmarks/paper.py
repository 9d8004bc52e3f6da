"""On paper: what a public Space and a large sweep would need, worked out from the measured figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]
VISITORS, MINUTES, PEAK = 10_000, 5, 4  # a day; a visit's length; the busiest hour over the mean
DRAWINGS, GRIDS = 300, 5  # live pictures and grids of samples a visit
HEADROOM = 0.5  # share of a machine that is planned for
CONFIGURATIONS, HOURS = 1_000, 8  # of a sweep; how long it may take


SPACE = """
**A public Space with {visitors:,} visitors a day.** Say that a visit lasts {minutes} minutes and asks for {drawings} live
pictures and {grids_asked} grids of samples, and that the busiest hour sees {peak} times the mean: {at_once:.0f} people at once,
{at_peak:.0f} in that hour. A machine of {cores} cores gives {live:.0f} live pictures or {grids:.0f} grids a second, so a visit
takes {busy:.1f} s of it, and a day of visits {share:.0f} % of one machine's day. Kept below {headroom:.0f} % of its time in the
busiest hour, that is {machines}. Each first visit loads {weight:.2f} MB: {gigabytes:.1f} GB a day, {megabits:.1f} Mbit/s
in that hour.
"""
SWEEP = """
**A sweep of {configurations:,} configurations** like the report's two. One takes {alone:.0f} s on a core. Two processes side by
side train {gain:.2f} times as many pictures a second as one alone, so it runs as {way}: {hours:.1f} hours on one such machine,
{machines} for {limit} hours at most, {core_hours:.0f} core hours. Each process holds {memory:.0f} MB. The configurations know
nothing of each other, so that machines are added without loss, as `shapevae report --ray` does. Evaluating the models comes on
top.
"""


class MissingError(LookupError):
    """A figure that has not been measured yet; the message is its name."""


def on_paper(rows: Sequence[Row]) -> list[str]:
    """A title and two paragraphs; where a figure is missing, a sentence that says which."""
    return ["## On paper", _write(SPACE, space, rows), _write(SWEEP, sweep, rows)]


def _write(text: str, work_out: Callable[[Sequence[Row]], dict[str, Any]], rows: Sequence[Row]) -> str:
    try:
        return text.strip().format(**work_out(rows))
    except MissingError as missing:
        return f"Not worked out yet: {missing} has not been measured."


def space(rows: Sequence[Row]) -> dict[str, Any]:
    """Machines and traffic of a public Space."""
    drawn, sampled = find(rows, "load", "live answers while drawing"), find(rows, "load", "/sample of 25")
    weight = find(rows, "page", "a first visit to the page")["median"]
    at_once = VISITORS * MINUTES / (24 * 60)
    busy = DRAWINGS / drawn["median"] + GRIDS / sampled["median"]  # seconds of a whole machine a visit takes
    share = VISITORS * busy / 86_400
    return {
        **{"visitors": VISITORS, "minutes": MINUTES, "drawings": DRAWINGS, "grids_asked": GRIDS, "peak": PEAK},
        **{"at_once": at_once, "at_peak": PEAK * at_once, "cores": drawn["machine"]["cores"]},
        **{"live": drawn["median"], "grids": sampled["median"], "busy": busy, "share": 100 * share},
        **{"headroom": 100 * HEADROOM, "machines": _machines(share * PEAK / HEADROOM)},
        **{"weight": weight, "gigabytes": VISITORS * weight / 1e3, "megabits": PEAK * VISITORS * weight * 8 / 86_400},
    }


def sweep(rows: Sequence[Row]) -> dict[str, Any]:
    """Hours and machines of a sweep of many small configurations."""
    runs = [find(rows, "training", f"{name}: the whole run")["median"] for name in ("report-vae", "report-mmd")]
    one, two = (find(rows, "growth", f"training, an epoch: 10,000 pictures of 64 × 64{end}") for end in ("", ", 2 processes"))
    alone, cores = sum(runs) / len(runs), one["machine"]["cores"]
    gain = two["more"]["pictures/s"] / one["more"]["pictures/s"]
    hours = CONFIGURATIONS * alone / max(gain, 1.0) / 3600
    return {
        **{"configurations": CONFIGURATIONS, "alone": alone, "cores": cores, "gain": gain},
        "way": "two processes at a time" if gain > 1 else "one process after the other",
        **{"hours": hours, "machines": _machines(hours / HOURS), "limit": HOURS, "core_hours": hours * cores},
        "memory": two["more"]["MB a process"],
    }


def _machines(needed: float) -> str:
    return "one such machine" if needed <= 1 else f"{math.ceil(needed)} such machines"


def find(rows: Sequence[Row], benchmark: str, start: str) -> Row:
    """The shortest-named row of a benchmark on a CPU whose name starts so. Raises MissingError."""
    found = [row for row in rows if row["benchmark"] == benchmark and row["name"].startswith(start)]
    found = [row for row in found if row["median"] and row["machine"]["device"] == "cpu"]
    if not found:
        raise MissingError(f'"{start}" ({benchmark})')
    return min(found, key=lambda row: len(row["name"]))
