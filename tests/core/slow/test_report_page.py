"""The report redone: the whole command on tiny runs, its cache and its failures."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from shapevae.errors import RunError
from shapevae.files import MODEL
from shapevae.report import work
from shapevae.report.make import make_report
from shapevae.report.plan import Run, plan
from shapevae.weights import load_config
from tests.conftest import tiny
from tests.core.test_report import SCALE

FIRST = ("In short", "Its table", "Both models in three charts")  # what is not folded
FOLDED = (
    *("What the table compares", "Its figures", "Claim (a)", "Claim (b)", "Claim (c)", "Claim (d)"),
    *("What the report leaves open", "What the report did not have: the rate"),
)
MISSING = "vae c 10"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, list[str]]]:
    """The page made once: (its folder, the folder of the runs, what was said)."""
    pytest.importorskip("matplotlib")
    out, runs, said = tmp_path_factory.mktemp("page"), tmp_path_factory.mktemp("runs"), []
    make_report(out, seeds=2, runs=runs, device="cpu", scale=SCALE, say=said.append)
    yield out, runs, said


def again(made: tuple[Path, Path, list[str]], out: Path) -> list[str]:
    said: list[str] = []
    make_report(out, seeds=2, runs=made[1], device="cpu", scale=SCALE, say=said.append)
    return said


def test_the_page_has_every_section_and_every_picture_it_names(made: tuple[Path, Path, list[str]]) -> None:
    page = (made[0] / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert tuple(heading.split(": ")[0] if heading.startswith("Claim") else heading for heading in headings) == FIRST + FOLDED
    pictures = re.findall(r"!\[([^\]]{20,})\]\((\S+)\)", page)
    assert len(pictures) == page.count("](") - page.count("](https://arxiv.org") == 14
    assert all((made[0] / file).read_bytes().startswith(b"\x89PNG") for _, file in pictures)
    assert {path.name for path in made[0].iterdir()} == {"README.md", *(file for _, file in pictures)}


def test_what_is_not_folded_fits_two_screens(made: tuple[Path, Path, list[str]]) -> None:
    page = (made[0] / "README.md").read_text(encoding="utf-8")
    first, *folded = page.split("\n<details>")
    assert len(first.splitlines()) <= 75 and first.count("![") == 3
    assert len(folded) == page.count("\n</details>\n") == len(FOLDED)
    for block in folded[:-1]:  # nothing but the next heading stands between two of them
        assert re.fullmatch(r"\n\n## [^\n]+\n", block.partition("\n</details>")[2])
    for letter in "abcd":
        says, verdict = re.search(rf"^- \*\*\({letter}\)\*\* (.*): \*\*(.*)\*\*\.$", first, re.MULTILINE).groups()  # type: ignore[union-attr]
        assert f"## Claim ({letter}): {verdict}\n\n<details><summary>{says}</summary>\n" in page


def test_the_page_states_the_reports_figures_beside_ours(made: tuple[Path, Path, list[str]]) -> None:
    page = (made[0] / "README.md").read_text(encoding="utf-8")
    for given in ("12.022", "0.048484", "93.75", "68.75", "72 (18 of 25)", "80 (20 of 25)", "243.09", "244.00"):
        assert given in page
    table = next(line for line in page.splitlines() if line.startswith("| squared error, sum over an image"))
    assert len(re.findall(r"\d+\.\d+ ± \d+\.\d+", table)) == 2
    assert not re.search(r"\bnan\b|\| None|\binf\b", page)
    assert str(made[1]) not in page and "/tmp" not in page
    assert "shapevae report --out" in page and "--seeds 2" in page and torch.__version__ in page


def test_progress_is_said_and_each_run_has_a_folder_of_its_configuration(made: tuple[Path, Path, list[str]]) -> None:
    runs = {run.config for run in plan(SCALE, 2).values()}
    assert made[2][0] == f"{len(runs)} runs: 0 finished before, {len(runs)} to do"
    assert sum(line.startswith(f"run {len(runs)} of {len(runs)} ") for line in made[2]) == 1
    folders = list(made[1].iterdir())
    assert {load_config(folder) for folder in folders} == runs
    assert all(folder.name == work.folder_name(load_config(folder)) for folder in folders)


def test_a_second_report_trains_nothing(
    made: tuple[Path, Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "complete", None)
    said = again(made, tmp_path)
    assert said[0].endswith("0 to do")
    pages = [(folder / "README.md").read_text().split("\nMade by")[0] for folder in (made[0], tmp_path)]
    assert pages[0] == pages[1]


def test_one_failing_run_is_tried_twice_and_reported_and_the_others_stay(
    made: tuple[Path, Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = work.folder_name(plan(SCALE, 2)[MISSING].config)
    shutil.move(made[1] / broken, tmp_path / broken)
    tries = []

    def fail(task: work.Task, device: str) -> float:
        tries.append(task.name)
        raise MemoryError("no room")

    monkeypatch.setattr(work, "complete", fail)
    try:
        with pytest.raises(RunError, match=rf"1 runs? failed twice \({MISSING}: MemoryError: no room\)"):
            again(made, tmp_path / "out")
    finally:
        shutil.move(tmp_path / broken, made[1] / broken)
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert tries == [MISSING, MISSING]
    assert "## Runs that failed\n\n" in page and f"- {MISSING} (MemoryError)" in page
    assert "no room" not in page  # a reason may name folders of this machine


def test_side_by_side_runs_get_the_same_weights_and_go_on_after_a_failure(tmp_path: Path) -> None:
    configs = {name: tiny("report-vae", epochs=2, seed=seed) for seed, name in enumerate(("first", "second", "blocked"))}
    runs = {name: Run(config, 16) for name, config in configs.items()}
    here, there, said = tmp_path / "here", tmp_path / "there", []
    whole, none = work.run_all(runs, here, "cpu", 1, said.append)
    assert none == {}
    obstacle = there / work.folder_name(configs["blocked"])
    there.mkdir()
    obstacle.write_text("a file where a folder should be")
    results, failed = work.run_all(runs, there, "cpu", 2, said.append)
    assert set(results) == {"first", "second"} and set(failed) == {"blocked"}
    assert any(line.startswith("1 failed and are tried once more: blocked: ") for line in said)
    times = {name: (result.folder / MODEL).stat().st_mtime_ns for name, result in results.items()}
    obstacle.unlink()
    results, failed = work.run_all(runs, there, "cpu", 2, said.append)
    assert failed == {} and "3 runs: 2 finished before, 1 to do" in said
    assert all((results[name].folder / MODEL).stat().st_mtime_ns == time for name, time in times.items())
    for name, result in whole.items():
        assert (results[name].folder / MODEL).read_bytes() == (result.folder / MODEL).read_bytes()
