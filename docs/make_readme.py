"""The README's tables: `python -m docs.make_readme` writes the figures of the weights and the map of files into it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from shapevae.config import PRESETS

ROOT = Path(__file__).parent.parent
REPORT = {"report-vae": "93.75 % / 72 % by eye, of 16 and 25", "report-mmd": "68.75 % / 80 % by eye, of 16 and 25"}
OTHERS = {
    "demo/*.js": "what the drawing pad, the latent explorer, the grids, the films and links do in the page",
    "weights/": "one folder a preset: config.json, model.safetensors, metrics.json, a picture an epoch",
    "tests/": "one file a module; `tests/browser/` drives a real browser, `tests/hub/` a Hub on this machine",
    "benchmarks/": "speed and memory beside peers, one module a subject; `benchmarks/README.md` has the last figures",
    "docs/": "the 2021 report redone, the judge, the quality of the models, what was tried to break it, scripts for tables",
}


def main() -> None:
    file = ROOT / "README.md"
    text = file.read_text(encoding="utf-8")
    for name, content in (("figures", figures()), ("map", file_map())):
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        text = f"{before}{start}{content}\n{end}{rest.partition(end)[2]}"
    file.write_text(text, encoding="utf-8")


def figures() -> str:
    """A row a preset from its metrics.json, with 95 % intervals."""
    columns = (
        "preset",
        "squared error, image = pixel",
        "reconstructions right",
        "samples distinguishable",
        "kind balance",
        "refined",
    )
    head = f"| {' | '.join(columns)} | bits | the report |"
    rows = [figures_row(name) for name in PRESETS if (ROOT / "weights" / name / "metrics.json").exists()]
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *rows])


def figures_row(name: str) -> str:
    values = json.loads((ROOT / "weights" / name / "metrics.json").read_text(encoding="utf-8"))
    error = f"{values['squared_error_per_image']:.2f} = {values['mse_per_pixel']:.6f}"
    shares = [
        interval(values, f"{figure}_quality", 100, ".1f") + " %" for figure in ("reconstruction", "sample", "settled_sample")
    ]
    shares.insert(2, interval(values, "kind_balance", 1, ".3f"))
    bits = f"{values['rate_bits']:.1f}"
    return f"| `{name}` | {error} | {' | '.join(shares)} | {bits} | {REPORT.get(name, '')} |"


def interval(values: dict[str, Any], key: str, scale: float, show: str) -> str:
    value, low, high = (format(values[key + end] * scale, show) for end in ("", "_low", "_high"))
    return f"{value} [{low}, {high}]"


def file_map() -> str:
    """A row a file with the first line of its docstring."""
    rows = [f"| `{file.relative_to(ROOT).as_posix()}` | {phrase(file)} |" for file in python_files()]
    others = [f"| {', '.join(f'`{name}`' for name in names.split(', '))} | {what} |" for names, what in OTHERS.items()]
    return "\n".join(["| file | what it is for |", "|---|---|", *rows, *others])


def python_files() -> list[Path]:
    files = [ROOT / "app.py", *sorted((ROOT / "shapevae").rglob("*.py")), *sorted((ROOT / "demo").rglob("*.py"))]
    return [file for file in files if file.name != "__init__.py" or file.parent.name in ("shapevae", "report")]


def phrase(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    main()
