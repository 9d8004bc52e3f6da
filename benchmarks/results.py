"""The results: kept as lines of JSON, shown as tables, and put between marks into the README beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import in_words
from benchmarks.paper import on_paper

Row = dict[str, Any]
TITLES = {
    "profile": "How the time of a training step divides",
    "threads": "A step of `report-vae` on two cores",
    "growth": "How cost grows",
    "weight": "What a first visit loads",
}
TARGETS = "## Targets"
START, END = "<!-- results -->", "<!-- end of results -->"


def read(file: Path) -> list[Row]:
    """The rows in a file of JSON lines, none where there is no file."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def write(file: Path, rows: Iterable[Row]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def replace(old: Iterable[Row], fresh: Sequence[Row]) -> list[Row]:
    """Old and fresh rows, without the old ones of a subject that was measured again on the same kind of device."""
    renewed = {_subject(row) for row in fresh}
    return [row for row in old if _subject(row) not in renewed] + list(fresh)


def _subject(row: Row) -> tuple[str, str]:
    return row["benchmark"], row["machine"]["device"]


def write_readme(file: Path, rows: Sequence[Row]) -> None:
    """Renew what stands between the marks. Raises ValueError where the file has none."""
    before, after = around_marks(file)
    content = "\n\n".join([measured_on(rows), tables(rows), *on_paper(rows)])
    file.write_text(f"{before}{START}\n{content}\n{END}{after}", encoding="utf-8")


def around_marks(file: Path) -> tuple[str, str]:
    """What stands before and after the tables. Raises ValueError where the file has no marks for them."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{file}: no place for the tables, {START} and {END} are missing")
    return before, after


def measured_on(rows: Sequence[Row]) -> str:
    """Which subjects were measured when and on what, a line each machine and day."""
    subjects: dict[str, list[str]] = {}
    for row in rows:
        names = subjects.setdefault(f"{row['date']} on {in_words(row['machine'])}", [])
        names += [row["benchmark"]] * (row["benchmark"] not in names)
    if len(subjects) == 1:
        return f"Measured on {next(iter(subjects)).replace(' on ', ', on ', 1)}."
    return "\n".join(f"- Measured on {where}: {', '.join(names)}." for where, names in subjects.items())


def tables(rows: Sequence[Row]) -> str:
    """The targets in short, then every subject's rows in full."""
    held = [{**row, "more": {}, "note": ""} for row in rows if row["target"]]
    parts = [f"{TARGETS}\n\n{table(held)}"] if held else []
    for title, chosen in _by_title(rows).items():
        parts.append(f"## {title}\n\n{table(chosen)}")
    return "\n\n".join(parts)


def _by_title(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows of one subject and one table go together; those that keep to their subject's own table are titled by it."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        device = "" if row["machine"]["device"] == "cpu" else f", on {row['machine']['device']}"
        parts.setdefault(TITLES.get(row["table"], row["benchmark"].capitalize()) + device, []).append(row)
    return parts


def table(rows: Sequence[Row]) -> str:
    """Rows as Markdown; columns that would be empty are left out."""
    more = list(dict.fromkeys(key for row in rows for key in row["more"]))
    columns = {
        "what": [row["name"] for row in rows],
        "median": [_with_unit(row) for row in rows],
        "min to max": ["" if row["runs"] < 2 else f"{short(row['min'])} to {short(row['max'])}" for row in rows],
        **{key: [short(row["more"].get(key)) for row in rows] for key in more},
        "runs": [str(row["runs"] or "") for row in rows],
        "target": [row["target"] or "" for row in rows],
        "met": [{True: "yes", False: "**no**", None: ""}[row["met"]] for row in rows],
        "how": [row["note"] for row in rows],
    }
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    lines = [list(shown), ["---"] * len(shown), *zip(*shown.values(), strict=True)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _with_unit(row: Row) -> str:
    return "–" if row["median"] is None else f"{short(row['median'])} {row['unit']}".strip()


def short(value: float | None) -> str:
    """Three digits, thousands set apart: 12,300, 1.23, 0.00123."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-4 else f"{value:.1e}"
