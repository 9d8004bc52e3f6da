"""The script of docs/quality.md: what it trains, and the rows it writes."""

from pathlib import Path

from docs.make_quality import FIGURES, OWN, plan, rows, run_name, variants
from shapevae.report.measure import Result


def test_every_variant_is_another_training() -> None:
    runs = plan(2)
    assert len({run.config for run in runs.values()}) == len(runs) == 2 * sum(len(variants(preset)) for preset in OWN)


def test_a_row_has_the_mean_over_the_seeds_that_are_there() -> None:
    runs, figures = plan(3), dict.fromkeys(FIGURES, 0.5)
    names = [run_name("report-vae", "as shipped", seed) for seed in (0, 2)]
    results = {name: Result(runs[name].config, Path(), {**figures, "rate_bits": 20.0 + i}) for i, name in enumerate(names)}
    shipped, other = rows("report-vae", results, 3).splitlines()[2:4]
    assert shipped.startswith("| as shipped | 0.50 ± 0.00 | 50.0 ± 0.0 |") and "| 20.5 ± 0.7 |" in shipped
    assert other.endswith("| - " * len(FIGURES) + "|")
