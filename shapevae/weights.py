"""Save and load one model folder, config.json and model.safetensors, checked before anything is used."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from shapevae.config import ADDED, ConfigError, ModelConfig, TrainConfig
from shapevae.errors import WeightsError
from shapevae.files import CONFIG, MODEL, reason, write_whole
from shapevae.model import Autoencoder

CHECKSUM = "sha256"  # its key in a file's metadata
MAX_BYTES = 64 * 2**20  # of a weights file, and of the model it is for: far above any of ours
MAX_CONFIG = 64 * 2**10  # bytes of a config.json
MAX_SIZE = 4096  # of any width, any depth and the picture's side


def save_model(model: Autoencoder, config: TrainConfig, folder: str | os.PathLike[str]) -> None:
    """Write config.json and model.safetensors (float32, with its checksum) into `folder`, each whole or not at all.

    Raises WeightsError, and writes nothing, where a weight is not finite.
    """
    folder = Path(folder)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if wrong := first_not_finite(tensors):
        raise WeightsError(f"{wrong} holds values that are not finite: nothing was written to {folder}")
    write_whole(folder / MODEL, with_checksum(tensors, {}, _model_json(config)))
    write_whole(folder / CONFIG, config.to_json().encode())


def load_model(folder: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> Autoencoder:
    """The model in a folder, in eval mode.

    Raises WeightsError, naming the file, where one is missing, unreadable, foreign or of another shape, or holds a value that
    is not finite, and where a file that carries its checksum has changed. No code in the files is ever run, and whatever they
    claim, no more memory is taken than the largest model allowed needs.
    """
    folder = Path(folder)
    config = load_config(folder)
    try:
        expected = check_size(config.model)
    except ConfigError as error:
        raise WeightsError(f"{folder / CONFIG}: {error}") from None
    tensors = _read_tensors(folder / MODEL, expected, _model_json(config))
    model = Autoencoder(config.model, config.shapes)
    model.load_state_dict(tensors)
    return model.to(device).eval()


def page_files(model: Autoencoder) -> dict[str, bytes]:
    """The weights as a page takes them: a float16 safetensors file with its checksum, {"encoder": …, "decoder": …}."""
    halves = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    parts = {part: {name: half for name, half in halves.items() if name.startswith(part)} for part in ("encoder", "decoder")}
    return {part: with_checksum(tensors, {}) for part, tensors in parts.items()}


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


def check_size(config: ModelConfig) -> Mapping[str, Tensor]:
    """The model's tensors by name, with their shapes and no memory. Raises ConfigError where the model is too large."""
    for name, value in dataclasses.asdict(config).items():
        if isinstance(value, int) and value > MAX_SIZE:
            raise ConfigError(f"{name} is {value}, and the limit {MAX_SIZE}")
    with torch.device("meta"):
        model = Autoencoder(config)
    size = sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))
    if size > MAX_BYTES:
        raise ConfigError(f"it describes a model of {size // 2**20} MiB, and the limit is {MAX_BYTES // 2**20} MiB")
    return model.state_dict()


def with_checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], context: str = "") -> bytes:
    """A safetensors file of CPU tensors whose metadata holds, beside what is given, the checksum of everything.

    `context` enters the checksum but not the file. The file's bytes are a function of the arguments only where `metadata` is
    empty: safetensors writes several entries in any order.
    """
    return save(dict(tensors), {**metadata, CHECKSUM: checksum(tensors, metadata, context)})


def checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], context: str = "") -> str:
    """sha256, in hexadecimal, of `context`, the metadata but for CHECKSUM, and each tensor's name, type, shape and bytes."""
    texts = sorted((key, value) for key, value in metadata.items() if key != CHECKSUM)
    named = sorted(tensors.items())
    described = [(name, str(tensor.dtype), list(tensor.shape)) for name, tensor in named]
    sha256 = hashlib.sha256(json.dumps([context, texts, described]).encode())
    for _, tensor in named:
        sha256.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return sha256.hexdigest()


def first_not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    """The name of the first tensor that holds a NaN or an infinity."""
    return next((name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()), None)


def _model_json(config: TrainConfig) -> str:
    """The part of the configuration that says what the tensors mean; a file's checksum covers it too.

    A setting of a later version is left out where it has the value that stood for it before, so older checksums still hold.
    """
    values = dataclasses.asdict(config.model)
    return json.dumps({key: value for key, value in values.items() if ADDED.get(key, values) != value}, sort_keys=True)


def _read_tensors(file: Path, expected: Mapping[str, Tensor], context: str) -> dict[str, Tensor]:
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
    if CHECKSUM in metadata and metadata[CHECKSUM] != checksum(tensors, metadata, context):
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
