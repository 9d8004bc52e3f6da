"""What people ask, from docs/questions.md: each question and its answer, by the tab that its link opens."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "questions.md"
_LINK = re.compile(r"^\[[^\]]+\]\(\S+\?tab=(\w+)\S*\)$", re.MULTILINE)
_MARK = re.compile(r"^<!-- .* -->\n", re.MULTILINE)


@lru_cache(maxsize=1)
def questions() -> dict[str, list[tuple[str, str]]]:
    """(question, answer as Markdown) by tab; none where the file is missing."""
    if not PAGE.exists():
        return {}
    found: dict[str, list[tuple[str, str]]] = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        question, _, answer = section.partition("\n")
        tab = _LINK.findall(answer)[0]
        found.setdefault(tab, []).append((question, _MARK.sub("", _LINK.sub("", f"{answer}\n")).strip()))
    return found
