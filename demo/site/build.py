"""The static page's files: index.html with its first pictures, styles, scripts and weights."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from demo.markup import cards, information
from demo.markup.maps import for_script
from demo.markup.planes import layout
from demo.markup.text import MASTHEAD, TEXT
from demo.presets import PresetInfo
from demo.site.files import WIDGETS, scripts, weights
from demo.views import drawing, results
from demo.views.latent import REACH, latent_map, ranked_code
from demo.views.plane import both_planes
from shapevae.config import MAX_SEED
from shapevae.images.write import to_hex
from shapevae.shapes import KINDS

HERE = Path(__file__).parent
OWN = ("site.js", "theme.js", "site.css")
COUNT = 25  # pictures in the first grids
SIGNS = {"circle": "●", "rectangle": "■", "triangle": "▲"}


def site_files(models: results.Models, info: PresetInfo, app: str = "") -> dict[str, bytes]:
    """Every file of the page by its path; app: the address of the full app, or empty."""
    own = {name: (HERE / name).read_bytes() for name in OWN}
    style = (HERE.parent / "style.css").read_bytes()
    return {
        "index.html": index(models, info, app).encode(),
        "style.css": style,
        **own,
        **scripts(),
        **weights(models=models, planes=info.plane),
    }


def index(models: results.Models, info: PresetInfo, app: str) -> str:
    x, planes = drawing.draw_sketch(drawing.FIRST_SKETCH), both_planes(info.plane) if info.plane else None
    settings = results.sample_settings(COUNT, drawing.FIRST_SEED)
    metrics = {name: info.metrics_of(name, model) for name, model in models.items()}
    values: dict[str, object] = {
        "masthead": MASTHEAD,
        "pad": (WIDGETS / "pad.html").read_text(encoding="utf-8"),
        "rebuilt": cards.reconstruction(x, results.reconstruct(models, x)),
        "samples": cards.sample_grids(results.sample(models, settings), settings),
        "explorer": (WIDGETS / "explorer.html").read_text(encoding="utf-8"),
        "information": figures(models, info, metrics),
        "kinds": "".join(f'<button type="button" data-kind="{kind}">{SIGNS[kind]} {kind.title()}</button>' for kind in KINDS),
        "radios": "".join(_radio(kind) for kind in drawing.KIND_CHOICES),
        "see": see(planes) if planes else "",
        "see_link": '<a href="#see">See</a> ' if planes else "",
        "data": data(models, to_hex(x), planes=planes, family=vars(next(iter(info.plane.values())).shapes) if planes else None),
        "footer": footer(app),
        **{f"{name}_text": paragraph(TEXT[name]) for name in ("reconstruct", "sample", "explore", "information")},
    }
    limits: dict[str, object] = {"least_samples": results.LEAST_SAMPLES, "most_samples": results.MOST_SAMPLES, "count": COUNT}
    limits |= {"least_spread": results.LEAST_SPREAD, "most_spread": results.MOST_SPREAD, "most_passes": results.MOST_PASSES}
    text = (HERE / "index.html").read_text(encoding="utf-8")
    return Template(text).substitute(values | limits, seed=drawing.FIRST_SEED, max_seed=MAX_SEED)


def footer(app: str) -> str:
    full = (
        f'The <a href="{escape(app)}">full app</a>'
        if app
        else "The full app, <code>python app.py</code> in the project's folder,"
    )
    return f"{full} also trains models and judges pictures."


def see(planes: dict[str, Any]) -> str:
    """The latent planes, as both_planes gives them."""
    style = (WIDGETS / "plane.css").read_text(encoding="utf-8")
    return (
        f'<section id="see" aria-labelledby="see-title"><style>{style}</style><h2 id="see-title">See</h2>'
        f'{paragraph(TEXT["see"])}<div id="planes">{layout(planes)}</div></section>'
    )


def figures(models: results.Models, info: PresetInfo, metrics: dict[str, dict[str, object]]) -> str:
    """The rates, the plane of rate and distortion, and whether the codes are Gaussian, as they were measured."""
    configs = {name: model.config for name, model in models.items()}
    parts = [information.rate_bars(metrics), information.rate_cards(metrics, configs)]
    parts += [paragraph(TEXT["information.plane"]), information.rate_distortion({**metrics, **info.metrics})]
    return "".join([*parts, paragraph(TEXT["information.gaussian"]), information.certificate(metrics)])


def data(models: results.Models, value: str, **more: object) -> str:
    """What site.js reads, and `more`, as JSON that may stand inside of a script element."""
    maps = {name: latent_map(model) for name, model in models.items()}
    x = drawing.draw(drawing.seed_setting("random", drawing.FIRST_SEED))
    codes = {name: [round(c, 3) for c in ranked_code(model, maps[name], x)] for name, model in models.items()}
    values = {
        "value": value,
        "sketch": drawing.FIRST_SKETCH,
        "sketches": drawing.SKETCHES,
        "shapes": vars(drawing.SHAPES),
        "maps": {name: for_script(name, place) for name, place in maps.items()},
        "codes": codes,
        "reach": REACH,
        **more,
    }
    return json.dumps(values).replace("<", r"\u003c")


def paragraph(text: str) -> str:
    """The page's Markdown, which has bold words and headings alone, as HTML."""
    lines = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    lines = re.sub(r"\*(.+?)\*", r"<i>\1</i>", lines)
    return "<p>" + re.sub(r"^### (.+)$", r"</p><h3>\1</h3><p>", lines, flags=re.MULTILINE) + "</p>"


def _radio(kind: str) -> str:
    checked = " checked" if kind == "random" else ""
    return f'<label><input type="radio" name="kind" value="{kind}"{checked}> {kind}</label>'
