"""Maps of latent spaces as the explorer's script takes them."""

from __future__ import annotations

from typing import Any

from demo.markup.cards import model_card
from demo.markup.elements import percent
from demo.views.latent import LatentMap
from demo.views.results import NAMES


def for_script(name: str, place: LatentMap) -> dict[str, Any]:
    """A map as explorer.js takes it, numbers cut to what a screen can show; card: that of its model, still empty."""
    return {
        "title": NAMES[name],
        "card": model_card(name, ""),
        "bits": ["" if place.bits is None else f"{bits:.1f} bits" for bits in place.bits or place.active],
        "order": place.order.tolist(),
        "active": place.active,
        "points": [[round(value, 2) for value in row] for row in place.points.tolist()],
        "kinds": place.kinds.tolist(),
        "pair": place.best_pair,
        "purity": {f"{a},{b}": percent(share) for (a, b), share in place.purity.items()},
        "whole": percent(place.whole_purity),
        "chance": percent(place.chance),
    }
