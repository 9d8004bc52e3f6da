"""Pushing the app to a Space: what is sent, what it says of itself, and that it runs, or why it does not."""

import json
from pathlib import Path

import pytest
import yaml

from shapevae.errors import HubError
from shapevae.publish.space import push_space
from shapevae.publish.space_files import collect_space, space_requirements
from tests.hub.conftest import QUICK, REPO, Client, Talk, write_model
from tests.hub.server import TestHub
from tests.hub.store import File

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
    pins = {
        "repo": REPO,
        "commit": COMMIT,
        "sha256": {"config.json": "0", "vae/config.json": "0", "vae/model.safetensors": "0"},
    }
    (folder / "weights" / "manifest.json").write_text(json.dumps(pins))
    write_front(folder, FRONT)
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    return folder


def write_front(folder: Path, front: dict[str, object]) -> None:
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump(front)}---\n# Shapes\n\n--- a line\n")


def push(root: Path, say: Talk, **options: object) -> None:
    push_space(SPACE, root=root, say=say, patience=QUICK, wait=3, **options)  # type: ignore[arg-type]


def test_a_space_is_made_filled_and_waited_for(hub: TestHub, root: Path, say: Talk) -> None:
    push(root, say, hardware="zero-a10g")
    repo = hub.repo(SPACE, "space")
    assert set(repo.commits[repo.branches["main"]]) == SENT | {".gitattributes"} and len(repo.history) == 2
    assert repo.hardware == "zero-a10g" and repo.variables == {"SHAPEVAE_REPO": f"{REPO}@{COMMIT}"}
    assert say[-3:] == ["the Space is BUILDING", "the Space is RUNNING", f"runs: {hub.url}/spaces/{SPACE}"]
    (root / "demo" / "pad.js").unlink()
    repo.add("main", {**repo.commits[repo.branches["main"]], "notes.md": File.of(b"mine")}, "a note")
    push(root, say)
    assert set(repo.commits[repo.branches["main"]]) == SENT - {"demo/pad.js"} | {".gitattributes", "notes.md"}


def test_a_space_that_does_not_run_says_why(hub: TestHub, root: Path, say: Talk) -> None:
    hub.stages = ["BUILDING", "RUNTIME_ERROR"]
    with pytest.raises(HubError, match="the Space does not run, it is RUNTIME_ERROR: ImportError: no module named demo"):
        push(root, say)
    hub.stages = ["BUILDING"]
    with pytest.raises(HubError, match="the Space is still BUILDING after 3 s"):
        push(root, say)


def test_a_plan_that_is_needed_is_explained_in_one_sentence(hub: TestHub, root: Path, say: Talk) -> None:
    hub.plan_needed = True
    with pytest.raises(HubError, match=r"asks for a paid plan or credits to host user/app \(402\)") as caught:
        push(root, say)
    assert "\n" not in str(caught.value) and not hub.repos


def test_a_dry_run_writes_the_folder_and_sends_nothing(
    hub: TestHub, root: Path, say: Talk, client: Client, tmp_path: Path
) -> None:
    client.use_token(None)
    out = tmp_path / "out"
    push(root, say, dry_run=True, out=out)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == SENT and not hub.requests
    with pytest.raises(HubError, match="is not empty"):
        push(root, say, dry_run=True, out=out)


def test_the_weights_are_linked_and_preloaded(root: Path) -> None:
    readme = collect_space(root).files["README.md"].decode()
    front = yaml.safe_load(readme.split("---\n")[1])
    assert front["models"] == [REPO] and front["title"] == "Shapes" and readme.endswith("---\n# Shapes\n\n--- a line\n")
    assert front["preload_from_hub"] == [f"{REPO} config.json,vae/config.json,vae/model.safetensors {COMMIT}"]
    (root / "weights" / "manifest.json").unlink()
    space = collect_space(root)
    assert space.weights is None and b"preload" not in space.files["README.md"]


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


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sdk": "static"}, "sdk must be gradio"),
        ({"sdk_version": 6.31}, "sdk_version must be a full version"),
        ({"app_file": "main.py"}, "app_file must be among the files"),
        ({"colorFrom": "orange"}, "colorFrom and colorTo must be one of"),
        ({"short_description": "x" * 61}, "at most 60 characters"),
        ({"python_version": 3.12}, "python_version must be in quotes"),
        ({"title": ""}, "title is missing"),
    ],
)
def test_front_matter_is_checked(root: Path, change: dict[str, object], fault: str) -> None:
    write_front(root, {**FRONT, **change})
    with pytest.raises(HubError, match=fault):
        collect_space(root)


@pytest.mark.parametrize("missing", ["README.md", "requirements.txt", "app.py"])
def test_what_a_space_needs_is_missed_by_name(root: Path, missing: str) -> None:
    (root / missing).unlink()
    with pytest.raises(HubError, match=f"{missing} is missing"):
        collect_space(root)


def test_a_space_without_models_is_refused(root: Path) -> None:
    (root / "weights" / "vae" / "model.safetensors").unlink()
    with pytest.raises(HubError, match="holds no model"):
        collect_space(root)


def test_a_readme_without_front_matter_is_refused(root: Path) -> None:
    (root / "README.md").write_text("# Shapes\n")
    with pytest.raises(HubError, match="must begin with the front matter"):
        collect_space(root)
