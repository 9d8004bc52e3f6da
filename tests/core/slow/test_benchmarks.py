"""Every subject of the benchmarks can be measured here, or says what it lacks."""

import json
from pathlib import Path

import pytest

from benchmarks import run, training
from benchmarks.figures import Options
from tests.core.test_benchmarks import out  # noqa: F401


@pytest.mark.parametrize("subject", run.SUBJECTS)
def test_every_subject_is_measured_or_says_what_it_lacks(
    out: Path,  # noqa: F811
    subject: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run.main([subject, "--quick", "--repeat", "1", "--out", str(out)]) == 0
    results = json.loads((out / "results.json").read_text())
    assert results.keys() == {subject} or f"{subject} is skipped" in capsys.readouterr().err
    if subject == "training":
        targets = {figure["name"]: figure["target"] for figure in results[subject]["figures"]}
        assert targets["report-vae: arithmetic / products of matrices, float32"] == "≥ 0.7"
        assert "report-mmd: 85 % samples distinguishable" in targets


def test_training_is_measured_after_each_epoch() -> None:
    config = training.presets(Options(quick=True))["report-mmd"].replace(epochs=2)
    (first, qualities), (second, _) = training.train(config, Options(quick=True), seed=1)
    assert 0 < first < second and qualities.keys() == training.GOALS.keys()
