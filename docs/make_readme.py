"""The README's tables: `python -m docs.make_readme` writes the figures of the weights and the map of files into it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from textwrap import fill as fill_lines

from shapevae.config import PRESETS
from shapevae.table import markdown_table, scoreboard, which_is_better

ROOT = Path(__file__).parent.parent
METHOD = (  # in an order to read them
    *("config", "shapes", "model", "losses", "cells", "training", "optimiser", "distributed"),
    *("judge", "estimates", "information", "ideal", "evaluation", "weights"),
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
    """A row a preset from its metrics.json, and one sentence on the two that the app shows."""
    metrics = {name: json.loads((ROOT / "weights" / name / "metrics.json").read_text(encoding="utf-8")) for name in PRESETS}
    table = scoreboard({f"`{name}`": values for name, values in metrics.items()})
    return f"{table}\n\n{fill_lines(which_is_better(metrics['vae'], metrics['mmd']), 128)}"


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
