"""What the models do, in three pictures: the way of a picture through a model, and what each penalty pulls at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from torch import Tensor

from demo.markup.elements import card, cards, source
from demo.markup.text import TEXT
from demo.views.latent import REACH, LatentMap
from demo.views.results import NAMES

_SIDE = 260  # of each picture
_CELLS = 8  # numbers of a code that are drawn
_ELLIPSES = 60


def explain(x: Tensor, x_hat: Tensor, code: list[float], maps: Mapping[str, LatentMap]) -> str:
    """All three, side by side: x, x_hat (1, H, W) and the ranked code between them; codes of test shapes on their maps."""
    parts = (
        card("Picture, code, picture", "the same way in both models", _way(x, x_hat, code) + _legend("way")),
        card(NAMES["vae"], "KL divergence looks at each picture", _each_picture(maps["vae"]) + _legend("vae"), "vae"),
        card(NAMES["mmd"], "MMD looks at the batch", _the_batch(maps["mmd"]) + _legend("mmd"), "mmd"),
    )
    return cards(parts, "pipeline")


def _legend(part: str) -> str:
    return f'<p class="legend">{TEXT[f"pipeline.{part}"]}</p>'


def _way(x: Tensor, x_hat: Tensor, code: list[float]) -> str:
    pictures = (
        f'<image href="{source(image)}" x="{at}" y="84" width="64" height="64"/>' for image, at in ((x, 4), (x_hat, 192))
    )
    cells = (
        f'<rect class="cell" x="116" y="{44 + 18 * i}" width="28" height="18" fill-opacity="{min(abs(value) / 2, 1):.2f}"/>'
        for i, value in enumerate(code[:_CELLS])
    )
    places = {
        "picture": (36, 166),
        "rebuilt": (224, 166),
        "encoder": (82, 206),
        "decoder": (178, 206),
        "code + noise": (130, 32),
    }
    names = (f'<text x="{across}" y="{down}">{name}</text>' for name, (across, down) in places.items())
    nets = '<path class="net" d="M72 84V148L110 188V44ZM188 84V148L150 188V44Z"/>'
    return _svg("From a picture by the encoder to a code, and by the decoder to a picture", (nets, *pictures, *cells, *names))


def _each_picture(place: LatentMap) -> str:
    a, b = place.best_pair
    rows = zip(place.points.tolist(), place.stds.tolist(), place.kinds.tolist(), strict=True)
    ellipses = (
        f'<ellipse class="k{kind}" cx="{_at(mean[a])}" cy="{_at(-mean[b])}" rx="{_long(std[a])}" ry="{_long(std[b])}"/>'
        for mean, std, kind in list(rows)[:_ELLIPSES]
    )
    words = f"The codes of {_ELLIPSES} test shapes, each an ellipse as wide as its noise, and the prior's rings"
    return _svg(words, (*_rings(), *ellipses))


def _the_batch(place: LatentMap) -> str:
    a, b = place.best_pair
    rows = zip(place.points.tolist(), place.kinds.tolist(), strict=True)
    dots = (f'<circle class="k{kind}" cx="{_at(mean[a])}" cy="{_at(-mean[b])}" r="2.5"/>' for mean, kind in rows)
    return _svg(f"The codes of {len(place.points)} test shapes as one cloud, and the prior's rings", (*_rings(), *dots))


def _rings() -> list[str]:
    return [f'<circle class="ring" cx="{_at(0)}" cy="{_at(0)}" r="{_long(sd)}"/>' for sd in (1, 2)]


def _at(value: float) -> str:
    """A coordinate in standard deviations as one of a picture."""
    return f"{_SIDE / 2 * (1 + value / REACH):.1f}"


def _long(value: float) -> str:
    return f"{max(_SIDE / 2 * value / REACH, 1):.1f}"


def _svg(words: str, content: Iterable[str]) -> str:
    return f'<svg viewBox="0 16 {_SIDE} {_SIDE - 32}" role="img" aria-label="{escape(words)}">{"".join(content)}</svg>'
