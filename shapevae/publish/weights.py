"""What a weights repository holds: a folder a model, a card, and a manifest with the sha256 of each file."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from shapevae import __version__
from shapevae.config import PRESETS
from shapevae.errors import HubError, WeightsError
from shapevae.files import CONFIG, EPOCHS, LOG, METRICS, MODEL, as_json, reason, write_whole
from shapevae.hub.client import Tell, parse_repo
from shapevae.hub.download import FORMAT, MANIFEST
from shapevae.images.write import grid, to_png
from shapevae.publish.card import CardModel, make_card
from shapevae.publish.push import Branch, Pushed, announce, open_branch, push
from shapevae.weights import load_config, load_model

README, SAMPLES = "README.md", "samples.png"
PUSHED = "manifest.json"  # in the folder of the weights: repository, commit and models of the last push
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def push_weights(
    repo: str,
    *,
    weights: str | os.PathLike[str] = "weights",
    private: bool = False,
    dry_run: bool = False,
    tell: Tell,
) -> Pushed | None:
    """Push every model in the folder `weights` to the Hub repository `user/name` or `user/name@branch`, all in one commit.

    The repository is made if need be, the model card made anew from the figures; where all is there already, nothing is
    committed. Afterwards weights/manifest.json names the repository and the commit, where it can be written. With `dry_run`
    nothing is asked and nothing sent, and the result is None. Raises HubError, with one sentence.
    """
    where, folder = parse_repo(repo), Path(weights)
    models, files = read_weights(folder)
    names = [model.name for model in models]
    if not announce(where.name, {**files, README: make_card(where.name, models).encode()}, dry_run, tell):
        return None
    branch = open_branch(where.name, "model", where.revision, private=private)
    card = make_card(where.name, models, branch.read(README))
    pushed = push(branch, {**files, README: card.encode()}, _earlier(branch), f"Weights of {', '.join(names)}")
    tell(f"{'pushed' if pushed.is_new else 'nothing changed, no commit made'}: {pushed.url}")
    try:
        write_whole(folder / PUSHED, as_json({"repo": where.name, "commit": pushed.commit, "models": names}))
    except OSError as error:
        tell(f"{folder / PUSHED} can't be written ({reason(error)}), so a Space that you push does not learn of this commit")
    return pushed


def read_weights(folder: Path) -> tuple[list[CardModel], dict[str, bytes]]:
    """Every model in `folder`, presets first, and the repository's files but for the card.

    Raises HubError where there is no model, or one can't be loaded or lacks figures.
    """
    found = {path.parent.name for path in folder.glob(f"*/{MODEL}") if _NAME.fullmatch(path.parent.name)}
    names = [name for name in PRESETS if name in found] + sorted(found - PRESETS.keys())
    if not names:
        raise HubError(f"{folder} holds no model: name a folder with --weights that holds folders which `shapevae train` wrote")
    models: list[CardModel] = []
    files: dict[str, bytes] = {}
    for name in names:
        model, content = _read_model(folder / name)
        models.append(model)
        files |= {f"{name}/{file}": data for file, data in content.items()}
    return models, {**files, MANIFEST: _manifest(names, files)}


def _read_model(folder: Path) -> tuple[CardModel, dict[str, bytes]]:
    """A model and its files by name; nothing else in the folder is ever sent."""
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
    epochs = sorted((folder / EPOCHS).glob("*.png"))
    files[SAMPLES] = _read(epochs[-1]) if epochs else to_png(grid(model.sample(25, 0)))
    return CardModel(folder.name, load_config(folder), figures), files


def _read(file: Path) -> bytes:
    if file.is_symlink():
        raise HubError(f"{file} is a symbolic link: what it points at is not pushed")
    return file.read_bytes()


def _manifest(names: Sequence[str], files: Mapping[str, bytes]) -> bytes:
    """The repository's config.json, which loading checks the files against."""
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    return as_json({"format": FORMAT, "library": "shapevae", "version": __version__, "models": names, "sha256": digests})


def _earlier(branch: Branch) -> set[str]:
    """Paths that an earlier push sent, by the manifest it left."""
    try:
        return set(json.loads(branch.read(MANIFEST))["sha256"])
    except (ValueError, KeyError, TypeError):
        return set()
