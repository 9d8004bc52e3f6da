"""The benchmarks run, and their results have the promised form; nothing here is timed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import command, paper, results
from benchmarks.fresh import run_fresh
from benchmarks.measure import Figure, Options, UnavailableError, at_least, at_most, interleave, percentile

ROOT = Path(__file__).parents[2]
MACHINE = {
    **{"device": "cpu", "cpu": "abacus", "cores": 2, "memory_gb": 4, "system": "Linux"},
    **{"python": "3.12", "torch": "2.13", "threads": 2},
}
KEYS = {
    "benchmark",
    "date",
    "machine",
    "table",
    "name",
    "unit",
    "median",
    "min",
    "max",
    "runs",
    "target",
    "met",
    "note",
    "more",
}


def row(benchmark: str, name: str, value: float, unit: str = "s", **more: float) -> dict[str, Any]:
    figure = Figure(name, unit, [value], more=more)
    return {"benchmark": benchmark, "date": "2026-11-22", "machine": MACHINE, **figure.to_dict()}


def test_the_cheap_subjects_give_lines_of_json_and_a_table(tmp_path: Path) -> None:
    readme, out = tmp_path / "README.md", tmp_path / "out.jsonl"
    readme.write_text(f"above\n\n{results.START}\n{results.END}\n\nbelow\n")
    arguments = ["drawing", "training", "--quick", "--repeat", "2", "--out", str(out), "--readme", str(readme)]
    run = subprocess.run(
        [sys.executable, "benchmarks/run.py", *arguments], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert run.returncode == 0, run.stderr
    printed = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert printed == results.read(out)
    assert all(line.keys() == KEYS for line in printed)
    assert {line["benchmark"] for line in printed} == {"drawing", "training"}
    measured = [line for line in printed if line["runs"]]
    assert all(line["runs"] == 2 and line["min"] <= line["median"] <= line["max"] for line in measured)
    assert all(line["note"].startswith("skipped: ") for line in printed if not line["runs"])
    assert all(line["machine"]["cores"] > 0 and line["machine"]["torch"] for line in printed)
    targets = {line["name"]: line["target"] for line in printed if line["target"]}
    assert targets["report-vae: arithmetic / products of matrices, float32"] == "≥ 0.7"
    text = readme.read_text()
    assert text.startswith("above\n") and text.endswith("\nbelow\n")
    for part in ("Measured on ", "## Targets", "## Drawing", "## Training", "## How the time of a training step divides"):
        assert part in text and (part.startswith("M") or part in run.stdout)
    assert text.count("Not worked out yet") == 2
    assert_tables_are_even(text)


def assert_tables_are_even(text: str) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {line.replace("\\|", "").count("|") for line in block.splitlines()}
        assert len(widths) == 1, block


def test_a_figure_is_held_against_its_target_by_its_median() -> None:
    figure = Figure("speed", "×", [4.0, 9.0, 6.0], at_least(5)).to_dict()
    assert (figure["median"], figure["min"], figure["max"], figure["met"], figure["target"]) == (6.0, 4.0, 9.0, True, "≥ 5")
    assert Figure("time", "s", [3.0], at_most(2)).to_dict()["met"] is False
    assert Figure("time", "s", [], at_most(2)).to_dict()["met"] is None


def test_what_is_compared_runs_by_turns() -> None:
    order: list[str] = []
    values = interleave({name: lambda name=name: order.append(name) or len(order) for name in "ab"}, 2)  # type: ignore[misc]
    assert "".join(order) == "abbaab"  # the first round warms up
    assert values == {"a": [4, 5], "b": [3, 6]}
    assert percentile(range(100), 0.95) == 95 and percentile([7], 0.5) == 7


def test_fresh_rows_replace_those_of_their_subject_on_their_device() -> None:
    gpu = {**row("training", "epoch", 1.0), "machine": {**MACHINE, "device": "H200"}}
    old = [row("drawing", "a", 1.0), row("training", "epoch", 9.0), gpu]
    fresh = [row("training", "epoch", 5.0)]
    assert results.replace(old, fresh) == [old[0], gpu, fresh[0]]


def test_a_subject_that_is_missing_something_or_fails_keeps_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(options: Options) -> Iterator[Figure]:
        yield Figure("first", "s", [1.0])
        raise UnavailableError("no Chromium found")

    def failing(options: Options) -> Iterator[Figure]:
        yield Figure("first", "s", [1.0])
        raise ValueError

    for measure, note, whole in ((lacking, "skipped: no Chromium found", True), (failing, "stopped by ValueError", False)):
        monkeypatch.setattr("benchmarks.subjects.page.measure", measure)
        rows, done = command.run("page", Options())
        assert [line["note"] for line in rows] == ["", note] and done is whole


def test_a_wrong_subject_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["flying"], ["--repeat", "0"], ["app", "--device", "cuda"]):
        with pytest.raises(SystemExit) as stop:
            command.main(arguments)
        assert stop.value.code == 2
    assert "unknown subject 'flying'" in capsys.readouterr().err


def test_every_subject_is_there_and_in_the_readme() -> None:
    files = {file.stem for file in (ROOT / "benchmarks" / "subjects").glob("*.py")} - {"__init__"}
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert files == set(command.SUBJECTS)
    assert all(f"| `{name}` |" in text for name in files)
    assert results.START in text and results.END in text


def test_needs_on_paper_follow_from_the_figures() -> None:
    rows = [
        row("load", "live answers while drawing, 8 visitors without a pause", 100, "answers/s"),
        row("load", "/sample of 25, 8 visitors without a pause", 50, "answers/s"),
        row("page", "a first visit to the page", 0.7, "MB"),
        *(row("training", f"{name}: the whole run, 10,000 pictures", 30) for name in ("report-vae", "report-mmd")),
        row("growth", "training, an epoch: 10,000 pictures of 64 × 64", 1, **{"pictures/s": 10_000, "MB a process": 500}),
        row(
            *("growth", "training, an epoch: 10,000 pictures of 64 × 64, 2 processes side by side", 1),
            **{"pictures/s": 15_000, "MB a process": 400},
        ),
    ]
    _, space, sweep = paper.on_paper(rows)
    assert "a visit\ntakes 3.1 s of it" in space and "3 such machines" in space and "7.0 GB a day" in space
    assert "1.50 times" in sweep and "5.6 hours on one such machine" in sweep and "400 MB" in sweep
    assert paper.on_paper(rows[1:])[1].startswith("Not worked out yet")


def test_a_task_of_its_own_process_says_what_it_took() -> None:
    (cost,) = run_fresh("draw", pictures=10)
    assert cost.seconds > 0 and 20 < cost.peak < 2000
    with pytest.raises(RuntimeError, match="draw failed"):
        run_fresh("draw", pictures=-1)
