"""Push weights to the Hub: what is sent, the model card, one commit, and the proof that it landed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shapevae import __version__
from shapevae.config import PRESETS
from shapevae.errors import HubError, WeightsError
from shapevae.files import CONFIG, METRICS, MODEL, write_whole
from shapevae.hub.client import PATIENCE, Patience, parse_repo
from shapevae.hub.download import FORMAT, MANIFEST
from shapevae.images.write import grid, to_png
from shapevae.publish.card import CardModel, card_body, card_metadata
from shapevae.publish.card_merge import merge_card
from shapevae.publish.push import Held, Landed, Plan, Say, Target, land, read_file, sign_in
from shapevae.weights import load_config, load_model

README, LOG, SAMPLES, PINS = "README.md", "metrics.jsonl", "samples.png", "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class WeightsFolder:
    """One model as it is pushed: what the card says about it, and its files by path in the repository."""

    card: CardModel
    files: Mapping[str, bytes]


def push_weights(
    repo: str,
    *,
    weights: str | os.PathLike[str] = "weights",
    private: bool = False,
    dry_run: bool = False,
    message: str | None = None,
    revision: str | None = None,
    say: Say,
    patience: Patience = PATIENCE,
) -> Landed | None:
    """Push every model in the folder `weights` to the Hub repository `user/name`, all in one commit on the branch `revision`.

    The repository is made if need be, the model card made anew from the figures; where all is there already, nothing is
    committed. Afterwards weights/manifest.json names the repository, the commit and the sha256 of each file. With `dry_run`
    nothing is asked and nothing sent, and the result is None. Raises HubError, whose one sentence says what was left behind.
    """
    where = parse_repo(repo, revision)
    models = read_weights(Path(weights))
    files = {path: content for model in models for path, content in model.files.items()}
    files[MANIFEST] = repository_manifest(models)
    show_files({**files, README: _card(where.name, models, "", say)}, say)
    if dry_run:
        say(f"dry run: nothing was sent to {where.name}")
        return None
    sign_in(say, patience)
    target = Target(where.name, "model", say, patience, where.revision, {"private": True} if private else {})
    names = ", ".join(model.card.name for model in models)
    landed = land(target, lambda held: _plan(target, held, files, models), message or f"Weights of {names}")
    pin_weights(Path(weights), where.name, landed.commit, files)
    say(f"{'pushed' if landed.changed or landed.deleted else 'nothing changed, no commit made'}: {landed.url}")
    return landed


def read_weights(folder: Path) -> list[WeightsFolder]:
    """Every model in `folder`, presets first. Raises HubError where there is none, or one can't be loaded or lacks figures."""
    found = {path.parent.name for path in folder.glob(f"*/{MODEL}") if _NAME.fullmatch(path.parent.name)}
    names = [name for name in PRESETS if name in found] + sorted(found - PRESETS.keys())
    if not names:
        raise HubError(f"{folder} holds no model: name a folder with --weights that holds folders which `shapevae train` wrote")
    return [_read_model(folder / name) for name in names]


def _read_model(folder: Path) -> WeightsFolder:
    """The allow-list: nothing else in the folder is ever sent."""
    try:
        model = load_model(folder)
        files = {file: _read(folder / file) for file in (CONFIG, MODEL, METRICS)}
        figures = json.loads(files[METRICS])
    except (WeightsError, OSError) as error:
        raise HubError(str(error)) from None
    except ValueError:
        figures = None
    if not isinstance(figures, dict):
        raise HubError(f"{folder / METRICS}: not a JSON object of figures; run `shapevae evaluate {folder}` to look at it")
    if (folder / LOG).is_file():
        files[LOG] = _read(folder / LOG)
    epochs = sorted((folder / "epochs").glob("*.png"))
    files[SAMPLES] = _read(epochs[-1]) if epochs else to_png(grid(model.sample(25, 0)))
    card = CardModel(folder.name, load_config(folder), figures)
    return WeightsFolder(card, {f"{folder.name}/{file}": content for file, content in files.items()})


def _read(file: Path) -> bytes:
    if file.is_symlink():
        raise HubError(f"{file} is a symbolic link: what it points at is not pushed")
    return file.read_bytes()


def repository_manifest(models: Sequence[WeightsFolder]) -> bytes:
    """The repository's config.json: which models it has, and the sha256 of every file, which loading checks."""
    digests = {path: hashlib.sha256(content).hexdigest() for model in models for path, content in model.files.items()}
    names = [model.card.name for model in models]
    return _json({"format": FORMAT, "library": "shapevae", "version": __version__, "models": names, "sha256": digests})


def pin_weights(folder: Path, repo: str, commit: str, files: Mapping[str, bytes]) -> None:
    """Write manifest.json, which says what was pushed where, into the folder of the weights."""
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}
    write_whole(folder / PINS, _json({"repo": repo, "commit": commit, "sha256": digests}))


def show_files(files: Mapping[str, bytes], say: Say) -> None:
    """One line a file: sha256, size, path."""
    for path, content in sorted(files.items()):
        say(f"{hashlib.sha256(content).hexdigest()} {len(content):>10,}  {path}")


def _plan(target: Target, held: Held, files: Mapping[str, bytes], models: Sequence[WeightsFolder]) -> Plan:
    """What the repository shall hold, given what it holds: the card keeps what a person wrote, files of ours that went go."""
    existing = _text(target, held, README)
    card = _card(target.repo, models, existing, target.say)
    try:
        former = json.loads(_text(target, held, MANIFEST) or "{}").get("sha256", {})
    except (ValueError, AttributeError):
        former = {}
    return Plan({**files, README: card}, frozenset(former) - files.keys())


def _card(repo: str, models: Sequence[WeightsFolder], existing: str, say: Say) -> bytes:
    cards = [model.card for model in models]
    merged = merge_card(existing, card_metadata(cards), card_body(repo, cards))
    if merged.note:
        say(merged.note)
    return merged.text.encode()


def _text(target: Target, held: Held, path: str) -> str:
    return read_file(target, path, held.commit).decode("utf-8", "replace") if path in held.digests else ""


def _json(values: Mapping[str, object]) -> bytes:
    return (json.dumps(values, indent=2) + "\n").encode()
