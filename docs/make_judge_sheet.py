"""Make docs/judge.png, pictures around the judge's threshold, and the calibration table in docs/judge.md.

Run from the root of the repository: python -m docs.make_judge_sheet
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from docs.make_readme import ROOT, fill
from shapevae.config import ShapeConfig
from shapevae.judge import Judgement, judge_shapes
from shapevae.shapes import CIRCLE, KINDS, RECTANGLE, TRIANGLE, Factors, draw_shapes, render
from shapevae.table import markdown_table
from tests.support import spoilt

COUNT, SEED = 2000, 11
CELL, CAPTION, LABEL, GAP = 96, 20, 150, 8
INK, PASS, EXACT, FAIL = "#222222", "#2a78d6", "#1b7f4b", "#c0392b"


def shape(kind: int, half_width: float, half_height: float, angle: float = 0.0) -> Factors:
    return Factors(torch.tensor([kind]), *(torch.tensor([v]) for v in (0.0, 0.0, half_width, half_height, angle)))


def rows() -> dict[str, Tensor]:
    """Eight pictures a row, from a true shape to one nobody would name."""
    circle, square, triangle = shape(CIRCLE, 0.6, 0.6), shape(RECTANGLE, 0.6, 0.5, 0.3), shape(TRIANGLE, 0.6, 0.6, 0.3)
    box = shape(RECTANGLE, 0.532, 0.532)  # of the circle's area
    steps = torch.arange(8)
    return {
        "circle to oval": stack(spoilt.ovals(circle, 1 + 0.05 * step) for step in steps.tolist()),
        "circle to square": morph(render(circle, 64), render(box, 64), steps / 7),
        "circle to triangle": morph(render(circle, 64), render(triangle, 64), steps / 7),
        "two kinds blended": stack(
            torch.lerp(render(circle, 64), render(triangle, 64), 0.06 * step) for step in steps.tolist()
        ),
        "erased": stack(spoilt.erased(triangle, 0.06 * step) for step in steps.tolist()),
        "doubled": stack(spoilt.doubled(enlarged(square), 0.12 * step) for step in steps.tolist()),
        "blurred": stack(spoilt.blurred(triangle, 0.1 + 0.4 * step) for step in steps.tolist()),
        "noise": stack(spoilt.noisy(square, 0.03 * step) for step in steps.tolist()),
        "brightness": stack(spoilt.faint(circle, 1 - 0.04 * step) for step in steps.tolist()),
    }


def stack(pictures: Iterable[Tensor]) -> Tensor:
    return torch.cat(list(pictures))


def enlarged(true: Factors) -> Factors:
    return dataclasses.replace(true, half_width=1.6 * true.half_width, half_height=1.6 * true.half_height)


def morph(first: Tensor, second: Tensor, weights: Tensor) -> Tensor:
    """Shapes in between with sharp edges: a threshold on the mean of two blurred pictures, eased at the ends."""
    blur = torch.nn.functional.avg_pool2d
    soft = [blur(picture, 9, 1, 4, count_include_pad=False) for picture in (first, second)]
    between = torch.cat([torch.lerp(*soft, weight) for weight in weights.tolist()])  # type: ignore[arg-type]
    pictures = torch.sigmoid(24 * (between - 0.5))
    pictures[0], pictures[-1] = first[0], second[0]
    return pictures


def draw_sheet(pictures: dict[str, Tensor]) -> Image.Image:
    columns = max(map(len, pictures.values()))
    sheet = Image.new("RGB", (LABEL + columns * (CELL + GAP) + GAP, len(pictures) * (CELL + CAPTION + GAP) + GAP), "white")
    for row, (label, images) in enumerate(pictures.items()):
        top = GAP + row * (CELL + CAPTION + GAP)
        ImageDraw.Draw(sheet).text((GAP, top + CELL // 2), label, fill=INK, font=ImageFont.load_default(14), anchor="lm")
        judgement = judge_shapes(images)
        for column, image in enumerate(images):
            draw_cell(sheet, (LABEL + column * (CELL + GAP), top), image, judgement, column)
    return sheet


def draw_cell(sheet: Image.Image, at: tuple[int, int], image: Tensor, judgement: Judgement, index: int) -> None:
    """A picture in a frame of its verdict's colour, with the nearest kind and the IoU below."""
    x, y = at
    exact, passes = bool(judgement.exact[index]), bool(judgement.distinguishable[index])
    colour, mark = (EXACT, "=") if exact else (PASS, "+") if passes else (FAIL, "-")
    pixels = (255 * image[0]).round().to(torch.uint8).numpy()
    sheet.paste(Image.fromarray(pixels).resize((CELL - 6, CELL - 6), Image.Resampling.NEAREST), (x + 3, y + 3))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((x, y, x + CELL - 1, y + CELL - 1), outline=colour, width=3)
    text = f"{mark} {KINDS[int(judgement.kind[index])]} {judgement.iou[index].item():.3f}"
    pen.text((x + CELL // 2, y + CELL + 2), text, fill=colour, font=ImageFont.load_default(12), anchor="ma")


def table() -> str:
    """How true and spoilt pictures are judged, as Markdown."""
    head = ("pictures", "IoU, 1 %", "median", "99 %", "distinguishable", "exact")
    lines = []
    for name, rotated in (("true, upright", False), ("true, rotated", True)):
        shapes = draw_shapes(COUNT, SEED, ShapeConfig(rotated=rotated))
        judgement = judge_shapes(shapes.images)
        lines.append(line(f"{name} ({(judgement.kind == shapes.kinds).float().mean():.2%} of the right kind)", judgement))
    true = spoilt.factors(COUNT, SEED)
    lines += [line(name, judge_shapes(spoil(true))) for name, spoil in spoilt.SPOILT.items()]
    return markdown_table(head, lines)


def line(name: str, judgement: Judgement) -> list[str]:
    quantiles = judgement.iou.quantile(torch.tensor([0.01, 0.5, 0.99])).tolist()
    shares = (judgement.distinguishable.float().mean(), judgement.exact.float().mean())
    return [name, *(f"{iou:.3f}" for iou in quantiles), *(f"{share:.2%}" for share in shares)]


def main() -> None:
    draw_sheet(rows()).quantize(64).save(ROOT / "docs" / "judge.png", optimize=True)
    fill(ROOT / "docs" / "judge.md", calibration=table())


if __name__ == "__main__":
    main()
