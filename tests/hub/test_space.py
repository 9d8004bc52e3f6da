"""Pushing the app to a Space: what is sent, what it says of itself, and that it runs, or why it does not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from shapevae.errors import HubError
from shapevae.publish.space import push_space, space_files, space_requirements
from tests.hub.conftest import REPO, Client, Lines, write_model
from tests.hub.server import TestHub
from tests.hub.store import File

ROOT = Path(__file__).parents[2]
SPACE, COMMIT = "user/app", "a" * 40
FRONT = {
    "title": "Shapes",
    "colorFrom": "blue",
    "colorTo": "gray",
    "sdk": "gradio",
    "sdk_version": "6.31.0",
    "python_version": "3.12",
    "app_file": "app.py",
    "short_description": "Two autoencoders",
}
REQUIREMENTS = "torch>=2.8,<2.14\nnumpy>=1.26,<3\nhuggingface-hub>=2.0,<3\ngradio>=6.31,<7\n"
SENT = {
    *("app.py", "LICENSE", "README.md", "requirements.txt", "shapevae/__init__.py", "demo/tabs/draw.py", "demo/pad.js"),
    *("weights/manifest.json", "weights/vae/config.json", "weights/vae/model.safetensors", "weights/vae/metrics.json"),
    "weights/vae/epochs/001.png",
}
PRIVATE = (
    ".env",
    "demo/.env",
    "tests/app/test_app.py",
    "weights/vae/checkpoint.safetensors",
    "shapevae/publish/weights.py",
    "runs/x/a.png",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with an app, and with what must stay at home."""
    folder = tmp_path / "project"
    write_model(folder / "weights" / "vae", "vae", 0)
    for path in {*SENT, *PRIVATE} - {"weights/vae/config.json", "weights/vae/model.safetensors", "weights/vae/metrics.json"}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"# {path}\n")
    (folder / "weights" / "manifest.json").write_text(json.dumps({"repo": REPO, "commit": COMMIT, "models": ["vae"]}))
    write_front(folder, FRONT)
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    return folder


def write_front(folder: Path, front: dict[str, object]) -> None:
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump(front)}---\n# Shapes\n\n--- a line\n")


def push(root: Path, tell: Lines, **options: object) -> None:
    push_space(SPACE, root=root, tell=tell, wait=3, **options)  # type: ignore[arg-type]


def test_a_space_is_made_filled_and_waited_for(hub: TestHub, root: Path, tell: Lines) -> None:
    push(root, tell, hardware="zero-a10g")
    repo = hub.repo(SPACE, "space")
    assert set(repo.commits[repo.branches["main"]]) == SENT | {".gitattributes"} and len(repo.history) == 2
    assert repo.hardware == "zero-a10g" and repo.variables == {"SHAPEVAE_REPO": f"{REPO}@{COMMIT}"}
    assert tell[-2:] == ["waiting until the Space runs", f"runs: {hub.url}/spaces/{SPACE}"]
    (root / "demo" / "pad.js").unlink()
    repo.add("main", {**repo.commits[repo.branches["main"]], "notes.md": File.of(b"mine")}, "a note")
    push(root, tell)
    assert set(repo.commits[repo.branches["main"]]) == SENT - {"demo/pad.js"} | {".gitattributes", "notes.md"}


def test_a_space_that_does_not_run_says_why(hub: TestHub, root: Path, tell: Lines) -> None:
    hub.stages = ["BUILDING", "RUNTIME_ERROR"]
    with pytest.raises(HubError, match="the Space does not run, it is RUNTIME_ERROR: ImportError: no module named demo"):
        push(root, tell)
    hub.stages = ["BUILDING"]
    with pytest.raises(HubError, match="the files are there, but not known to run: user/app was not ready in time"):
        push(root, tell)


def test_a_dry_run_writes_the_folder_and_sends_nothing(
    hub: TestHub, root: Path, tell: Lines, client: Client, tmp_path: Path
) -> None:
    client.use_token(None)
    out = tmp_path / "out"
    push(root, tell, dry_run=True, out=out)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == SENT and not hub.requests
    with pytest.raises(HubError, match="is not empty"):
        push(root, tell, dry_run=True, out=out)


def test_a_space_that_runs_the_app_before_is_not_taken_for_success(hub: TestHub, root: Path, tell: Lines) -> None:
    hub.running = "b" * 40
    with pytest.raises(HubError, match="what runs is still the app before this push"):
        push(root, tell)


def test_the_weights_are_linked_and_preloaded(root: Path) -> None:
    readme = space_files(root)["README.md"].decode()
    front = yaml.safe_load(readme.split("---\n")[1])
    assert front["models"] == [REPO] and front["title"] == "Shapes" and readme.endswith("---\n# Shapes\n\n--- a line\n")
    files = "config.json,vae/config.json,vae/model.safetensors,vae/metrics.json"
    assert front["preload_from_hub"] == [f"{REPO} {files} {COMMIT}"]
    (root / "weights" / "manifest.json").write_text("{}")
    with pytest.raises(HubError, match=r"manifest\.json is damaged"):
        space_files(root)
    (root / "weights" / "manifest.json").unlink()
    assert b"preload" not in space_files(root)["README.md"]


@pytest.mark.parametrize(
    ("hardware", "lines"),
    [
        (None, ["--extra-index-url https://download.pytorch.org/whl/cpu", "torch>=2.8,<2.14", "numpy>=1.26,<3"]),
        ("cpu-upgrade", ["--extra-index-url https://download.pytorch.org/whl/cpu", "torch>=2.8,<2.14", "numpy>=1.26,<3"]),
        ("zero-a10g", ["torch", "numpy>=1.26,<3"]),
        ("t4-small", ["torch>=2.8,<2.14", "numpy>=1.26,<3"]),
    ],
)
def test_requirements_are_what_a_space_wants(hardware: str | None, lines: list[str]) -> None:
    assert space_requirements(REQUIREMENTS, hardware).splitlines() == lines


UNFIT = "must name the sdk, gradio, and an app_file that is among the files"


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda root: write_front(root, {**FRONT, "sdk": "static"}), UNFIT),
        (lambda root: write_front(root, {**FRONT, "sdk": None}), UNFIT),
        (lambda root: write_front(root, {**FRONT, "app_file": "main.py"}), UNFIT),
        (lambda root: (root / "README.md").unlink(), r"README\.md is missing"),
        (lambda root: (root / "requirements.txt").unlink(), r"requirements\.txt is missing"),
        (lambda root: (root / "app.py").unlink(), r"app\.py is missing"),
        (lambda root: (root / "weights" / "vae" / "model.safetensors").unlink(), "holds no model"),
        (lambda root: (root / "README.md").write_text("# Shapes\n"), "front matter"),
        (lambda root: (root / "README.md").write_text("---\n[oops\n---\n"), "front matter"),
        (lambda root: (root / "README.md").write_text("---\nwords\n---\n"), "front matter"),
    ],
)
def test_what_is_no_space_is_refused_with_what_is_wrong(root: Path, harm: Callable[[Path], object], sentence: str) -> None:
    harm(root)
    with pytest.raises(HubError, match=sentence):
        space_files(root)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sdk_version": 6.31}, '"sdk_version" must be a string'),
        ({"short_description": "x" * 61}, '"short_description" length must be less than or equal to 60'),
    ],
)
def test_what_the_hub_finds_wrong_in_the_front_matter_is_said(
    hub: TestHub, root: Path, tell: Lines, change: dict[str, object], fault: str
) -> None:
    write_front(root, {**FRONT, **change})
    with pytest.raises(HubError, match=rf"finds fault with the files of user/app \(400\): .*{fault}.*; push again"):
        push(root, tell)
    assert hub.repo(SPACE, "space").history == ["initial commit"]


def test_our_own_readme_and_files_are_a_spaces() -> None:
    files = space_files(ROOT)
    assert {"app.py", "shapevae/cli.py", "shapevae/hub/download.py", "demo/ui.py", "weights/vae/model.safetensors"} <= set(
        files
    )
    assert not [path for path in files if path.startswith(("shapevae/publish", "shapevae/report/", "tests", "benchmarks"))]
    made = {".pyc"}  # all else in demo/ is read by the app
    parts = {str(file.relative_to(ROOT).as_posix()) for file in (ROOT / "demo").rglob("*.*") if file.suffix not in made}
    assert parts <= set(files)
