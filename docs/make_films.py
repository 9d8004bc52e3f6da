"""Films for the tab Train and the README: `python -m docs.make_films` trains both models, and each exhibit with its control.

Each takes seconds, that of twenty dimensions a few minutes.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import torch
from PIL import Image, ImageDraw

from demo.training.failures import EXHIBITS
from demo.training.frames import look
from demo.training.run import Run, start, step
from demo.training.session import recipe
from demo.widgets.live import BOTH, FILMS
from docs.make_readme import ROOT

FRAMES, CODES, GREYS = 20, 150, 6
STRIP = ROOT / "docs" / "training.png"

_SHOWN, _SIDE = (0, 5, 7, 9, 12, 19), 260  # frames of the strip, and the pixels of a plane's side
_COLOURS = ("#38bdf8", "#f472b6", "#a3e635", "#64748b")


def main(names: list[str]) -> None:
    """Record the films of these names, all of them where none is given; and with that of both models make the strip."""
    torch.set_num_threads(1)
    for name in names or [BOTH, *EXHIBITS]:
        frames = list(record(start(recipe({"family": "plane"} if name == BOTH else {"exhibit": name}))))
        FILMS.mkdir(exist_ok=True)
        (FILMS / f"{name}.json").write_text(json.dumps({"frames": frames}, separators=(",", ":")) + "\n", encoding="utf-8")
        if name == BOTH:
            strip(frames).quantize(64).save(STRIP, optimize=True)


def record(run: Run) -> Iterator[dict[str, Any]]:
    """FRAMES frames of a run from before its first step to its end, closer together where more happens, cut to a small size."""
    steps = max(side.training.steps for side in run.sides)
    for number in range(FRAMES):
        while not run.over and max(side.training.step for side in run.sides) < steps * (number / (FRAMES - 1)) ** 2:
            step(run)
        yield cut(look(run))


def cut(frame: dict[str, Any]) -> dict[str, Any]:
    """Fewer codes, and pictures of at most 192 pixels a side in GREYS greys."""
    for side in frame["sides"]:
        side["points"], side["noise"] = side["points"][:CODES], side["noise"][: CODES // 3]
        with Image.open(io.BytesIO(base64.b64decode(side["mosaic"]))) as picture:
            levels = [round(round(value / 255 * (GREYS - 1)) * 255 / (GREYS - 1)) for value in range(256)]
            stream = io.BytesIO()
            picture.reduce(max(picture.width // 192, 1)).point(levels).quantize(GREYS).save(stream, "PNG", optimize=True)
        side["mosaic"] = base64.b64encode(stream.getvalue()).decode()
    return {**frame, "kinds": frame["kinds"][:CODES], "word": ""}


def strip(frames: list[dict[str, Any]]) -> Image.Image:
    """Some of the frames side by side, the VAE above, the adjusted model below: pictures coloured by kind."""
    gap = 6
    sheet = Image.new("RGB", (len(_SHOWN) * (_SIDE + gap) - gap, 2 * _SIDE + gap + 22), "white")
    pen = ImageDraw.Draw(sheet)
    for column, number in enumerate(_SHOWN):
        for row, side in enumerate(frames[number]["sides"]):
            sheet.paste(coloured(side), (column * (_SIDE + gap), 22 + row * (_SIDE + gap)))
            if not column:
                pen.text((6, 26 + row * (_SIDE + gap)), ("VAE", "adjusted VAE")[row], fill="white", font_size=16)
        pen.text((column * (_SIDE + gap) + 4, 4), f"step {frames[number]['sides'][0]['step']}", fill="black", font_size=14)
    return sheet


def coloured(side: dict[str, Any]) -> Image.Image:
    """A mosaic in the colours of its kinds."""
    cells = round(len(side["cells"]) ** 0.5)
    tints = Image.new("RGB", (cells, cells))
    tints.putdata([tuple(bytes.fromhex(_COLOURS[int(kind)][1:])) for kind in side["cells"]])
    with Image.open(io.BytesIO(base64.b64decode(side["mosaic"]))) as picture:
        grey = picture.convert("L").resize((_SIDE, _SIDE))
    return Image.composite(tints.resize((_SIDE, _SIDE), Image.Resampling.NEAREST), Image.new("RGB", grey.size), grey)


if __name__ == "__main__":
    main(sys.argv[1:])
