"""The benchmarks run, and their results have the promised form; nothing here is timed."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from benchmarks import run, training
from benchmarks.figures import Figure, Options, UnavailableError, interleave

ROOT = Path(__file__).parents[2]
FIGURE = {"name", "unit", "median", "min", "max", "runs", "target", "met", "note"}


@pytest.fixture(autouse=True)
def no_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second before every task, among all that the tests have imported."""
    monkeypatch.setattr("benchmarks.figures.gc.collect", lambda: 0)


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """A folder with a README that has a place for the tables."""
    (tmp_path / "README.md").write_text(f"above\n\n{run.START}\nold\n{run.END}\n\nbelow\n")
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)


def test_a_subject_gives_lines_of_json_and_tables(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["drawing", "--quick", "--repeat", "2", "--out", str(out)]) == 0
    results = json.loads((out / "results.json").read_text())
    figures = results["drawing"]["figures"]
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == figures
    assert all(figure.keys() == FIGURE for figure in figures)
    assert all(figure["min"] <= figure["median"] <= figure["max"] for figure in figures if figure["runs"])
    text = (out / "README.md").read_text()
    assert text.startswith("above\n") and text.endswith("\nbelow\n") and "old" not in text
    assert all(f"\n## {title}\n" in text for title in ("Drawing", "On paper")) and "cores, " in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1, block


def test_a_figure_is_held_against_its_target_by_its_median() -> None:
    row = Figure("speed", "×", [4.0, 9.0, 6.0], "≥ 5").to_dict()
    assert (row["median"], row["min"], row["max"], row["met"]) == (6.0, 4.0, 9.0, True)
    assert Figure("time", "s", [3.0], "≤ 2").to_dict()["met"] is False
    assert Figure("time", "s", [], "≤ 2").to_dict()["met"] is None


def test_what_is_compared_runs_by_turns() -> None:
    order: list[str] = []
    values = interleave({name: lambda name=name: order.append(name) or len(order) for name in "ab"}, 2)  # type: ignore[misc]
    assert "".join(order) == "abbaab"  # the first round warms up
    assert values == {"a": [4, 5], "b": [3, 6]}


def test_seconds_to_a_quality_are_those_of_the_seeds_that_meet_it() -> None:
    after = [(1.0, 0.9, 0.9), (2.0, 0.995, 0.8), (4.0, 1.0, 0.9)]

    def train(seed: int) -> Iterator[tuple[float, training.Qualities]]:
        for spent, right, distinguishable in after[: 3 - seed]:
            yield spent, dict(zip(training.GOALS, (right, distinguishable - seed), strict=True))

    rebuilt, sampled = training.to_quality("model", 3, train, 2)
    assert (rebuilt.name, list(rebuilt.values)) == ("model: 99 % reconstructions right", [2.0, 2.0])
    assert list(sampled.values) == [1.0] and "1 of 2 seeds" in sampled.note


@pytest.mark.parametrize(("error", "code"), [(UnavailableError("no Chromium found"), 0), (ValueError(), 1)])
def test_a_subject_that_lacks_something_or_fails_keeps_its_last_figures(
    out: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def measure(values: list[float], options: Options) -> Iterator[Figure]:
        yield Figure("first", "s", values)
        if len(values) > 1:
            raise error

    def go(values: list[float]) -> int:
        monkeypatch.setattr("benchmarks.page.measure", partial(measure, values))
        return run.main(["page", "--quick", "--out", str(out)])

    assert (go([1.0]), go([2.0, 2.0])) == (0, code)
    assert json.loads((out / "results.json").read_text())["page"]["figures"][0]["median"] == 1.0


@pytest.mark.parametrize("arguments", [["flying"], ["--repeat", "0"], ["app", "--device", "cuda"]])
def test_a_wrong_call_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run.main(arguments)
    assert stop.value.code == 2 and "error: " in capsys.readouterr().err


def test_the_readme_shows_the_kept_results(out: Path) -> None:
    kept = ROOT / "benchmarks" / "README.md"
    text = kept.read_text(encoding="utf-8")
    assert all((ROOT / "benchmarks" / f"{name}.py").exists() and f"| `{name}` |" in text for name in run.SUBJECTS)
    (out / "README.md").write_text(text, encoding="utf-8")
    run.write_tables(out / "README.md", json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8")))
    assert (out / "README.md").read_text(encoding="utf-8") == text


def test_needs_on_paper_follow_from_the_figures() -> None:
    def results(**medians: dict[str, float]) -> dict[str, object]:
        return {name: {"figures": [{"name": n, "median": m} for n, m in of.items()]} for name, of in medians.items()}

    runs = {"report-vae: the whole run": 30.0, "report-mmd: the whole run": 42.0}
    load = {"the judge's word on a drawing": 100.0, "/sample of 25": 50.0}
    rows = [value for _, value, _ in run.on_paper(results(load=load, page={"a first visit to the page": 0.7}, training=runs))]
    assert rows == ["0.3 s of a machine", "machines: 1", "7.0 GB", "10 h of a core"]
    assert not list(run.on_paper({}))
