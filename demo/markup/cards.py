"""The tabs' results as HTML: reconstructions and sample grids, a card a model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape

from torch import Tensor

from demo.markup.elements import bars, card, cards, figure, picture
from demo.markup.judged import Mark
from demo.views.results import NAMES, Rebuilt, SampleSettings
from shapevae.images.write import difference, grid, grid_columns

PENALTIES = {"vae": "KL divergence", "mmd": "MMD"}
_FULL_BAR = 8.0  # bits; more where a dimension has more
_DOWNLOAD = '<a class="download" download="{name}.png" href="#samples">Download both grids (PNG)</a>'  # see sample.js
_LEGEND = (
    '<p class="legend"><i class="extra"></i>painted, but not in the input<br>'
    '<i class="missing"></i>in the input, but left out</p>'
)


def model_card(name: str, content: str) -> str:
    """A card of model "vae" or "mmd"."""
    return card(NAMES[name], PENALTIES[name], content, name)


def reconstruction(x: Tensor, rebuilt: Mapping[str, Rebuilt]) -> str:
    """The input, (1, 1, H, W), beside each model's reconstruction, differences and figures."""
    full = max([_FULL_BAR, *(float(result.bits.max()) for result in rebuilt.values() if result.bits is not None)])
    shot = picture(x[0], "The input picture as the models see it", "shot")
    seen = card("Input", "as the models see it", f"{shot}{_word('input')}{_LEGEND}", "input")
    parts = [seen, *(_rebuilt_card(name, x[0], result, full) for name, result in rebuilt.items())]
    return f'<p class="belief" role="status" data-word="belief">&nbsp;</p>{cards(parts, "")}'


def _word(name: str) -> str:
    """Where pad.js puts the judge's word."""
    return f'<p class="word" data-word="{name}">&nbsp;</p>'


def _rebuilt_card(name: str, x: Tensor, result: Rebuilt, full: float) -> str:
    title, bits = NAMES[name], result.total_bits
    shot = picture(result.image, f"Reconstruction by the {title}", "shot")
    change = picture(difference(x, result.image), f"Difference between the {title} and the input", "diff")
    mean = f"Summed over the pixels; the mean over the pixels is {result.mse_per_pixel:.5f}"
    told = "How far this picture's code distribution is from the prior: what it tells the decoder about the picture"
    error = figure(f"{result.squared_error:.1f}", "squared error", mean)
    rate = figure("no limit" if bits is None else f"{bits:.1f}", "bits used", told)
    details = f'<div class="details">{change}<div>{error}{rate}</div></div>'
    return model_card(name, f"{shot}{_word(name)}{details}{_bit_bars(result, full)}")


def _bit_bars(result: Rebuilt, full: float) -> str:
    if result.bits is None:
        return '<p class="word">Without noise in the code the bits are not finite.</p>'
    strip = bars(result.bits.tolist(), full, "bits per latent dimension")
    return f'{strip}<p class="legend">bits by dimension</p>'


def sample_grids(
    grids: Mapping[str, Tensor],
    settings: SampleSettings,
    marks: Mapping[str, Sequence[Mark]] | None = None,
    words: Mapping[str, str] | None = None,
) -> str:
    """Both models' random pictures, (N, 1, H, W) each, as two grids, with the judge's marks and words where given."""
    marks, words = marks or {}, words or {}
    parts = [_sample_card(name, images, settings, marks.get(name, ()), words.get(name, "")) for name, images in grids.items()]
    name = re.sub(r"[^\w.]+", "-", f"{'-'.join(grids)} {settings.count} samples {settings}")
    which = escape(json.dumps(asdict(settings)))  # for sample.js
    return f'<div data-sample="{which}">{cards(parts)}<p>{_DOWNLOAD.format(name=name)}</p></div>'


def _sample_card(name: str, images: Tensor, settings: SampleSettings, marks: Sequence[Mark], words: str) -> str:
    alt = f"{len(images)} random pictures by the {NAMES[name]}, {settings}"
    sheet = f'<div class="frame">{picture(grid(images), alt, "sheet")}{_overlay(marks)}</div>'
    return model_card(name, (f'<p class="counted">{escape(words)}</p>' if words else "") + sheet)


def _overlay(marks: Sequence[Mark]) -> str:
    if not marks:
        return ""
    columns = f"grid-template-columns:repeat({grid_columns(len(marks))},1fr)"
    cells = "".join(map(_mark, marks))
    return f'<ol class="marks" aria-label="The judge\'s marks" style="{columns}">{cells}</ol>'


def _mark(mark: Mark) -> str:
    """One that is no shape is a button, which opens its code in Explore (see sample.js)."""
    if mark.good:
        return f'<li class="good" title="{mark.words}">{mark.sign}</li>'
    words = f"{mark.words}. Open its code in Explore"
    return f'<li class="bad"><button type="button" title="{words}" aria-label="{words}">{mark.sign}</button></li>'
