"""Picture files of every format and mode, the odd ones too, and damage done to their bytes."""

import random
import struct
import zlib
from functools import cache

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tests.robustness.cases import anything, by_turns
from tests.support.outlines import encoded, outline

_MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("L", "P"),
    "BMP": ("1", "L", "P", "RGB"),
    "TIFF": ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F"),
}


def in_mode(picture: Image.Image, mode: str) -> Image.Image:
    """A grey picture in another mode."""
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    return picture.convert(mode)


def animated(kind: str) -> bytes:
    return encoded(outline(0, 48), kind, save_all=True, append_images=[outline(shape, 48) for shape in (1, 2)] * 5)


def bomb() -> bytes:
    """169 million pixels in 20 kB."""
    return encoded(Image.new("1", (13_000, 13_000)), "PNG")


@cache
def files() -> dict[str, bytes]:
    """By what they are: whole files, right or odd."""
    found = {f"{kind} {mode}": encoded(in_mode(outline(1, 48), mode), kind) for kind in _MODES for mode in _MODES[kind]}
    found |= {f"animated {kind}": animated(kind) for kind in ("PNG", "GIF", "WEBP", "TIFF")}
    for size in ((1, 1), (1, 20_000), (20_000, 1), (2, 3)):
        found |= {f"{size[0]} × {size[1]}, {value}": encoded(Image.new("L", size, value), "PNG") for value in (0, 255)}
    striped = np.zeros((20_000, 1), np.uint8)
    striped[4000:9000] = 255
    found["a line of 20,000 pixels"] = encoded(Image.fromarray(striped), "PNG")
    found["not a number"] = encoded(Image.fromarray(np.full((9, 9), np.nan, np.float32)), "TIFF")
    found["see-through"] = encoded(outline(2, 48).convert("P"), "PNG", transparency=0)
    found["bomb"] = bomb()
    found["text"], found["SVG"], found["nothing"] = b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b""
    return found


def damaged(name: str, seed: int) -> bytes:
    """A file with bytes cut off, changed, cut out or put in; whole one time in eight. PNG checksums are made to fit again."""
    rng, data = random.Random(seed), bytearray(files()[name])
    at = rng.randrange(len(data) + 1)
    how = rng.randrange(8) if data else 0
    if how == 1:
        del data[at:]
    elif how == 2:
        del data[at : at + rng.randrange(1, 40)]
    elif how == 3:
        data[at:at] = rng.randbytes(rng.randrange(1, 40))
    elif how == 4:
        data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\xff\xff"])
    elif how > 4:
        for _ in range(rng.choice([1, 1, 2, 5, 30])):
            data[rng.randrange(len(data) if how == 5 else min(len(data), 64))] = rng.randrange(256)
    return _checksummed(bytes(data)) if how and name.startswith("PNG") and rng.random() < 0.5 else bytes(data)


def _checksummed(png: bytes) -> bytes:
    """With every chunk's checksum as it should be, so that damage goes deeper than that."""
    parts, at = [png[:8]], 8
    while at + 8 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        chunk = png[at + 4 : at + 8 + length]
        parts += [png[at : at + 4], chunk, struct.pack(">I", zlib.crc32(chunk))]
        at += 12 + length
    return b"".join(parts)


sound = st.sampled_from(["PNG L", "PNG RGBA", "JPEG RGB", "JPEG CMYK", "GIF L", "TIFF I;16", "animated GIF"]).map(files().get)
pictures = by_turns(
    st.builds(damaged, st.sampled_from(sorted(files())), st.integers(0, 2**32)), st.binary(max_size=64) | anything
)
