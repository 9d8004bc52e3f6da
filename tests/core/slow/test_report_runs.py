"""The report's runs in processes and on a Ray cluster: the same weights as in this one, a failure tried twice and reported."""

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from shapevae.errors import RunError
from shapevae.files import MODEL
from shapevae.report import work
from shapevae.report.make import make_report
from shapevae.report.plan import Run
from shapevae.report.work import LOCAL, on_cluster, side_by_side
from tests.conftest import tiny
from tests.support.needs import missing

CONFIGS = {name: tiny("report-vae", epochs=2, seed=seed) for seed, name in enumerate(("first", "second", "blocked"))}
RUNS = {name: Run(config, 16) for name, config in CONFIGS.items()}
WAYS = {
    "side by side": partial(side_by_side, device="cpu", jobs=2),
    "cluster": partial(on_cluster, device="cpu", address=LOCAL),
}


def need_ray() -> None:
    if find_spec("ray") is None:
        missing('ray is missing: pip install "shapevae[ray]"')


@pytest.mark.parametrize("way", WAYS)
def test_elsewhere_runs_get_the_same_weights_and_go_on_after_a_failure(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "cluster":
        need_ray()
        monkeypatch.setenv("RAY_worker_niceness", "0")  # else other programs' work comes first
    here, there, said = tmp_path / "here", tmp_path / "there", []
    whole, none = work.run_all(RUNS, here, partial(work.one_by_one, device="cpu"), said.append)
    assert none == {}
    obstacle = there / work.folder_name(CONFIGS["blocked"])
    there.mkdir()
    obstacle.write_text("a file where a folder should be")
    results, failed = work.run_all(RUNS, there, WAYS[way], said.append)
    assert set(results) == {"first", "second"} and set(failed) == {"blocked"}
    assert any(line.startswith("1 failed and are tried once more: blocked: ") for line in said)
    times = {name: (result.folder / MODEL).stat().st_mtime_ns for name, result in results.items()}
    obstacle.unlink()
    results, failed = work.run_all(RUNS, there, WAYS[way], said.append)
    assert failed == {} and "3 runs: 2 finished before, 1 to do" in said
    assert all((results[name].folder / MODEL).stat().st_mtime_ns == time for name, time in times.items())
    for name, result in whole.items():
        assert (results[name].folder / MODEL).read_bytes() == (result.folder / MODEL).read_bytes()


def test_where_no_cluster_answers_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_ray()
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))  # where Ray would look for one that somebody else had started
    with pytest.raises(RunError, match="no Ray cluster at auto .*--ray local starts one on this machine"):
        list(on_cluster([], "cpu", "auto"))


def test_without_ray_one_sentence_before_any_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RunError, match=r"shapevae\[ray\]"):
        make_report(tmp_path / "out", runs=tmp_path / "runs", ray=LOCAL)
    assert not list(tmp_path.iterdir())
