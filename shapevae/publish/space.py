"""What a Space holds: the app, by an allow-list; push it in one commit, restart it, and wait until it runs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import SpaceCard

from shapevae.errors import HubError
from shapevae.files import MODEL, write_whole
from shapevae.hub.client import Tell, ask, client, parse_repo
from shapevae.hub.download import files_of
from shapevae.publish.push import Pushed, announce, open_branch, push
from shapevae.publish.weights import PUSHED, README

REQUIREMENTS, APP = "requirements.txt", "app.py"
# Nothing else is ever sent: no .env, no cache, no checkpoint, no test.
ALLOWED = (
    *(APP, "LICENSE", README, REQUIREMENTS),
    "shapevae/**/*.py",
    *(f"demo/**/*.{ending}" for ending in ("py", "js", "html", "css", "md", "json", "png")),
    f"weights/{PUSHED}",
    "weights/*/config.json",
    "weights/*/model.safetensors",
    "weights/*/metrics.json",
    "weights/*/metrics.jsonl",
    "weights/*/epochs/*.png",
    "docs/report/README.md",  # the tab About shows it
    "docs/questions.md",  # each tab answers its own
)
NOT_NEEDED = ("shapevae/publish/", "shapevae/report/")  # a Space writes nothing to the Hub, and has no matplotlib
OWNED = ("shapevae/", "demo/", "weights/")  # what these folders of the Space hold, and is not pushed any more, is deleted
INSTALLED = ("gradio", "spaces", "huggingface-hub")  # by a Space itself, after sdk_version
CPU_WHEELS = "--extra-index-url https://download.pytorch.org/whl/cpu"


def push_space(
    repo: str,
    *,
    root: str | os.PathLike[str] = ".",
    hardware: str | None = None,
    dry_run: bool = False,
    out: str | os.PathLike[str] | None = None,
    tell: Tell,
    wait: float = 600.0,
) -> Pushed | None:
    """Push the app in the folder `root` to the Space `user/name` in one commit, restart it, and wait until it runs.

    `hardware` is a Hub flavour such as "zero-a10g". With `dry_run` nothing is sent and the result is None; `out` gets the
    folder that would be, which runs as it is. Raises HubError where the front matter is wrong, the Hub refuses, or the
    Space does not run after `wait` seconds.
    """
    space, files = parse_repo(repo).name, space_files(Path(root), hardware)
    if out is not None:
        write_folder(Path(out), files, "run `python app.py` there", tell)
    pushed = push_files(space, files, OWNED, "The app", dry_run, tell, space_sdk="gradio", space_hardware=hardware)
    if pushed:
        _start(space, weights_repo(Path(root)), hardware)
        tell("waiting until the Space runs")
        _wait(space, pushed.commit, wait)
        tell(f"runs: {client().constants.ENDPOINT}/spaces/{space}")
    return pushed


def push_files(
    space: str, files: Mapping[str, bytes], owned: tuple[str, ...], message: str, dry_run: bool, tell: Tell, **create: Any
) -> Pushed | None:
    """Push files to a Space, made by the options `create` if need be, in one commit; None on a dry run.

    Other files in the folders `owned` are deleted. Raises HubError.
    """
    if not announce(space, files, dry_run, tell):
        return None
    branch = open_branch(space, "space", **create)
    return push(branch, files, {path for path in branch.paths if path.startswith(owned)}, message)


def space_files(root: Path, hardware: str | None = None) -> dict[str, bytes]:
    """The Space's files by path, from the project in `root`. Raises HubError where one is missing or foreign."""
    found = {path for pattern in ALLOWED for path in root.glob(pattern) if path.is_file() and not path.is_symlink()}
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(found)}
    files = {path: content for path, content in files.items() if not path.startswith(NOT_NEEDED)}
    for needed in (README, REQUIREMENTS, APP):
        if needed not in files:
            raise HubError(f"{root / needed} is missing, and a Space needs it")
    if not any(path.endswith(f"/{MODEL}") for path in files):
        raise HubError(f"{root / 'weights'} holds no model, and a Space needs some to show: train them first")
    files[README] = _readme(root, files, weights_repo(root)).encode()
    files[REQUIREMENTS] = space_requirements(files[REQUIREMENTS].decode(), hardware).encode()
    return files


def space_requirements(text: str, hardware: str | None = None) -> str:
    """Ours as a Space wants them: what it installs itself left out; torch as the CPU build, or as a ZeroGPU Space has it."""
    on_zerogpu, on_cpu = (hardware or "").startswith("zero"), (hardware or "cpu").startswith("cpu")
    names = {line: re.split(r"[\s\[<>=!~;#@]", line.strip(), maxsplit=1)[0].lower() for line in text.splitlines()}
    lines = ["torch" if on_zerogpu and name == "torch" else line for line, name in names.items() if name not in INSTALLED]
    return "\n".join([*([CPU_WHEELS] if on_cpu else []), *lines]) + "\n"


def weights_repo(root: Path) -> Mapping[str, Any] | None:
    """{"repo", "commit", "models"} of the weights' last push, or None where they were never pushed."""
    try:
        pushed = json.loads((root / "weights" / PUSHED).read_bytes())
        return {key: pushed[key] for key in ("repo", "commit", "models")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise HubError(f"weights/{PUSHED} is damaged: `shapevae push-weights` writes it anew") from None


def write_folder(folder: Path, files: Mapping[str, bytes], then: str, tell: Tell) -> None:
    """Write files into a new or empty folder, and tell what to do `then`. Raises HubError where it holds something else."""
    if folder.exists() and any(folder.iterdir()):
        raise HubError(f"{folder} is not empty: name a new folder with --out")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / path, content)
    tell(f"wrote {folder}: {then}")


def space_card(readme: Path) -> SpaceCard:
    """Front matter and text of a README. Raises HubError where it has no front matter."""
    try:
        return SpaceCard.load(readme)
    except Exception:  # of several libraries: it is missing, no YAML, or not of the kind that a card has
        raise HubError(f"{readme} must begin with the front matter of a Space: YAML between two lines of ---") from None


def _readme(root: Path, files: Mapping[str, bytes], weights: Mapping[str, Any] | None) -> str:
    """Our README, the weights repository linked in its front matter and downloaded while the Space is built."""
    card = space_card(root / README)
    if card.data.get("sdk") != "gradio" or card.data.get("app_file") not in files:
        raise HubError(f"{README}: its front matter must name the sdk, gradio, and an app_file that is among the files")
    if weights:
        card.data["models"] = [weights["repo"]]
        card.data["preload_from_hub"] = [f"{weights['repo']} {','.join(files_of(weights['models']))} {weights['commit']}"]
    return str(card)


def _start(space: str, weights: Mapping[str, Any] | None, hardware: str | None) -> None:
    """Tell the Space where its weights are and what to run on, and restart it."""
    if weights:
        ask(space, "add_space_variable", space, "SHAPEVAE_REPO", f"{weights['repo']}@{weights['commit']}")
    if hardware:
        ask(space, "request_space_hardware", space, hardware)
    ask(space, "restart_space", space)


def _wait(space: str, commit: str, seconds: float) -> None:
    """Raises HubError where the Space does not run `commit` after `seconds`, with the reason that the Hub gives."""
    try:
        runtime = ask(space, "wait_for_space", space, timeout=seconds)
    except HubError as error:
        raise HubError(f"the files are there, but not known to run: {error}") from None
    if runtime.stage != "RUNNING":
        reason = " ".join(str(runtime.raw.get("errorMessage") or "its page shows the log").split())
        raise HubError(f"the files are there, but the Space does not run, it is {runtime.stage}: {reason}")
    if runtime.raw.get("sha") not in (None, commit):
        raise HubError("the files are there, but what runs is still the app before this push: its page shows why")
