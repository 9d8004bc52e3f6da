"""What a command line gives: folders by pattern, a preset by name, settings as name=value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from shapevae.config import PRESETS, TrainConfig


def expand(folders: list[Path]) -> list[Path]:
    """The folders that patterns such as weights/* match, which not every shell expands; other names stay as they are."""
    found: list[Path] = []
    for folder in folders:
        matches = [] if folder.exists() else Path(folder.anchor).glob(str(folder.relative_to(folder.anchor)))
        found += sorted(path for path in matches if path.is_dir()) or [folder]
    return found


def check_folder_of(file: Path | None) -> None:
    """Raises FileNotFoundError where a file can't be written later, because its folder does not exist."""
    if file and not file.parent.is_dir():
        raise FileNotFoundError(f"can't write {file}: there is no folder {file.parent}")


def training_time(folder: Path) -> float | None:
    """Training time in seconds, from metrics.json beside the weights; None where it has none."""
    try:
        seconds = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["train_seconds"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(seconds) if isinstance(seconds, int | float) else None


def find_preset(name: str) -> TrainConfig:
    """The preset of that name. Raises BadParameter, which lists them all."""
    if name not in PRESETS:
        raise typer.BadParameter(f"unknown preset {name!r}: take one of {', '.join(PRESETS)}")
    return PRESETS[name]


def parse_settings(pairs: list[str]) -> dict[str, Any]:
    """["name=value"] -> {"name": value}; a value that is not JSON is text. Raises BadParameter without an equals sign."""
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set takes name=value, got {pair!r}")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings
