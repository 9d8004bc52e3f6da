"""The command: `python -m benchmarks.run [SUBJECT…]` measures, and renews results.json and the tables of README.md."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import platform
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.figures import Options, Subject, UnavailableError
from shapevae.allocator import keep_freed_memory
from shapevae.table import markdown_table

Row = dict[str, Any]
HERE = Path(__file__).parent
SUBJECTS = {  # in the order they run; each is a module of this folder with a function `measure`
    "drawing": "drawing shapes beside scikit-image and Pillow",
    "training": "training the report's two models: time, share of the machine's rate, quality, time to a quality",
    "peer": "training beside pythae, where it is installed",
    "app": "the app's start and its answers over HTTP, beside a bare page of Gradio; imports",
    "load": "a hundred visitors at once",
    "memory": "the most memory held while training, drawing and evaluating",
    "gpu": "training on a GPU: steps one by one and recorded, beside the kernels' own time",
    "page": "the app and the static page in a browser: from a move to the picture, and the bytes of a first visit",
}
START, END = "<!-- results -->", "<!-- end of results -->"


def main(arguments: Sequence[str]) -> int:
    """0, or 1 where a subject failed; the others' results are written all the same."""
    given = parse(arguments)
    torch.set_num_threads(1)  # as `shapevae train` and the app do
    keep_freed_memory()  # they too
    options = Options(given.repeat or (1 if given.quick else 5), given.quick, given.device)
    file, failures = given.out / "results.json", 0
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for subject in given.subjects or (SUBJECTS if given.device == "cpu" else ["training"]):
        print(f"benchmarks: {subject}", file=sys.stderr, flush=True)
        try:
            name = subject if given.device == "cpu" else f"{subject} on {given.device}"
            figures = measure(subject, options)
            results[name] = {"measured": machine("cuda" if subject == "gpu" else given.device), "figures": figures}
        except UnavailableError as error:
            print(f"benchmarks: {subject} is skipped, its last figures stay: {error}", file=sys.stderr)
        except Exception:  # the other subjects, and hours of results, don't depend on this one
            traceback.print_exc()
            failures += 1
        if not given.quick or given.out != HERE:
            file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            write_tables(given.out / "README.md", results)
    return min(failures, 1)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    about = "\n".join(f"  {name:10}{what}" for name, what in SUBJECTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run",
        description=f"Measure, beside peers, and hold against the targets.\n\nsubjects (all, if none is named):\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subjects", nargs="*", metavar="subject", help="what to measure")
    parser.add_argument("--repeat", type=int, help="rounds of each comparison [default: 5]")
    parser.add_argument(
        "--quick", action="store_true", help="try it with tiny sizes; the figures mean nothing and are not kept"
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps; `training` alone runs on others than the CPU")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of results.json and README.md [default: this one]")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.subjects if name not in SUBJECTS]:
        parser.error(f"unknown subject {unknown[0]!r}: take some of {', '.join(SUBJECTS)}")
    if given.repeat is not None and given.repeat < 1:
        parser.error("--repeat must be at least 1")
    if given.device != "cpu" and set(given.subjects) - {"training"}:
        parser.error("only training runs on another device than the CPU")
    return given


def measure(subject: str, options: Options) -> list[Row]:
    """A subject's figures, each printed as a line of JSON as soon as it is there."""
    task: Subject = importlib.import_module(f"benchmarks.{subject}").measure
    rows = []
    for figure in task(options):
        rows.append(figure.to_dict())
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    return rows


def machine(device: str) -> str:
    """When and on what a subject was measured."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    name = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    there = os.cpu_count()
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else there
    cores = f"{ours} of {there} cores" if ours != there else f"{there} cores"
    chip = f"{torch.cuda.get_device_name(device)}, " if device.startswith("cuda") else ""
    versions = f"{platform.system()}, Python {platform.python_version()}, torch {torch.__version__}"
    return f"{time.strftime('%Y-%m-%d')}, {chip}{name}, {cores}, {versions}"


def write_tables(file: Path, results: dict[str, Any]) -> None:
    """Renew what stands between the marks. Raises ValueError where the file has none."""
    before, start, rest = file.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{file}: no place for the tables, {START} and {END} are missing")
    parts = [f"## {name.capitalize()}\n\n{given['measured']}\n\n{table(given['figures'])}" for name, given in results.items()]
    parts.append(f"## On paper\n\n{markdown_table(['what', 'value', 'from'], on_paper(results))}")
    file.write_text(before + START + "\n" + "\n\n".join(parts) + "\n" + END + after, encoding="utf-8")


def table(rows: Sequence[Row]) -> str:
    """Rows as Markdown; columns that would be empty are left out."""
    columns = {
        "what": [row["name"] for row in rows],
        "median": ["–" if row["median"] is None else f"{short(row['median'])} {row['unit']}".strip() for row in rows],
        "min to max": ["" if row["runs"] < 2 else f"{short(row['min'])} to {short(row['max'])}" for row in rows],
        "runs": [str(row["runs"] or "") for row in rows],
        "target": [row["target"] or "" for row in rows],
        "met": [{True: "yes", False: "**no**", None: ""}[row["met"]] for row in rows],
        "how": [row["note"].replace("|", "\\|") for row in rows],
    }
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    return markdown_table(list(shown), zip(*shown.values(), strict=True))


def short(value: float) -> str:
    """Three digits, thousands set apart: 12,300, 1.23, 0.00123."""
    return f"{float(f'{value:.3g}'):,.0f}" if value == 0 or abs(value) >= 100 else f"{value:.3g}"


def on_paper(results: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What a public Space and a sweep of configurations need, by the medians; a row for each that was measured."""
    words, grids = median(results, "load", "the judge's word"), median(results, "load", "/sample of 25")
    size = median(results, "page", "a first visit")
    runs = [median(results, "training", f"{name}: the whole run") for name in ("report-vae", "report-mmd")]
    if words and grids:
        visit = 20 / words + 5 / grids
        machines = math.ceil(10_000 * visit / 86_400 * 4 / 0.5)
        yield "a visit: 20 words of the judge and 5 grids of samples", f"{visit:.1f} s of a machine", "load"
        yield "10,000 visits a day, the busiest hour 4 times the mean and half idle", f"machines: {machines}", "load"
    if size:
        yield "traffic of 10,000 first visits", f"{10 * size:.1f} GB", "page"
    if all(runs):
        core = f"{sum(runs) * 500 / 3600:.0f} h of a core"
        yield "1,000 trainings like the report's, one a core, not evaluated", core, "training"


def median(results: dict[str, Any], subject: str, start: str) -> float:
    """Of the first figure of a subject whose name starts so; 0 where there is none."""
    rows = results.get(subject, {"figures": []})["figures"]
    return next((row["median"] or 0.0 for row in rows if row["name"].startswith(start)), 0.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
