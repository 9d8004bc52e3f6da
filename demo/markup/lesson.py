"""The tour's steps: what to look at, what to predict, and what then turns out, from the figures of the models shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from demo.markup.elements import percent
from demo.markup.text import TEXT
from demo.training.failures import EXHIBITS
from demo.views.drawing import FIRST_SKETCH, draw_sketch
from demo.views.latent import LatentMap
from demo.views.results import NAMES, Models, belief, reconstruct
from shapevae.judge import judge_shapes
from shapevae.table import which_is_better

Metrics = Mapping[str, Mapping[str, Any]]

# What each step points at: a CSS selector on its tab, all of the tab where that is not there.
_THINGS = {
    **{"see": "#see .cards", "reconstruct": "#bench-results", "sample": "#samples"},
    **{"explore": "#explorer", "information": "#rate-bars", "train": "#training"},
}


@dataclass(frozen=True)
class Step:
    """tab: its name in an address. thing: a CSS selector of what it points at. answers: to choose from.

    right: the index of the right one, None where the figures don't tell.
    """

    tab: str
    thing: str
    question: str
    answers: tuple[str, ...]
    right: int | None
    reveal: str


def steps(models: Models, metrics: Metrics, maps: Mapping[str, LatentMap]) -> list[Step]:
    """One for each tab of _THINGS."""
    facts = {
        "see": (1, {}),
        "reconstruct": _reconstruct(models),
        "sample": _compare(metrics, "sample_quality", percent),
        "explore": (1, _explore(maps)),
        "information": _compare(metrics, "marginal_kl_bits", lambda bits: f"{bits:.1f} bits"),
        "train": (1, {"exhibit": EXHIBITS["collapse"].title}),
    }
    return [_step(tab, *facts[tab]) for tab in _THINGS]


def summary(metrics: Metrics) -> list[str]:
    """Three lines to take home, as HTML."""
    return TEXT["tour.end"].format(better=which_is_better(metrics["vae"], metrics["mmd"])).split("\n- ")


def _step(tab: str, right: int | None, values: Mapping[str, str]) -> Step:
    asked, _, reveal = TEXT[f"tour.{tab}"].format(**values).rpartition("\n\n")
    question, *answers = asked.split("\n- ")
    return Step(tab, _THINGS[tab], question, tuple(answers), right, reveal)


def _reconstruct(models: Models) -> tuple[int | None, dict[str, str]]:
    x = draw_sketch(FIRST_SKETCH)
    believed = belief(judge_shapes(torch.stack([result.image for result in reconstruct(models, x).values()])))
    return None if "no clear shape" in believed else 1, {"sketch": FIRST_SKETCH, "belief": believed}


def _explore(maps: Mapping[str, LatentMap]) -> dict[str, str]:
    shares = {"maps": [place.best_purity for place in maps.values()], "whole": [place.whole_purity for place in maps.values()]}
    told = {name: " and ".join(map(percent, values)) for name, values in shares.items()}
    return {**told, "chance": percent(next(iter(maps.values())).chance)}


def _compare(metrics: Metrics, key: str, show: Any) -> tuple[int | None, dict[str, str]]:
    """0 where the VAE's figure is larger, 1 where the other's is, 2 where intervals overlap, None where one is not finite."""
    values = {name: metrics[name].get(key) for name in NAMES}
    told = {name: "not finite" if value is None else show(value) for name, value in values.items()}
    told["count"] = f"{metrics['vae']['images']:,}"
    if None in values.values():
        return None, told
    (low, high), (other_low, other_high) = ((metrics[name][f"{key}_low"], metrics[name][f"{key}_high"]) for name in NAMES)
    return 2 if low <= other_high and other_low <= high else int(other_low > high), told
