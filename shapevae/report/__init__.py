"""The 2021 report redone: what to train, how it is measured and compared, and one page with its figures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from shapevae.config import TEST_SEED
from shapevae.errors import RunError
from shapevae.files import write_whole
from shapevae.report import charts
from shapevae.report.claims import NOISY_ERROR, SAMPLES, Evidence
from shapevae.report.cluster import on_cluster, require_ray
from shapevae.report.edges import edge_widths
from shapevae.report.page import Making, render
from shapevae.report.pictures import write_figures
from shapevae.report.plan import Scale, plan
from shapevae.report.work import Execute, one_by_one, run_all, side_by_side
from shapevae.shapes import draw_shapes

PAGE = "README.md"


def make_report(
    out: str | os.PathLike[str],
    *,
    seeds: int = 5,
    jobs: int = 1,
    runs: str | os.PathLike[str] = "runs/report",
    device: str = "auto",
    ray: str | None = None,
    scale: Scale | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Train what is not trained yet under `runs`, write README.md and its PNG figures into `out`, and give the page's path.

    `seeds` runs a model make the table; `jobs` runs go side by side, on a thread each. With `ray`, the address of a Ray cluster
    or "local", they go there instead; all its machines must see the folder `runs`. A run is kept in a folder of its
    configuration: a finished one is reused, an unfinished one goes on from its checkpoint. Raises ValueError for seeds or jobs
    below 1, RunError where matplotlib or ray is missing, and, once the page is written, where runs failed twice.
    """
    if seeds < 1 or jobs < 1:
        raise ValueError(f"seeds and jobs must be at least 1, got {seeds} and {jobs}")
    charts.require_matplotlib()
    if ray:
        require_ray()
    started, scale, out = time.perf_counter(), scale or Scale(), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    results, failed = run_all(plan(scale, seeds), Path(runs), _executor(jobs, device, ray), say)
    evidence = Evidence(results, scale, seeds)
    say("drawing the figures")
    counts = write_figures(out, scale, results)
    _write_charts(out, evidence)
    where = "--ray ADDRESS" if ray else f"--jobs {jobs}"
    command = f"shapevae report --out {_short(out)} --seeds {seeds} {where}"
    making = Making(command, time.perf_counter() - started, "on a Ray cluster" if ray else f"{jobs} at a time")
    page = out / PAGE
    write_whole(page, render(evidence, counts, _true_edge_width(scale), failed, making).encode())
    if failed:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        raise RunError(f"wrote {page}, but {len(failed)} runs failed twice ({reasons}); the same command tries them again")
    say(f"wrote {page}")
    return page


def _executor(jobs: int, device: str, ray: str | None) -> Execute:
    if ray:
        return partial(on_cluster, device=device, address=ray)
    return partial(one_by_one, device=device) if jobs == 1 else partial(side_by_side, device=device, jobs=jobs)


def _write_charts(out: Path, evidence: Evidence) -> None:
    charts.sweeps_chart(out / "claim-a.png", evidence)
    charts.seeds_chart(out / "claims-b-c.png", evidence)
    charts.readings_chart(out / "claim-d.png", evidence)
    charts.rate_chart(out / "rate-distortion.png", evidence, NOISY_ERROR)
    charts.rate_chart(out / "rate-quality.png", evidence, SAMPLES)


def _true_edge_width(scale: Scale) -> float:
    """Mean edge width of true test pictures, pixels."""
    return edge_widths(draw_shapes(min(scale.sweep_images, 500), TEST_SEED, scale.vae.shapes).images).nanmean().item()


def _short(out: Path) -> str:
    """The folder as a reader elsewhere can use it: from here, else its last part."""
    try:
        return out.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return out.name
