"""Who may import whom, and that importing is silent."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from docs import make_readme

ROOT = Path(__file__).parents[2]
ARROWS: dict[str, set[str]] = {
    "config": set(),
    "shapes": {"config", "memory"},
    "outlines": set(),
    "images": {"outlines"},
    "losses": set(),
    "optimiser": set(),
    "model": {"config"},
    "judge": {"shapes"},
    "intervals": set(),
    "information": {"intervals", "losses"},
    "evaluate": {"config", "information", "intervals", "judge", "losses", "model", "shapes"},
    "table": {"evaluate", "intervals"},
    "limits": {"config"},
    "sealed": set(),
    "signals": set(),
    "weights": {"config", "hub", "hub_client", "hub_errors", "limits", "model", "sealed"},
    "checkpoint": {"config", "sealed", "train", "weights"},
    "lock": {"checkpoint", "weights"},
    "running": {"checkpoint", "train"},
    "memory": set(),
    "distributed": {"checkpoint", "model", "signals", "train"},
    "record": {"checkpoint", "evaluate", "images", "model", "running", "train", "weights"},
    "train": {
        *("checkpoint", "config", "distributed", "lock", "losses", "memory", "model", "optimiser", "record", "running"),
        "shapes",
    },
}
PARTS = ("shapevae", "demo", "benchmarks", "docs")  # all that runs besides app.py
FORBIDDEN = {"gradio", "demo", "PIL", "huggingface_hub"}


def imports(file: Path) -> set[str]:
    """Dotted names of everything a file imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: import by full name"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def local(file: Path) -> set[str]:
    modules = {path.stem for path in (ROOT / "shapevae").glob("*.py")}
    return {part[1] for name in imports(file) if (part := name.split("."))[0] == "shapevae" and part[1] in modules}


@pytest.mark.parametrize("module", ARROWS)
def test_modules_import_along_the_arrows(module: str) -> None:
    assert local(ROOT / "shapevae" / f"{module}.py") <= ARROWS[module]


@pytest.mark.parametrize("module", [*ARROWS.keys() - {"images"}, "cli", "__init__"])
def test_the_core_keeps_clear_of_the_app_and_of_pillow(module: str) -> None:
    tops = {name.split(".")[0] for name in imports(ROOT / "shapevae" / f"{module}.py")}
    assert not tops & (FORBIDDEN - ({"huggingface_hub"} if module == "weights" else set()))


def test_views_know_no_gradio_and_the_app_publishes_nothing() -> None:
    assert not any(name.startswith("gradio") for name in imports(ROOT / "demo" / "views.py"))
    for file in [ROOT / "app.py", *(ROOT / "demo").rglob("*.py")]:
        publishing = (
            "shapevae.publish.weights",
            "shapevae.publish.push",
            "shapevae.publish.space",
            "shapevae.publish.card",
            "huggingface_hub",
        )
        assert not any(name.startswith(publishing) for name in imports(file)), file


def test_importing_is_silent_and_light() -> None:
    code = "import shapevae as s, sys; s.load_model; s.train; print({'gradio', 'huggingface_hub'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert (run.stdout, run.stderr) == ("set()\n", "")


def test_help_does_not_wait_for_torch() -> None:
    code = "import sys, shapevae.cli; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout == "False\n"


def test_nothing_unpickles() -> None:
    words = ("torch.load", "pickle", "joblib", "marshal", "shelve", "yaml.load", "eval(", "exec(", "new Function")
    files = [file for part in PARTS for file in sorted((ROOT / part).rglob("*")) if file.suffix in (".py", ".js", ".html")]
    assert {file.relative_to(ROOT).parts[0] for file in files} == set(PARTS)
    for file in [ROOT / "app.py", *files]:
        text = file.read_text(encoding="utf-8").replace(".eval()", "")  # of a module: evaluation mode
        assert not [word for word in words if word in text], file


def test_every_file_says_what_it_is_for() -> None:
    files = [ROOT / "app.py", *(file for part in ("shapevae", "demo", "docs") for file in (ROOT / part).rglob("*.py"))]
    assert [file for file in files if not make_readme.phrase(file)] == []


@pytest.mark.parametrize("part", [make_readme.figures, make_readme.file_map])
def test_the_readme_is_up_to_date(part: Callable[[], str]) -> None:
    assert part() in (ROOT / "README.md").read_text(encoding="utf-8"), "run `make readme`"


def test_the_readme_is_short_and_what_it_names_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150 and text.count("![") == 1
    assert '\npip install -r requirements.txt -e ".[test]" && pytest\n' in text  # what .ci/run looks for
    named = re.findall(r"\]\((?!http)([^)]+)\)", text) + re.findall(r"^\| `([^` ]+[./][^` ]*)` \|", text, re.MULTILINE)
    assert [name for name in named if not (ROOT / name).exists()] == [] and len(named) > 20
