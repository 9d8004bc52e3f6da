"""Bring a new model card together with one that a person may have edited: what is outside our marks stays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_BLOCK = re.compile(r"<!-- shapevae: generated ([0-9a-f]{12}), [^\n]*-->\n(.*?)<!-- shapevae: end -->", re.DOTALL)
_FRONT = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class MergedCard:
    """A card's text, and what its author should know, if anything."""

    text: str
    note: str = ""


def merge_card(existing: str, metadata: Mapping[str, Any], body: str) -> MergedCard:
    """`existing` ("" for none) with our part of the text and our keys of the front matter renewed, and all else kept.

    A card without our marks is kept whole, and our part put below it. The same arguments give the same text, and merging
    into a card that is up to date changes nothing.
    """
    existing = existing.replace("\r\n", "\n").lstrip("\ufeff")
    front = _FRONT.match(existing)
    text = existing[front.end() :] if front else existing
    kept, note = _read_front(front[1] if front else "")
    ours = _mark(body)
    found = _BLOCK.search(text)
    if found:
        if found[1] != _digest(found[2]):
            note = (
                "the generated part of the card was edited by hand: it is made anew, the edit stays in the repository's history"
            )
        text = text[: found.start()] + ours + text[found.end() :]
    elif text.strip():
        note = "the card was written by hand: its text is kept, and the generated part put below it"
        text = f"{text.rstrip()}\n\n{ours}\n"
    else:
        text = f"\n{ours}\n"
    return MergedCard(f"---\n{_dump(_join(kept, metadata))}---\n{text}", note)


def _mark(body: str) -> str:
    body = body if body.endswith("\n") else body + "\n"
    return f"<!-- shapevae: generated {_digest(body)}, write above or below this part -->\n{body}<!-- shapevae: end -->"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def _read_front(text: str) -> tuple[dict[str, Any], str]:
    try:
        values = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        values = None
    if isinstance(values, dict):
        return values, ""
    return {}, "the front matter of the card could not be read: it is made anew"


def _join(kept: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Our keys win; tags are a set that both may add to."""
    tags = [*ours.get("tags", [])]
    theirs = kept.get("tags")
    tags += [tag for tag in (theirs if isinstance(theirs, list) else []) if tag not in tags]
    return {**kept, **ours, **({"tags": tags} if tags else {})}


def _dump(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=120)
