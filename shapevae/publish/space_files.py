"""What a Space is made of: files by an allow-list, requirements as it wants them, front matter checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shapevae.errors import HubError
from shapevae.files import CONFIG, MODEL, write_whole
from shapevae.hub.download import MANIFEST
from shapevae.publish.weights import PINS, README

REQUIREMENTS = "requirements.txt"
# Nothing else is ever sent: no .env, no cache, no checkpoint, no test.
_ALLOWED = (
    "app.py",
    "LICENSE",
    "shapevae/**/*.py",
    "demo/**/*.py",
    "demo/**/*.js",
    "demo/**/*.css",
    "demo/**/*.html",
    "demo/**/*.md",
    "demo/**/*.json",
    f"weights/{PINS}",
    "weights/*/config.json",
    "weights/*/model.safetensors",
    "weights/*/metrics.json",
    "weights/*/metrics.jsonl",
    "weights/*/epochs/*.png",
    "docs/report/README.md",  # the tab About shows its table and its claims
)
_WRITING = {
    f"shapevae/{name}.py" for name in ("publish", "hub_push", "space", "space_files", "card", "card_merge", "card_text")
}
_OFFLINE = ("shapevae/report/",)  # what only the command line uses; a Space writes nothing and needs no matplotlib
_MANAGED = ("gradio", "spaces", "huggingface-hub")  # a Space installs these itself, by sdk_version
_CPU_WHEELS = "--extra-index-url https://download.pytorch.org/whl/cpu"
_FRONT = re.compile(r"\A---\r?\n(.*?)^---\r?\n", re.DOTALL | re.MULTILINE)
_COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")


@dataclass(frozen=True)
class SpaceFiles:
    """What a Space is made of: files by path, and the weights repository it reads, with its commit, or None."""

    files: Mapping[str, bytes]
    weights: str | None


def collect_space(root: Path, hardware: str | None = None) -> SpaceFiles:
    """The Space's files, from the project in `root`. Raises HubError where one is missing or the front matter is wrong."""
    found = {path for pattern in _ALLOWED for path in root.glob(pattern) if path.is_file() and not path.is_symlink()}
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in found}
    files = {path: content for path, content in files.items() if path not in _WRITING and not path.startswith(_OFFLINE)}
    for needed in (README, REQUIREMENTS, "app.py"):
        if not (root / needed).is_file():
            raise HubError(f"{root / needed} is missing, and a Space needs it")
    if not any(path.endswith(f"/{MODEL}") for path in files):
        raise HubError(f"{root / 'weights'} holds no model, and a Space needs some to show: train them first")
    weights = _pinned(files.get(f"weights/{PINS}"))
    files[README] = space_readme((root / README).read_text(encoding="utf-8"), files, weights).encode()
    files[REQUIREMENTS] = space_requirements((root / REQUIREMENTS).read_text(encoding="utf-8"), hardware).encode()
    return SpaceFiles(files, f"{weights['repo']}@{weights['commit']}" if weights else None)


def space_requirements(text: str, hardware: str | None = None) -> str:
    """Ours as a Space wants them: what it manages itself left out; torch as the CPU build, or as a ZeroGPU Space has it."""
    zero = (hardware or "").startswith("zero")
    lines = [line for line in text.splitlines() if _package(line) not in _MANAGED]
    lines = ["torch" if zero and _package(line) == "torch" else line for line in lines]
    cpu = not hardware or hardware.startswith("cpu")
    return "\n".join([*([_CPU_WHEELS] if cpu else []), *lines]) + "\n"


def space_readme(text: str, files: Mapping[str, bytes], weights: Mapping[str, Any] | None) -> str:
    """Our README with its front matter checked, and the weights repository linked and loaded while the Space is built."""
    found = _FRONT.match(text)
    try:
        front = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError:
        front = None
    if not found or not isinstance(front, dict):
        raise HubError(f"{README} must begin with the front matter of a Space: YAML between two lines of ---")
    for wrong in _front_matter_faults(front, files):
        raise HubError(f"{README}, front matter: {wrong}")
    if weights:
        wanted = [MANIFEST, *sorted(path for path in weights["sha256"] if path.endswith((f"/{CONFIG}", f"/{MODEL}")))]
        front["models"] = [weights["repo"]]
        front["preload_from_hub"] = [f"{weights['repo']} {','.join(wanted)} {weights['commit']}"]
    return f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=1000)}---\n{text[found.end() :]}"


def _front_matter_faults(front: Mapping[str, Any], files: Mapping[str, bytes]) -> list[str]:
    """What is wrong with it, each in one phrase."""
    version = str(front.get("sdk_version", ""))
    checks = {
        "sdk must be gradio": front.get("sdk") == "gradio",
        'sdk_version must be a full version in quotes, such as "6.31.0"': bool(re.fullmatch(r"\d+\.\d+\.\d+", version)),
        "app_file must be among the files": front.get("app_file", "app.py") in files,
        "title is missing": bool(front.get("title")),
        f"colorFrom and colorTo must be one of {', '.join(_COLORS)}": {
            front.get("colorFrom", "gray"),
            front.get("colorTo", "gray"),
        }
        <= {*_COLORS},
        "short_description must have at most 60 characters": len(str(front.get("short_description", ""))) <= 60,
        'python_version must be in quotes, such as "3.12"': isinstance(front.get("python_version", ""), str),
    }
    return [fault for fault, good in checks.items() if not good]


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the Space's files into a new or empty folder. Raises HubError where it holds something else."""
    if folder.exists() and any(folder.iterdir()):
        raise HubError(f"{folder} is not empty: name a new folder with --out")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / path, content)


def _package(line: str) -> str:
    return re.split(r"[\s\[<>=!~;#@]", line.strip(), maxsplit=1)[0].lower().replace("_", "-")


def _pinned(content: bytes | None) -> Mapping[str, Any] | None:
    """The weights' manifest.json, or None where they were never pushed."""
    if content is None:
        return None
    try:
        pins = json.loads(content)
        return {key: pins[key] for key in ("repo", "commit", "sha256")}
    except (ValueError, KeyError, TypeError):
        raise HubError(f"weights/{PINS} is damaged: `shapevae push-weights` writes it anew") from None
