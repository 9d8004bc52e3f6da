"""The static page: made by the project's own module, written to a folder, or pushed to a static Space."""

from pathlib import Path

import pytest
import yaml

from shapevae.errors import HubError
from shapevae.publish.page import push_page, write_page
from tests.hub.conftest import Lines
from tests.hub.server import TestHub

SPACE = "user/page"
MAKER = """import sys
from pathlib import Path
out = Path(sys.argv[1])
(out / "widgets").mkdir()
(out / "index.html").write_text(" ".join(sys.argv[2:]))
(out / "widgets/pad.js").write_text("// pad")
"""
MADE = {"index.html", "widgets/pad.js"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose module writes a page of two files, the address of the app in one."""
    root = tmp_path / "project"
    (root / "demo/site").mkdir(parents=True)
    for file, text in {"demo/__init__.py": "", "demo/site/__init__.py": "", "demo/site/__main__.py": MAKER}.items():
        (root / file).write_text(text)
    front = {
        "title": "Shapes",
        "sdk": "gradio",
        "sdk_version": "6.31.0",
        "app_file": "app.py",
        "colorFrom": "blue",
        "colorTo": "gray",
    }
    (root / "README.md").write_text(f"---\n{yaml.safe_dump(front)}---\n# Shapes\n")
    return root


def test_it_is_written_into_a_new_folder_and_nowhere_else(root: Path, tmp_path: Path, tell: Lines) -> None:
    out = tmp_path / "page"
    write_page(out, root=root, app="https://example.org", tell=tell)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == MADE
    assert (out / "index.html").read_text() == "https://example.org"
    with pytest.raises(HubError, match="is not empty"):
        write_page(out, root=root, tell=tell)
    with pytest.raises(HubError, match="holds no app to make a page of: call this in the project's folder"):
        write_page(tmp_path / "other", root=tmp_path, tell=tell)


def test_what_stops_its_making_is_said(root: Path, tmp_path: Path, tell: Lines) -> None:
    (root / "demo/site/__main__.py").write_text("import sys\nsys.exit('weights/vae: no such folder')\n")
    with pytest.raises(HubError, match="the page can't be made: weights/vae: no such folder"):
        write_page(tmp_path / "page", root=root, tell=tell)


def test_a_static_space_holds_the_page_and_a_card_and_what_somebody_added(hub: TestHub, root: Path, tell: Lines) -> None:
    push_page(SPACE, root=root, dry_run=True, tell=tell)
    assert not hub.requests
    push_page(SPACE, root=root, tell=tell)
    repo = hub.repo(SPACE, "space")
    files = repo.commits[repo.branches["main"]]
    assert MADE | {"README.md"} <= set(files) and tell[-1] == f"is there: {hub.url}/spaces/{SPACE}"
    front = yaml.safe_load(files["README.md"].content.decode().split("---\n")[1])
    assert front == {"title": "Shapes", "sdk": "static", "colorFrom": "blue", "colorTo": "gray"}
    (root / "demo/site/__main__.py").write_text(MAKER.replace("pad.js", "map.js"))
    push_page(SPACE, root=root, tell=tell)
    files = repo.commits[repo.branches["main"]]
    assert "widgets/map.js" in files and "widgets/pad.js" not in files


def test_the_project_itself_makes_one(tmp_path: Path, tell: Lines) -> None:
    root = Path(__file__).parents[2]
    write_page(tmp_path / "page", root=root, tell=tell)
    made = {path.relative_to(tmp_path / "page").as_posix() for path in (tmp_path / "page").rglob("*") if path.is_file()}
    assert {"index.html", "site.js", "widgets/engine.js", "models/models.json", "models/models/vae-decoder.safetensors"} <= made
    assert not [path for path in made if path.endswith(".py") or "/gradio/" in path]
