"""The longer texts of the page, by the headings of text.md."""

from __future__ import annotations

from pathlib import Path


def _read(file: Path) -> dict[str, str]:
    parts = file.read_text(encoding="utf-8").split("\n# ")[1:]
    return {name: body.strip() for name, _, body in (part.partition("\n") for part in parts)}


HERE = Path(__file__).parent
TEXT = _read(HERE / "text.md")
MASTHEAD = (HERE / "masthead.html").read_text(encoding="utf-8")
