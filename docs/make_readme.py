"""The README's tables: `python -m docs.make_readme` writes the figures of the weights and the map of files into it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from shapevae.config import PRESETS
from shapevae.reported import REPORTED
from shapevae.table import markdown_table

ROOT = Path(__file__).parent.parent
METHOD = (  # in an order to read them
    *("config", "shapes", "model", "losses", "training", "optimiser", "distributed"),
    *("judge", "estimates", "information", "ideal", "bounds", "evaluation", "weights"),
)
FOLDERS = ("shapevae/images", "shapevae/runs", "shapevae/hub", "shapevae/publish", "shapevae/report", "demo")
OTHERS = {
    "weights/": "One folder a preset: config.json, model.safetensors, metrics.json, a picture an epoch",
    "tests/": "One file a module, in `core/`, `app/`, `hub/`, `robustness/` and `browser/`",
    "benchmarks/": "Speed and memory beside peers; `benchmarks/README.md` has the last figures",
    "docs/": "The report redone, the guides to training and to the app, what was tried to break it, the scripts for tables",
}


def main() -> None:
    fill(ROOT / "README.md", figures=figures(), map=file_map())


def fill(file: Path, **blocks: str) -> None:
    """Write each block between the comments that bear its name, <!-- NAME --> and <!-- end of NAME -->."""
    text = file.read_text(encoding="utf-8")
    for name, block in blocks.items():
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        text = f"{before}{start}{block}\n{end}{rest.partition(end)[2]}"
    file.write_text(text, encoding="utf-8")


def figures() -> str:
    """A row a preset from its metrics.json, with 95 % intervals; what the report counted, where it has that model."""
    head = ("preset", "squared error, image = pixel", "reconstructions right, %", "samples distinguishable, %")
    head += ("kind balance", "refined, %", "bits", "the report, %")
    return markdown_table(head, map(figures_row, PRESETS))


def figures_row(name: str) -> list[str]:
    values = json.loads((ROOT / "weights" / name / "metrics.json").read_text(encoding="utf-8"))
    right, drawn, refined = (
        interval(values, f"{figure}_quality", 100, ".1f") for figure in ("reconstruction", "sample", "refined_sample")
    )
    error = f"{values['squared_error_per_image']:.2f} = {values['mse_per_pixel']:.6f}"
    given = f"{REPORTED[name].test}, {REPORTED[name].random}" if name in REPORTED else ""
    balance, bits = interval(values, "kind_balance", 1, ".3f"), f"{values['rate_bits']:.1f}"
    return [f"`{name}`", error, right, drawn, balance, refined, bits, given]


def interval(values: dict[str, Any], key: str, scale: float, show: str) -> str:
    value, low, high = (format(values[key + end] * scale, show) for end in ("", "_low", "_high"))
    return f"{value} [{low}, {high}]"


def file_map() -> str:
    """The files of the method, the folders, and the rest, each with the first line of its docstring."""
    rows = [(f"shapevae/{name}.py", phrase(ROOT / "shapevae" / f"{name}.py")) for name in METHOD]
    rows += [(f"{folder}/", phrase(ROOT / folder / "__init__.py")) for folder in FOLDERS]
    return markdown_table(("where", "what it is for"), ([f"`{path}`", what] for path, what in [*rows, *OTHERS.items()]))


def phrase(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    main()
