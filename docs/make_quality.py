"""The tables of quality.md: `python -m docs.make_quality` trains every variant of the report presets on three seeds.

Trainings are kept by their configuration, as those of `shapevae report` are, in the same folder; a stopped one goes on.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docs.borders import border_width
from docs.make_readme import ROOT, fill
from shapevae.config import PRESETS
from shapevae.report.measure import Result
from shapevae.report.plan import Run, Scale
from shapevae.report.tables import mean_and_spread
from shapevae.report.work import run_all
from shapevae.shapes import KINDS
from shapevae.table import markdown_table
from shapevae.weights import load_model

SEEDS = 3
_SCALE = Scale()  # the report's, so that it and this share their runs
FILE = ROOT / "docs" / "quality.md"

# What differs from the preset, in words and as settings.
BOTH: dict[str, dict[str, Any]] = {
    "as shipped": {},
    "Adam alone instead of Muon for the matrices": {"muon_rate": 0.0, "learning_rate": 2e-3},
    "all cells decoded, by four codes": {"cells_per_image": 256, "codes_per_image": 4},
    "gates of sharpness 4 throughout": {"gate_sharpness_start": None, "gate_sharpness": 4.0},
    "pixel variance c constant": {"pixel_variance_start": None},
}
OWN: dict[str, dict[str, dict[str, Any]]] = {
    "report-vae": {},
    "report-mmd": {
        "fixed noise, d = 5": {"shaped_noise": False, "latent_dim": 5, "noise_variance": 2.7e-3, "mmd_weight": 1000.0},
        "λ = 300": {"mmd_weight": 300.0},
    },
}
FIGURES: dict[str, tuple[str, str, float]] = {  # title, format, factor
    "squared_error_per_image": ("squared error", ".2f", 1),
    "reconstruction_quality": ("reconstructions right, %", ".1f", 100),
    "sample_quality": ("samples, %", ".1f", 100),
    "kind_balance": ("kind balance", ".2f", 1),
    "refined_sample_quality": ("refined, %", ".1f", 100),
    "refined_kind_balance": ("their balance", ".2f", 1),
    "rate_bits": ("rate, bits", ".1f", 1),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=1, help="trainings side by side")
    options.add_argument("--runs", type=Path, default=Path("runs/report"), help="folder that keeps finished trainings")
    options.add_argument("--seeds", type=int, default=SEEDS, help="trainings of each variant")
    given = options.parse_args()
    runs = plan(given.seeds)
    results, failed = run_all(runs, given.runs, "cpu", given.jobs, print)
    fill(FILE, **{preset: rows(preset, results, given.seeds) for preset in OWN}, shipped=shipped())
    for name, reason in failed.items():
        print(f"{name} failed: {reason}")


def shipped() -> str:
    """What the weights in the repository have to do with the rest of the page: their holes, and the kinds they draw."""
    lines = []
    for preset in PRESETS:
        metrics = json.loads((ROOT / "weights" / preset / "metrics.json").read_text(encoding="utf-8"))
        shares = metrics["kind_shares"]
        uneven = -sum(math.log2(3 * share) for share in shares) / 3 if all(shares) else math.inf
        percent = (f"{100 * share:.0f}" for share in shares)
        rate, marginal = (f"{metrics[f'{name}_bits']:.1f}" for name in ("rate", "marginal_kl"))
        failing = f"{100 * (1 - metrics['sample_quality']):.1f}"
        width = border_width(load_model(ROOT / "weights" / preset))
        ends = f"{width.value:.2f} ({width.low:.2f} to {width.high:.2f})"
        lines.append([f"`{preset}`", rate, marginal, failing, ends, *percent, f"{uneven:.2f}"])
    head = ("preset", "rate, bits", "marginal KL, bits", "no shape, %", "border width w", *(f"{kind}s, %" for kind in KINDS))
    head = (*head, "for kinds, bits")
    return markdown_table(head, lines)


def plan(seeds: int) -> dict[str, Run]:
    """Every variant of both presets on every seed, by name."""
    return {
        run_name(preset, words, seed): Run(
            PRESETS[preset].replace(seed=seed, **changes), _SCALE.sweep_images if changes else _SCALE.table_images
        )
        for seed in range(seeds)
        for preset in OWN
        for words, changes in variants(preset).items()
    }


def variants(preset: str) -> dict[str, dict[str, Any]]:
    return {**BOTH, **OWN[preset]}


def run_name(preset: str, words: str, seed: int) -> str:
    return f"{preset}, {words}, seed {seed}"


def rows(preset: str, results: Mapping[str, Result], seeds: int) -> str:
    """The preset's table; a figure that no run of a variant has is a dash."""
    lines = []
    for words in variants(preset):
        found = [results[name] for seed in range(seeds) if (name := run_name(preset, words, seed)) in results]
        lines.append(
            [words, *(mean_and_spread(known(found, figure), form, scale) for figure, (_, form, scale) in FIGURES.items())]
        )
    return markdown_table((f"changed, {seeds} seeds", *(title for title, _, _ in FIGURES.values())), lines)


def known(found: list[Result], figure: str) -> list[float]:
    """The figure of each run that has it."""
    return [value for result in found if (value := result.figures.get(figure)) is not None]


if __name__ == "__main__":
    main()
