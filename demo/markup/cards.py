"""The app's results as HTML: what the tabs show, made from what the views return."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from torch import Tensor

from demo.markup.elements import bars, figure, picture
from demo.markup.judged import Mark
from demo.views.results import NAMES, Draws, Rebuilt
from shapevae.images.write import difference, grid, grid_columns

PENALTIES = {"vae": "KL divergence", "mmd": "MMD"}
_FULL_BAR = 8.0  # bits; more where a dimension has more
_DOWNLOAD = '<a class="download" download="samples-{name}.png" href="#samples">Download both grids (PNG)</a>'  # see sample.js


def reconstruction(x: Tensor, rebuilt: Mapping[str, Rebuilt]) -> str:
    """The input, (1, 1, H, W), beside each model's reconstruction, differences and figures."""
    full = max([_FULL_BAR, *(float(result.bits.max()) for result in rebuilt.values() if result.bits is not None)])
    cards = "".join(_rebuilt_card(name, x[0], result, full) for name, result in rebuilt.items())
    return f'<div class="cards">{_input_card(x[0])}{cards}</div>'


def card_head(name: str) -> str:
    """The heading of a model's card."""
    return f"<h3>{NAMES[name]} <small>{PENALTIES[name]}</small></h3>"


def _input_card(x: Tensor) -> str:
    return (
        '<section class="card input"><h3>Input <small>as the models see it</small></h3>'
        f"{picture(x, 'The input picture as the models see it', 'shot')}"
        '<p class="word" data-word="input">&nbsp;</p>'
        '<p class="legend"><i class="extra"></i>painted, but not in the input<br>'
        '<i class="missing"></i>in the input, but left out</p>'
        "</section>"
    )


def _rebuilt_card(name: str, x: Tensor, result: Rebuilt, full: float) -> str:
    title = NAMES[name]
    return (
        f'<section class="card {name}">{card_head(name)}'
        f"{picture(result.image, f'Reconstruction by the {title}', 'shot')}"
        f'<p class="word" data-word="{name}">&nbsp;</p>'
        f'<div class="details">{picture(difference(x, result.image), f"Difference between the {title} and the input", "diff")}'
        f"<div>{figure(f'{result.squared_error:.1f}', 'squared error', _error_tip(result))}{_bits(result)}</div></div>"
        f"{_bit_bars(result, full)}</section>"
    )


def _error_tip(result: Rebuilt) -> str:
    return f"Summed over the pixels; the mean over the pixels is {result.mse_per_pixel:.5f}"


def _bits(result: Rebuilt) -> str:
    bits = result.total_bits
    tip = "How far this picture's code distribution is from the prior: what it tells the decoder about the picture"
    return figure("no limit" if bits is None else f"{bits:.1f}", "bits used", tip)


def _bit_bars(result: Rebuilt, full: float) -> str:
    if result.bits is None:
        return '<p class="word">Without noise in the code the bits are not finite.</p>'
    strip = bars(result.bits.tolist(), full, "bits per latent dimension")
    return f'{strip}<p class="legend">bits by dimension</p>'


def sample_grids(
    grids: Mapping[str, Tensor],
    draws: Draws,
    marks: Mapping[str, Sequence[Mark]] | None = None,
    words: Mapping[str, str] | None = None,
) -> str:
    """Both models' random pictures, (N, 1, H, W) each, as two grids, with the judge's marks and words where given."""
    cards = "".join(
        _sample_card(name, images, draws, (marks or {}).get(name, ()), (words or {}).get(name, ""))
        for name, images in grids.items()
    )
    name = re.sub(r"\W+", "-", str(draws))
    return f'<div class="cards two">{cards}</div><p>{_DOWNLOAD.format(name=name)}</p>'


def _sample_card(name: str, images: Tensor, draws: Draws, marks: Sequence[Mark], words: str) -> str:
    alt = f"{len(images)} random pictures by the {NAMES[name]}, {draws}"
    columns = grid_columns(len(images))
    cells = "".join(f'<li class="{"good" if mark.good else "bad"}" title="{mark.words}">{mark.sign}</li>' for mark in marks)
    overlay = (
        f'<ol class="marks" aria-label="The judge\'s marks" style="grid-template-columns:repeat({columns},1fr)">{cells}</ol>'
        if marks
        else ""
    )
    note = f'<p class="tally">{escape(words)}</p>' if words else ""
    sheet = f'<div class="frame">{picture(grid(images), alt, "sheet")}{overlay}</div>'
    return f'<section class="card {name}">{card_head(name)}{sheet}{note}</section>'
