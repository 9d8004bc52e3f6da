"""The command line of the benchmarks: which subjects, how often, and where the results go."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks import results
from benchmarks.machine import describe
from benchmarks.measure import Figure, Options, Subject, UnavailableError
from benchmarks.results import Row

HERE = Path(__file__).parent
SUBJECTS = {  # in the order they run; each is a module of benchmarks.subjects with a function `measure`
    "drawing": "drawing shapes beside scikit-image and Pillow",
    "training": "training the report's two models, and where a step's time goes",
    "peer": "training beside pythae, in an environment of its own",
    "app": "the app's start and its answers over HTTP, beside a bare page and an endpoint that does nothing",
    "load": "a hundred people using the app at once",
    "memory": "the most memory held while training, drawing and evaluating",
    "growth": "seconds and memory against pictures, image size and processes",
    "threads": "a training step on one thread and on two, in two processes, and compiled",
    "page": "the page in a real browser: from a move to the picture, and bytes of a first visit",
}
OTHER_DEVICES = "training"


def main(arguments: Sequence[str]) -> int:
    """0, or 1 where a subject failed; the others' results are written all the same."""
    given = parse(arguments)
    torch.set_num_threads(1)  # as `shapevae train` and the app do
    options = Options(
        given.repeat or (1 if given.quick else 5), given.quick, given.full, given.cache.expanduser(), given.device
    )
    out = given.out or (None if given.quick else HERE / "results.jsonl")
    readme = given.readme or (None if given.quick else HERE / "README.md")
    if readme:
        results.around_marks(readme)  # an hour later would be late to say that they are missing
    rows, failures = results.read(out) if out else [], 0
    for subject in given.subjects or (SUBJECTS if given.device == "cpu" else [OTHER_DEVICES]):
        fresh, whole = run(subject, options)
        failures += not whole
        rows = results.replace(rows, fresh)
        if out:
            results.write(out, rows)
        if readme:
            results.write_readme(readme, rows)
    print(results.tables(rows))
    if failures:
        print(f"benchmarks: {failures} subject{'s' * (failures > 1)} failed; what went wrong is above", file=sys.stderr)
    return min(failures, 1)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    about = "\n".join(f"  {name:10}{what}" for name, what in SUBJECTS.items())
    parser = argparse.ArgumentParser(
        prog="benchmarks/run.py",
        description=f"Measure, beside peers, and hold against the targets.\n\nsubjects (all, if none is named):\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subjects", nargs="*", metavar="subject", help="what to measure")
    parser.add_argument("--repeat", type=positive, help="rounds of each comparison [default: 5]")
    parser.add_argument("--quick", action="store_true", help="a smoke run with tiny sizes; its figures mean nothing")
    parser.add_argument("--full", action="store_true", help="also evaluate a million pictures: takes an hour more")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps; `training` alone runs on others than the CPU")
    parser.add_argument(
        "--out", type=Path, help="file of results, a line of JSON each [default: results.jsonl beside this file]"
    )
    parser.add_argument("--readme", type=Path, help="file whose tables are renewed [default: README.md beside this file]")
    parser.add_argument(
        "--cache", type=Path, default=Options.cache, help="folder that keeps the peers' environment [default: %(default)s]"
    )
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.subjects if name not in SUBJECTS]:
        parser.error(f"unknown subject {unknown[0]!r}: take some of {', '.join(SUBJECTS)}")
    if given.device != "cpu" and set(given.subjects) - {OTHER_DEVICES}:
        parser.error(f"only {OTHER_DEVICES} runs on another device than the CPU")
    return given


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def run(subject: str, options: Options) -> tuple[list[Row], bool]:
    """A subject's rows, each printed as a line of JSON as soon as it is there, and whether they are all."""
    print(f"benchmarks: {subject}", file=sys.stderr, flush=True)
    about = {"benchmark": subject, "date": time.strftime("%Y-%m-%d"), "machine": describe(options.device)}
    rows: list[Row] = []

    def note(figure: Figure) -> None:
        rows.append({**about, **figure.to_dict()})
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)

    try:
        measure: Subject = importlib.import_module(f"benchmarks.subjects.{subject}").measure
        for figure in measure(options):
            note(figure)
    except UnavailableError as error:
        note(Figure(SUBJECTS[subject], "", [], note=f"skipped: {error}"))
    except Exception as error:  # the other subjects, and hours of results, don't depend on this one
        traceback.print_exc()
        note(Figure(SUBJECTS[subject], "", [], note=f"stopped by {type(error).__name__}"))
        return rows, False
    return rows, True
