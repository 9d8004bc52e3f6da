"""Who may import whom, how long things may be, and that importing is silent."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from docs import make_readme

ROOT = Path(__file__).parents[2]
LAYERS = (  # from the bottom; a folder is named for all its files, and a module imports from its own folder and from below
    "shapevae.errors shapevae.reported",
    "shapevae.config shapevae.arrays shapevae.cells shapevae.losses shapevae.optimiser shapevae.estimates shapevae.files "
    "shapevae.images shapevae.allocator",
    "shapevae.model shapevae.shapes shapevae.arguments",
    "shapevae.judge shapevae.information shapevae.ideal shapevae.weights shapevae.distributed",
    "shapevae.figures",
    "shapevae.recording",
    "shapevae.training shapevae.evaluation shapevae.bounds",
    "shapevae.runs shapevae.hub shapevae.table",
    "shapevae.report shapevae.publish",
    "shapevae.cli shapevae",
    "shapevae.__main__",
    "demo.views",
    "demo.presets demo.training",
    "demo.server",
    "demo.markup",
    "demo.site",
    "demo.widgets",
    "demo.api demo.tabs",
    "demo.ui",
    "app",
)
NEVER = (  # beyond what the layers forbid
    ("shapevae", "gradio"),
    ("shapevae.model", "shapevae.losses"),
    *((f"shapevae.{name}", "PIL") for name in ("model", "shapes", "losses", "training", "judge", "evaluation", "information")),
    ("demo.views", "gradio"),
    ("demo.markup", "gradio"),
    *((user, library) for user in ("demo", "app") for library in ("shapevae.publish", "shapevae.report", "huggingface_hub")),
    *((user, other) for user in ("shapevae", "demo", "app", "benchmarks") for other in ("tests", "docs")),
    *((user, "benchmarks") for user in ("shapevae", "demo", "app")),
)
PARTS = ("shapevae", "demo", "benchmarks", "docs")  # all that runs besides app.py
MAX_FUNCTION, MAX_MODULE = 40, 230  # lines


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_name(file): file for part in ("shapevae", "demo", "benchmarks") for file in (ROOT / part).rglob("*.py")}
FILES["app"] = ROOT / "app.py"
PLACES = {unit: height for height, layer in enumerate(LAYERS) for unit in layer.split()}


def imports(name: str) -> set[str]:
    """Dotted names of all that a module imports, in its functions too: a module itself, or a name of a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: import by full name"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def modules_imported(name: str) -> set[str]:
    """Those of ours among them."""
    return {found if found in FILES else found.rpartition(".")[0] for found in imports(name)} & FILES.keys() - {name}


def under(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def unit(name: str) -> str:
    """The module, or the folder it lies in, as LAYERS names it."""
    parts = name.split(".")
    return name if name in PLACES else ".".join(parts[:2])


def in_layers() -> list[str]:
    return [name for name in FILES if not under(name, "benchmarks") and name != "demo"]


def test_every_module_has_its_layer() -> None:
    units = {unit(name) for name in in_layers()}
    assert sorted(units - PLACES.keys()) == [], "without a layer"
    assert sorted(PLACES.keys() - units) == [], "in a layer, but not there"


def test_every_import_goes_down() -> None:
    upwards = []
    for name in in_layers():
        below = PLACES.get(unit(name), 0)
        others = [other for other in modules_imported(name) if unit(other) != unit(name) and other != "shapevae"]
        upwards += [f"{name} imports {other}" for other in sorted(others) if PLACES.get(unit(other), 0) >= below]
    assert not upwards, "\n".join(upwards)


def test_no_imports_go_in_a_circle() -> None:
    try:
        TopologicalSorter({name: modules_imported(name) - {"shapevae"} for name in FILES}).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@pytest.mark.parametrize(("user", "library"), NEVER)
def test_some_imports_are_never_made(user: str, library: str) -> None:
    users = [name for name in FILES if under(name, user)]
    assert users and not [name for name in users if any(under(found, library) for found in imports(name))]


def test_functions_and_modules_are_short() -> None:
    long = [f"{name}: {len(lines)} lines" for name, lines in _lines() if len(lines) > MAX_MODULE]
    for name, lines in _lines():
        functions = [
            node for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        lengths = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions}
        long += [f"{name}.{function}: {length} lines" for function, length in lengths.items() if length > MAX_FUNCTION]
    assert not long, "\n".join(long)


def _lines() -> Iterator[tuple[str, list[str]]]:
    for name, file in FILES.items():
        yield name, file.read_text(encoding="utf-8").splitlines()


def test_importing_is_silent_and_light_and_leaves_pillow_its_own_limit() -> None:
    """The help does not wait for torch. Pillow's limit holds for the whole process, so it belongs to whoever imports us."""
    code = "import sys, shapevae.cli; print('torch' in sys.modules); import PIL.Image as i; most = i.MAX_IMAGE_PIXELS\n"
    code += "import shapevae as s, shapevae.images.read; s.load_model; s.train; print(most == i.MAX_IMAGE_PIXELS)\n"
    code += "print({'gradio', 'huggingface_hub'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert (run.stdout.split(), run.stderr) == (["False", "True", "set()"], "")


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
    assert len(text.splitlines()) <= 150 and text.count("![") == 2
    assert '\npip install -r requirements.txt -e ".[test]" && pytest\n' in text  # what .ci/run looks for
    named = re.findall(r"\]\((?!http)([^)]+)\)", text) + re.findall(r"^\| `([^` ]+[./][^` ]*)` \|", text, re.MULTILINE)
    assert [name for name in named if not (ROOT / name).exists()] == [] and len(named) > 20
