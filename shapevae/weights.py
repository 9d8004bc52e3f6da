"""Save and load a model: a folder with config.json and model.safetensors, checked before anything is used."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from shapevae.config import ConfigError, TrainConfig
from shapevae.errors import WeightsError
from shapevae.files import CONFIG, MODEL, reason, write_whole
from shapevae.limits import MAX_BYTES, MAX_CONFIG, too_large
from shapevae.model import Autoencoder
from shapevae.sealed import SEAL, digest, first_not_finite, seal

if TYPE_CHECKING:
    from shapevae.hub.download import Snapshot


def save_model(model: Autoencoder, config: TrainConfig, folder: str | os.PathLike[str]) -> None:
    """Write config.json and model.safetensors (float32, with its checksum) into `folder`, each whole or not at all.

    Raises WeightsError, and writes nothing, where a weight is not finite.
    """
    folder = Path(folder)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if wrong := first_not_finite(tensors):
        raise WeightsError(f"{wrong} holds values that are not finite: nothing was written to {folder}")
    write_whole(folder / MODEL, seal(tensors, {}, about=_about(config)))
    write_whole(folder / CONFIG, config.to_json().encode())


def load_model(
    path: str | os.PathLike[str],
    name: str | None = None,
    *,
    revision: str | None = None,
    device: torch.device | str = "cpu",
    deadline: float = 60.0,
) -> Autoencoder:
    """The model in a folder, or in a repository on the Hub, in eval mode.

    `load_model("weights/vae")` and `load_model("weights", "vae")` read a folder. Where there is no such folder, or a revision
    is given, `load_model("user/name", "vae", revision="main")` reads the Hub: a branch, a tag or a commit; the cache first,
    files checked by sha256, `deadline` seconds at most.

    Raises WeightsError, naming the file, where one is missing, unreadable, foreign or of another shape, or holds a value that
    is not finite, where a file that carries its checksum has changed, and where the Hub can't give it. No code in the files is
    ever run, and whatever they claim, no more memory is taken than the largest model allowed needs.
    """
    folder = Path(path)
    if name is not None:
        wanted = revision is not None or (isinstance(path, str) and "/" in path and not folder.is_dir())
        folder = (_fetch(str(path), [name], revision, deadline).folder if wanted else folder) / name
    elif revision is not None:
        raise WeightsError("name the model as well: load_model('user/name', 'vae', revision=…)")
    config = load_config(folder)
    if problem := too_large(config.model):
        raise WeightsError(f"{folder / CONFIG}: {problem}")
    model = Autoencoder(config.model, config.shapes)
    model.load_state_dict(_read_tensors(folder / MODEL, dict(model.state_dict()), _about(config)))
    return model.to(device).eval()


@dataclass(frozen=True)
class LoadedModels:
    """Models by name, their folder, and a phrase that says which it is: "Hub, commit abc1234", "bundled, because …"."""

    models: dict[str, Autoencoder]
    folder: Path
    source: str


def load_or_bundled(
    repo: str | None, names: Sequence[str], bundled: str | os.PathLike[str], *, deadline: float = 1.5
) -> LoadedModels:
    """The models `names` of a Hub repository, "user/name" or "user/name@revision", else those of the folder `bundled`.

    The Hub gets `deadline` seconds for all of them together, whatever it does; what comes later is kept for the next start.
    Without a repository nothing is asked, and the Hub's client is not even imported. Raises WeightsError where the bundled
    models can't be used either.
    """
    source = "bundled"
    if repo:
        try:
            snapshot = _fetch(repo, names, None, deadline)
            return LoadedModels(_load_all(snapshot.folder, names), snapshot.folder, snapshot.describe())
        except WeightsError as error:
            source = f"bundled, because {error}"
    return LoadedModels(_load_all(Path(bundled), names), Path(bundled), source)


def _load_all(folder: Path, names: Sequence[str]) -> dict[str, Autoencoder]:
    return {name: load_model(folder / name) for name in names}


def _fetch(repo: str, names: Sequence[str], revision: str | None, deadline: float) -> Snapshot:
    from shapevae.errors import HubError
    from shapevae.hub import download as hub
    from shapevae.hub.client import parse_repo

    try:
        return hub.fetch(parse_repo(repo, revision), names, deadline=deadline)
    except HubError as error:
        raise WeightsError(str(error)) from None


def load_config(path: str | os.PathLike[str]) -> TrainConfig:
    """The configuration in a folder. Raises WeightsError where config.json is missing or not ours."""
    file = Path(path) / CONFIG
    try:
        if file.stat().st_size > MAX_CONFIG:
            raise WeightsError(f"{file}: larger than {MAX_CONFIG // 2**10} KiB, so not a configuration of this package")
        return TrainConfig.from_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsError(f"{file}: {reason(error)}; name a folder that `shapevae train` wrote") from None
    except (ConfigError, UnicodeDecodeError, OverflowError) as error:
        raise WeightsError(f"{file}: {error}") from None
    except RecursionError:
        raise WeightsError(f"{file}: nested too deeply to be a configuration") from None


def _about(config: TrainConfig) -> str:
    """What the weights mean nothing without, and so is sealed with them."""
    return json.dumps(dataclasses.asdict(config.model), sort_keys=True)


def _read_tensors(file: Path, expected: Mapping[str, Tensor], about: str) -> dict[str, Tensor]:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise WeightsError(f"{file}: larger than {MAX_BYTES // 2**20} MiB, so not a model of this package")
        with safe_open(file, framework="pt") as stream:
            _check_shapes(file, stream, expected)
            tensors, metadata = {name: stream.get_tensor(name) for name in expected}, stream.metadata() or {}
    except OSError as error:
        raise WeightsError(f"{file}: {reason(error)}") from None
    except SafetensorError as error:
        raise WeightsError(f"{file}: not a whole safetensors file ({error})") from None
    if wrong := first_not_finite(tensors):
        raise WeightsError(f"{file}: {wrong} holds values that are not finite")
    if SEAL in metadata and metadata[SEAL] != digest(tensors, metadata, about):
        raise WeightsError(f"{file}: its checksum differs: it is damaged, or the {CONFIG} beside it is")
    return tensors


def _check_shapes(file: Path, stream: safe_open, expected: Mapping[str, Tensor]) -> None:
    found = set(stream.keys())
    for problem, names in (("missing", expected.keys() - found), ("unknown", found - expected.keys())):
        if names:
            raise WeightsError(f"{file}: {problem} tensor {min(names)}; it does not belong to the config.json beside it")
    for name, tensor in expected.items():
        shape, dtype = tuple(stream.get_slice(name).get_shape()), stream.get_slice(name).get_dtype()
        if shape != tuple(tensor.shape) or dtype not in ("F32", "BF16"):
            raise WeightsError(f"{file}: {name} is {dtype} {shape}, expected F32 or BF16 {tuple(tensor.shape)}")
