"""The models the page shows, from the weights folder; one that can't be read is replaced where another can stand in."""

from __future__ import annotations

from pathlib import Path

from shapevae.model import Autoencoder
from shapevae.weights import WeightsError, load_model

STAND_INS = {"vae": "report-vae", "mmd": "report-mmd"}


def load_presets(folder: Path) -> tuple[dict[str, Autoencoder], list[str]]:
    """Models "vae" and "mmd", and a sentence for each preset that another stands in for.

    Raises WeightsError, naming the file and the command that makes it, where neither a preset nor its stand-in can be read.
    """
    models, notes = {}, []
    for name, stand_in in STAND_INS.items():
        try:
            models[name] = load_model(folder / name)
        except WeightsError as error:
            models[name] = _stand_in(folder, name, error)
            notes.append(f"{error}. Showing {stand_in} in place of {name}; make it by {command(name)}.")
    return models, notes


def command(name: str) -> str:
    """The command line that makes a preset's weights."""
    return f"`shapevae train {name} --out weights/{name}`"


def _stand_in(folder: Path, name: str, error: WeightsError) -> Autoencoder:
    try:
        return load_model(folder / STAND_INS[name])
    except WeightsError:
        raise WeightsError(f"{error}. Make it by {command(name)}.") from None
