"""The models on the page, from the weights folder or the Hub, with their figures and the pictures of their epochs."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from demo.views.drawing import SHAPES
from shapevae.config import PRESETS
from shapevae.errors import HubError, WeightsError
from shapevae.evaluation import evaluate
from shapevae.files import EPOCHS, METRICS
from shapevae.hub.client import parse_repo
from shapevae.hub.download import fetch
from shapevae.model import Autoencoder
from shapevae.weights import load_model

STAND_INS = {"vae": "report-vae", "mmd": "report-mmd"}
PLANE = {"vae": "plane-vae", "mmd": "plane-mmd"}  # the presets of two dimensions, which come from the folder always

_QUICK_IMAGES = 200  # measured where there is no metrics.json


@dataclass(frozen=True)
class PresetInfo:
    """What goes with the models on the page.

    folder: of all presets, or None. shown: the preset that is shown as "vae", and as "mmd". notes: where the weights are from
    and what is missing, a sentence each. metrics: metrics.json by preset, of those that have one. plane: the models "vae" and
    "mmd" of two dimensions, or none.
    """

    folder: Path | None = None
    shown: dict[str, str] = field(default_factory=lambda: {name: name for name in STAND_INS})
    notes: tuple[str, ...] = ()
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    plane: dict[str, Autoencoder] = field(default_factory=dict)

    def metrics_of(self, name: str, model: Autoencoder) -> dict[str, Any]:
        """The figures of the model shown as `name`; from its folder, else measured here on a few pictures."""
        return self.metrics.get(self.shown[name]) or evaluate(model, images=_QUICK_IMAGES, shapes=SHAPES).to_dict()

    def epochs(self) -> dict[str, dict[int, Path]]:
        """By preset, the sample grids of its epochs; of a long training those of every fifth."""
        found = {} if self.folder is None else {name: sorted((self.folder / name / EPOCHS).glob("*.png")) for name in PRESETS}
        return {name: {int(file.stem): file for file in files} for name, files in found.items() if files}


def load_presets(folder: Path, repo: str | None = None, deadline: float = 1.5) -> tuple[dict[str, Autoencoder], PresetInfo]:
    """Models "vae" and "mmd", and what goes with them, the planes from `folder`, where they can be read; see load_pair."""
    models, info = load_pair(folder, repo, deadline)
    with contextlib.suppress(WeightsError):
        info = replace(info, plane={name: load_model(folder / preset) for name, preset in PLANE.items()})
    return models, info


def load_pair(folder: Path, repo: str | None, deadline: float) -> tuple[dict[str, Autoencoder], PresetInfo]:
    """Models "vae" and "mmd", and what goes with them: from the Hub repository `repo`, "user/name" or "user/name@revision", if
    one is named and answers within `deadline` seconds, else from `folder`, where a model that can't be read has a stand-in.

    Without a repository nothing is asked, and the Hub's client is not even imported; what comes too late is kept for the next
    start. Raises WeightsError, naming the file and the command that makes it, where neither can be read.
    """
    if not repo:
        return _load_folder(folder, ())
    try:
        snapshot = fetch(parse_repo(repo), tuple(STAND_INS), deadline=deadline)
        models = {name: load_model(snapshot.folder / name) for name in STAND_INS}
    except (HubError, WeightsError) as error:
        return _load_folder(folder, (f"Weights: bundled, because {error}.",))
    notes = (f"Weights: {snapshot.describe()}.",)
    return models, PresetInfo(folder, notes=notes, metrics={**read_metrics(folder), **read_metrics(snapshot.folder)})


def _load_folder(folder: Path, notes: tuple[str, ...]) -> tuple[dict[str, Autoencoder], PresetInfo]:
    models, shown = {}, {}
    for name, stand_in in STAND_INS.items():
        try:
            models[name], shown[name] = load_model(folder / name), name
        except WeightsError as error:
            models[name], shown[name] = _load_stand_in(folder, name, error), stand_in
            notes += (f"{error}. Showing {stand_in} in place of {name}; make it by {command(name)}.",)
    return models, PresetInfo(folder, shown, notes, read_metrics(folder))


def command(name: str) -> str:
    """The command line that makes a preset's weights."""
    return f"`shapevae train {name} --out weights/{name}`"


def read_metrics(folder: Path) -> dict[str, dict[str, Any]]:
    """metrics.json of every preset that has a readable one."""
    found = {}
    for name in PRESETS:
        try:
            values = json.loads((folder / name / METRICS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(values, dict) and "images" in values:
            found[name] = values
    return found


def _load_stand_in(folder: Path, name: str, error: WeightsError) -> Autoencoder:
    try:
        return load_model(folder / STAND_INS[name])
    except WeightsError:
        raise WeightsError(f"{error}. Make it by {command(name)}.") from None
