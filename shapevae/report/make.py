"""Make the report: train what is missing, measure it, draw the figures and write the page."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch

from shapevae.config import TEST_SEED
from shapevae.errors import RunError
from shapevae.files import write_whole
from shapevae.losses import squared_error
from shapevae.report.charts import require_matplotlib, write_charts
from shapevae.report.claims import Evidence
from shapevae.report.measure import edge_widths
from shapevae.report.page import Measured, render
from shapevae.report.pictures import write_figures
from shapevae.report.plan import Scale, plan
from shapevae.report.work import run_all
from shapevae.shapes import draw_shapes

PAGE = "README.md"


def make_report(
    out: str | os.PathLike[str],
    *,
    seeds: int = 5,
    jobs: int = 1,
    runs: str | os.PathLike[str] = "runs/report",
    device: str = "auto",
    scale: Scale | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Train what is not trained yet under `runs`, write README.md and its PNG figures into `out`, and give the page's path.

    `seeds` runs a model make the table; `jobs` runs go side by side, on a thread each. A run is kept in a folder of its
    configuration: a finished one is reused, an unfinished one goes on from its checkpoint. Raises ValueError for seeds or jobs
    below 1, RunError where matplotlib is missing, and, once the page is written, where runs failed twice.
    """
    if seeds < 1 or jobs < 1:
        raise ValueError(f"seeds and jobs must be at least 1, got {seeds} and {jobs}")
    require_matplotlib()
    started, scale, out = time.perf_counter(), scale or Scale(), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    results, failed = run_all(plan(scale, seeds), Path(runs), device, jobs, say)
    evidence = Evidence(results, scale, seeds)
    say("drawing the figures")
    counts = write_figures(out, scale, results)
    write_charts(out, evidence)
    command = f"shapevae report --out {_short(out)} --seeds {seeds} --jobs {jobs}"
    minutes = (time.perf_counter() - started) / 60
    page = out / PAGE
    write_whole(page, render(evidence, Measured(counts, *_true_shapes(scale), failed, command, minutes, _machine())).encode())
    if failed:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        raise RunError(f"wrote {page}, but {len(failed)} runs failed twice ({reasons}); the same command tries them again")
    say(f"wrote {page}")
    return page


def _true_shapes(scale: Scale) -> tuple[float, float]:
    """Of test pictures: the mean edge width, in pixels, and the squared error an image of answering all with their mean."""
    images = draw_shapes(min(scale.table_images, 2000), TEST_SEED, scale.vae.shapes).images
    error = squared_error(images, images.mean(0, keepdim=True).expand_as(images)).mean().item()
    return edge_widths(images[:500]).nanmean().item(), error


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}; torch {torch.__version__}"


def _short(out: Path) -> str:
    """The folder as a reader elsewhere can use it: from here, else its last part."""
    try:
        return out.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return out.name
