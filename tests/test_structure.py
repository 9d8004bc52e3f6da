"""Who may import whom, and that importing is silent."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ARROWS: dict[str, set[str]] = {
    "config": set(),
    "shapes": {"config"},
    "images": set(),
    "losses": set(),
    "optimiser": set(),
    "model": {"config"},
    "judge": {"shapes"},
    "intervals": set(),
    "information": {"intervals", "losses"},
    "evaluate": {"config", "information", "intervals", "judge", "losses", "model", "shapes"},
    "weights": {"config", "hub", "hub_client", "hub_errors", "model"},
    "checkpoint": {"config", "train", "weights"},
    "train": {"checkpoint", "config", "evaluate", "images", "losses", "model", "optimiser", "shapes", "weights"},
}
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
        publishing = ("shapevae.publish", "shapevae.hub_push", "shapevae.space", "shapevae.card", "huggingface_hub")
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
    words = ("torch.load", "pickle", "eval" + "(", "exec" + "(")
    for file in [ROOT / "app.py", *(ROOT / "shapevae").rglob("*.py"), *(ROOT / "demo").rglob("*.py")]:
        text = file.read_text(encoding="utf-8").replace(".eval(", "")
        assert not [word for word in words if word in text], file


def python_files() -> list[Path]:
    files = [ROOT / "app.py", *(ROOT / "shapevae").rglob("*.py"), *(ROOT / "demo").rglob("*.py")]
    return [file for file in files if file.name != "__init__.py" or file.parent.name == "shapevae"]


@pytest.mark.parametrize("file", python_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_readme_maps_every_file_with_its_own_phrase(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert docstring, f"{file} says nothing about itself"
    phrase = docstring.splitlines()[0].rstrip(".")
    row = f"| `{file.relative_to(ROOT)}` | {phrase} |"
    assert row in (ROOT / "README.md").read_text(encoding="utf-8"), f"README's map lacks the row: {row}"
