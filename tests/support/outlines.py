"""Pictures of outlines as people draw them, and their files."""

import io

from PIL import Image, ImageDraw

from shapevae.shapes import CIRCLE, RECTANGLE, TRIANGLE


def outline(
    kind: int, side: int = 280, width: int = 6, gap: float = 0.0, ink: object = 0, paper: object = 255, mode: str = "L"
):
    """An outline as people draw it, its end `gap` of the side away from its start."""
    picture = Image.new(mode, (side, side), paper)
    pen = ImageDraw.Draw(picture)
    if kind == CIRCLE:
        pen.arc([side * 0.25, side * 0.25, side * 0.75, side * 0.75], 360 * gap, 360, fill=ink, width=width)
    else:
        corners = {
            RECTANGLE: [(0.3, 0.25), (0.75, 0.25), (0.75, 0.7), (0.3, 0.7)],
            TRIANGLE: [(0.5, 0.2), (0.8, 0.75), (0.2, 0.75)],
        }
        points = [*corners[kind], (corners[kind][0][0], corners[kind][0][1] + gap)]
        pen.line([(x * side, y * side) for x, y in points], fill=ink, width=width)
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a file of this kind."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()
