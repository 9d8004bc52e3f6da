"""What the weights folder holds: the models the page shows, their figures, the pictures of their epochs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.views.drawing import SHAPES
from shapevae.config import PRESETS
from shapevae.errors import WeightsError
from shapevae.evaluation import evaluate
from shapevae.files import LOG, METRICS
from shapevae.model import Autoencoder
from shapevae.weights import load_model, load_or_bundled

STAND_INS = {"vae": "report-vae", "mmd": "report-mmd"}

TERMS = ("loss", "distortion", "penalty")  # nats an image

_QUICK = 200  # pictures measured where no metrics.json is at hand


@dataclass(frozen=True)
class Shelf:
    """folder: of all presets, or None. shown: which preset stands behind "vae" and "mmd". notes: what is missing, a sentence
    each. metrics: metrics.json by preset, of those that have one."""

    folder: Path | None = None
    shown: dict[str, str] = field(default_factory=lambda: {name: name for name in STAND_INS})
    notes: tuple[str, ...] = ()
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)

    def metrics_of(self, name: str, model: Autoencoder) -> dict[str, Any]:
        """The figures of the model shown as `name`; from its folder, else measured here on a few pictures."""
        return self.metrics.get(self.shown[name]) or evaluate(model, images=_QUICK, shapes=SHAPES).to_dict()

    def epochs(self) -> dict[str, dict[int, Path]]:
        """By preset, the sample grids of its epochs; of a long training those of every fifth."""
        found = {} if self.folder is None else {name: sorted((self.folder / name / "epochs").glob("*.png")) for name in PRESETS}
        return {name: {int(file.stem): file for file in files} for name, files in found.items() if files}

    def log(self, name: str) -> list[dict[str, float]]:
        """What a preset's training wrote after each epoch; empty where that can't be read."""
        try:
            lines = ((self.folder or Path()) / name / LOG).read_text(encoding="utf-8").splitlines()
            return [{key: float(values[key]) for key in TERMS} for values in map(json.loads, lines)]
        except (OSError, ValueError, TypeError, KeyError):
            return []


def load_presets(folder: Path, repo: str | None = None, deadline: float = 1.5) -> tuple[dict[str, Autoencoder], Shelf]:
    """Models "vae" and "mmd", and the shelf they come from: the Hub repository `repo`, "user/name" or "user/name@revision",
    if one is named and answers within `deadline` seconds, else `folder`, where a model that can't be read has a stand-in.

    Raises WeightsError, naming the file and the command that makes it, where neither can be read.
    """
    try:
        loaded = load_or_bundled(repo, tuple(STAND_INS), folder, deadline=deadline)
    except WeightsError:
        return _load_with_stand_ins(folder)
    notes = (f"Weights: {loaded.source}.",) if repo else ()
    return loaded.models, Shelf(folder, notes=notes, metrics={**read_metrics(folder), **read_metrics(loaded.folder)})


def _load_with_stand_ins(folder: Path) -> tuple[dict[str, Autoencoder], Shelf]:
    models, notes, shown = {}, [], {}
    for name, stand_in in STAND_INS.items():
        try:
            models[name], shown[name] = load_model(folder / name), name
        except WeightsError as error:
            models[name], shown[name] = _stand_in(folder, name, error), stand_in
            notes.append(f"{error}. Showing {stand_in} in place of {name}; make it by {command(name)}.")
    return models, Shelf(folder, shown, tuple(notes), read_metrics(folder))


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


def _stand_in(folder: Path, name: str, error: WeightsError) -> Autoencoder:
    try:
        return load_model(folder / STAND_INS[name])
    except WeightsError:
        raise WeightsError(f"{error}. Make it by {command(name)}.") from None
