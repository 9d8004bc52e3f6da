"""The report redone: what is trained, verdicts, the measure of edges; slow/test_report_page.py makes a whole one."""

import json
import math
import shutil
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from shapevae.config import PRESETS, ShapeConfig
from shapevae.errors import RunError
from shapevae.estimates import Estimate
from shapevae.figures import where_bits_go
from shapevae.files import MODEL
from shapevae.ideal import ideal_coder
from shapevae.report import work
from shapevae.report.claims import EDGES, ERROR, RECONSTRUCTIONS, SAMPLES, Claim, Evidence, claims
from shapevae.report.compare import (
    CONTRADICTED,
    MIXED,
    NO_DIFFERENCE,
    NOT_SETTLED,
    SUPPORTED,
    Finding,
    Sample,
    combine,
    difference,
    share_difference,
    student_t,
    verdict,
)
from shapevae.report.make import make_report
from shapevae.report.measure import FIGURES, Result, edge_widths
from shapevae.report.page import TEMPLATE
from shapevae.report.plan import Run, Scale, plan
from shapevae.report.rates import Point, at_rate, mean_excess, shared_rates
from shapevae.runs.folder import checkpoints
from shapevae.shapes import draw_shapes
from tests.conftest import tiny
from tests.core.test_checkpoint import train_some
from tests.core.test_requirements import ROOT, tomllib
from tests.support.spoilt import blur

SCALE = Scale(
    vae=tiny("report-vae", images=32, epochs=2),
    adjusted=tiny("report-mmd", images=32, epochs=2),
    table_images=24,
    sweep_images=16,
    sizes=(16,),
    epochs=(1, 3),
    latent_dims=(2,),
    variances=(2.0, 15.0),
    rate_variances=(),
    fixed_noise_dims=(5,),
    pixel_factors=(10.0,),
    image_size=32,
)
GAUSSIAN_WIDTH = 2.5631  # pixels from 90 % to 10 % of an edge blurred by a Gaussian of one pixel


def test_the_template_is_part_of_the_package() -> None:
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    assert any(TEMPLATE in (ROOT / "shapevae").glob(pattern) for pattern in package["shapevae"])


def test_an_unfinished_run_goes_on_and_a_damaged_one_starts_over(tmp_path: Path) -> None:
    config = SCALE.vae.replace(epochs=3)
    whole, cut, damaged = (work.Task(name, Run(config, 16), tmp_path / name) for name in ("whole", "cut", "damaged"))
    work.complete(whole, "cpu")
    train_some(cut.folder, 1, config)
    shutil.copytree(cut.folder, damaged.folder)
    for file in checkpoints(damaged.folder):
        file.write_bytes(b"nothing")
    for task in (cut, damaged):
        assert not task.done
        work.complete(task, "cpu")
        assert task.done and not checkpoints(task.folder)
        assert (task.folder / MODEL).read_bytes() == (whole.folder / MODEL).read_bytes()
    assert len((cut.folder / "metrics.jsonl").read_text().splitlines()) == 3


def test_other_evaluation_images_measure_anew_but_train_nothing(tmp_path: Path) -> None:
    task = work.Task("a", Run(SCALE.vae.replace(epochs=1), 16), tmp_path / "a")
    work.complete(task, "cpu")
    weights = (task.folder / MODEL).stat().st_mtime_ns
    more = work.Task("a", Run(task.run.config, 20), task.folder)
    assert task.done and not more.done
    work.complete(more, "cpu")
    assert json.loads((task.folder / FIGURES).read_text())["images"] == 20
    assert (task.folder / MODEL).stat().st_mtime_ns == weights


def test_without_matplotlib_one_sentence_before_any_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(RunError, match=r"shapevae\[report\]"):
        make_report(tmp_path / "out", runs=tmp_path / "runs", scale=SCALE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [{"seeds": 0}, {"jobs": 0}])
def test_no_seeds_or_jobs_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        make_report(tmp_path, **wrong)  # type: ignore[arg-type]


def test_the_real_plan_is_what_the_report_needs() -> None:
    runs = plan(Scale(), 5)
    configs = {run.config for run in runs.values()}
    assert 40 <= len(configs) <= 52
    assert sum(run.images == 10_000 for run in {run.config: run for run in runs.values()}.values()) == 10
    assert {runs[f"{model} seed {seed}"].config.seed for model in ("vae", "mmd") for seed in range(5)} == set(range(5))
    assert runs["mmd channel v 5"] == runs["mmd seed 0"] == runs["mmd images 10000"] == runs["mmd epochs 20"]
    steps = [config.images * config.epochs for config in (runs["vae images 1000 equal steps"].config, PRESETS["report-vae"])]
    assert steps[0] == steps[1]
    unit, noise = runs["mmd unit v 15"].config.model, runs["mmd noise v 15"].config.model
    assert (unit.prior_variance, unit.noise_variance, noise.prior_variance, noise.noise_variance) == (15, 1, 16, 15)


# Edges


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
def test_edge_width_is_that_of_the_blur(sigma: float, rotated: bool) -> None:
    images = draw_shapes(30, 5, ShapeConfig(rotated=rotated)).images
    sharp, smeared = edge_widths(images), edge_widths(blur(images, sigma))
    expected = math.hypot(GAUSSIAN_WIDTH * sigma, sharp.mean().item())
    assert smeared.mean().item() == pytest.approx(expected, rel=0.08)  # a ramp of one pixel is no Gaussian
    assert sharp.mean().item() < 1.5 and (smeared > sharp).all()


def test_edge_width_ignores_brightness_and_a_shift() -> None:
    images = blur(draw_shapes(30, 6).images, 1.0)
    usual = edge_widths(images).mean().item()
    assert edge_widths(images * 0.8).mean().item() == pytest.approx(usual, rel=0.03)
    assert edge_widths(images.roll(2, 3)).mean().item() == pytest.approx(usual, rel=0.03)


@pytest.mark.parametrize(
    "picture", [torch.zeros(2, 1, 64, 64), torch.full((2, 1, 64, 64), 0.5), 0.3 * draw_shapes(2, 0).images]
)
def test_what_has_no_outline_has_no_edge_width(picture: Tensor) -> None:
    assert edge_widths(picture).isnan().all()


def test_no_pictures_no_widths() -> None:
    assert edge_widths(torch.zeros(0, 1, 64, 64)).shape == (0,)


# Verdicts


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        (Estimate(0.1, 0.05, 0.15), SUPPORTED),
        (Estimate(-0.1, -0.15, -0.05), CONTRADICTED),
        (Estimate(0.0, -0.01, 0.01), NO_DIFFERENCE),
        (Estimate(0.005, 0.001, 0.009), NO_DIFFERENCE),  # a real one, too small to matter
        (Estimate(-0.005, -0.009, -0.001), NO_DIFFERENCE),
        (Estimate(0.05, -0.02, 0.12), NOT_SETTLED),
        (Estimate(-0.05, -0.12, 0.001), NOT_SETTLED),
        (Estimate(0.015, 0.001, 0.029), NOT_SETTLED),
        (Estimate(-0.015, -0.029, -0.001), NOT_SETTLED),
        (Estimate(0.5), NOT_SETTLED),
    ],
)
def test_a_verdict_follows_from_the_interval(gain: Estimate, expected: str) -> None:
    assert verdict(gain, margin=0.02) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([SUPPORTED, NOT_SETTLED], SUPPORTED),
        ([CONTRADICTED, CONTRADICTED], CONTRADICTED),
        ([SUPPORTED, CONTRADICTED], MIXED),
        ([MIXED, SUPPORTED], MIXED),
        ([SUPPORTED, NO_DIFFERENCE], MIXED),
        ([CONTRADICTED, NO_DIFFERENCE, NOT_SETTLED], CONTRADICTED),
        ([NO_DIFFERENCE, NOT_SETTLED], NO_DIFFERENCE),
        ([NOT_SETTLED], NOT_SETTLED),
        ([], NOT_SETTLED),
    ],
)
def test_verdicts_combine(parts: list[str], expected: str) -> None:
    assert combine(parts) == expected


def test_a_finding_knows_which_way_is_better() -> None:
    low, high = Sample((0.1, 0.11, 0.12)), Sample((0.9, 0.91, 0.92))
    assert Finding("", SAMPLES, high, low).verdict == SUPPORTED
    assert Finding("", SAMPLES, low, high).verdict == CONTRADICTED
    assert Finding("", ERROR, low, high).verdict == SUPPORTED  # less error is better
    assert Finding("", EDGES[0], high, low).verdict == CONTRADICTED
    assert Finding("", SAMPLES, high, None).verdict == NOT_SETTLED
    assert Finding("", SAMPLES, Sample((0.5, 0.501)), Sample((0.5, 0.501))).verdict == NO_DIFFERENCE


def test_intervals_are_students() -> None:
    sample = Sample((1.0, 2.0, 3.0, 4.0, 5.0))
    half = 2.7764 * math.sqrt(2.5 / 5)
    assert sample.estimate() == Estimate(3.0, pytest.approx(3 - half), pytest.approx(3 + half))
    single = Sample((9.0,), reference=sample.values, error=1.0)
    assert single.estimate().high == pytest.approx(9 + math.sqrt(2.7764**2 * 2.5 + 1.959964**2))
    assert difference(single, sample).high == pytest.approx(6 + math.sqrt(2.7764**2 * (2.5 + 0.5) + 1.959964**2))
    assert difference(Sample((9.0,)), sample) == Estimate(6.0)
    assert student_t(30) == pytest.approx(2.0423, abs=1e-3) and student_t(11) == pytest.approx(2.2010, abs=1e-3)


def test_share_difference_is_newcombes() -> None:
    gain = share_difference(56, 70, 48, 80)  # the example of Newcombe (1998), method 10
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def made_up(**figures: float) -> Evidence:
    """Results where the adjusted model has `figures` and the VAE has 0.5 everywhere, hardly different over three seeds."""
    names = (RECONSTRUCTIONS, SAMPLES, ERROR, *EDGES)
    results = {}
    for name, run in plan(SCALE, 3).items():
        own = figures if name.startswith("mmd") else {}
        values = {measure.figure: own.get(measure.figure, 0.5) + 1e-4 * run.config.seed for measure in names}
        usual = run.config.model.noise_variance == SCALE.adjusted.model.noise_variance
        values[ERROR.figure] *= run.config.model.prior_variance ** figures.get("trend", 0) if usual else 1
        results[name] = Result(run.config, Path(name), values)
    return Evidence(results, SCALE, 3)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"edge_width_reconstructions": 0.2, "edge_width_samples": 0.2}, SUPPORTED),
        ({"edge_width_reconstructions": 0.8, "edge_width_samples": 0.8}, CONTRADICTED),
        ({"edge_width_reconstructions": 0.2, "edge_width_samples": 0.8}, MIXED),
    ],
)
def test_claim_b_in_each_direction(figures: dict[str, float], expected: str) -> None:
    assert by_letter(made_up(**figures), "b").verdict == expected


def test_claim_c_in_each_direction() -> None:
    report = made_up(reconstruction_quality=0.3, squared_error_per_image=0.8, sample_quality=0.7)
    assert by_letter(report, "c").verdict == SUPPORTED
    turned = made_up(reconstruction_quality=0.7, squared_error_per_image=0.2, sample_quality=0.3)
    assert by_letter(turned, "c").verdict == CONTRADICTED
    half = by_letter(made_up(sample_quality=0.7), "c")
    assert [part.verdict for part in half.parts] == [NO_DIFFERENCE, SUPPORTED] and half.verdict == MIXED


@pytest.mark.parametrize(("trend", "expected"), [(-0.5, SUPPORTED), (0.5, CONTRADICTED), (0.0, NO_DIFFERENCE)])
def test_claim_d_in_each_direction(trend: float, expected: str) -> None:
    assert by_letter(made_up(trend=trend), "d").verdict == expected


def test_claim_a_without_any_difference_is_none_that_matters_and_without_runs_not_settled() -> None:
    assert by_letter(made_up(), "a").verdict == NO_DIFFERENCE
    assert {claim.verdict for claim in claims(Evidence({}, SCALE, 3))} == {NOT_SETTLED}


def test_what_is_spent_beyond_the_ideal_coder_comes_from_the_figures_that_runs_left() -> None:
    """Of two seeds, one of which left no rate, and of a model whose error is out of the range."""
    run = plan(Scale(), 1)["vae seed 0"].config
    figures = {"rate_bits": 27.0, "marginal_kl_bits": 0.5, "noisy_squared_error": 2.0, "squared_error_per_image": 1.0}
    results = {
        "vae seed 0": Result(run, Path(), figures),
        "vae seed 1": Result(run, Path(), {}),
        "mmd seed 0": Result(run, Path(), {}),
    }
    evidence = Evidence(results, Scale(), 2)
    ideal = ideal_coder(run.shapes)
    found = mean_excess(evidence, "vae")
    assert found["excess_bits"] == pytest.approx(27 - ideal.rate(2.0).value / math.log(2))
    assert found["own_error_bits"] == pytest.approx(ideal.dimensions / 2)  # half of the error is its own
    rest = found["excess_bits"] - 0.5 - found["own_error_bits"]
    assert where_bits_go("VAE", found).endswith(
        f" more: 0.5 on mismatch with the prior, {found['own_error_bits']:.1f} on the decoder's own error, "
        f"{rest:.1f} on noise of the wrong shape"
    )
    assert where_bits_go("VAE", mean_excess(evidence, "mmd")).startswith("of the VAE it is not known")


def by_letter(evidence: Evidence, letter: str) -> Claim:
    return next(claim for claim in claims(evidence) if claim.letter == letter)


def test_curves_are_compared_where_both_are_known() -> None:
    def point(rate: float, share: float) -> Point:
        return Point("", rate, {SAMPLES.figure: Sample((share,), (share, share + 0.01))}, None, None)

    first, second = [point(2.3, 0.0), point(12.3, 1.0)], [point(5.5, 0.5), point(20, 0.5)]
    assert shared_rates(first, second) == [6, 8, 10, 12]
    assert shared_rates(first, second[:1]) == [] == shared_rates(first, [point(30, 0), point(40, 0)])
    assert at_rate(first, 7.3, SAMPLES).mean == pytest.approx(0.5)
    with pytest.raises(ValueError, match="either side"):
        at_rate(first, 1.0, SAMPLES)
