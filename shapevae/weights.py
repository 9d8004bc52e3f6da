"""Save and load a model: a folder with config.json and model.safetensors, checked before anything is used."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from shapevae.config import ConfigError, TrainConfig
from shapevae.model import Autoencoder

CONFIG, MODEL, METRICS = "config.json", "model.safetensors", "metrics.json"
MAX_BYTES = 64 * 2**20  # far above any model of ours: a larger file is not one


class WeightsError(RuntimeError):
    """Weights that can't be used; the message names the file and what is wrong with it."""


def save_model(model: Autoencoder, config: TrainConfig, folder: str | os.PathLike[str]) -> None:
    """Write config.json and model.safetensors (float32) into `folder`, each whole or not at all."""
    folder = Path(folder)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    write_whole(folder / MODEL, save(tensors, metadata={"format": "pt"}))
    write_whole(folder / CONFIG, config.to_json().encode())


def load_model(path: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> Autoencoder:
    """The model in a folder, in eval mode.

    Raises WeightsError, naming the file, where one is missing, unreadable, foreign or of another shape, or holds a value that
    is not finite. No code in the files is ever run.
    """
    folder = Path(path)
    config = load_config(folder)
    model = Autoencoder(config.model)
    tensors = _read_tensors(folder / MODEL, dict(model.state_dict()))
    model.load_state_dict(tensors)
    return model.to(device).eval()


def load_config(path: str | os.PathLike[str]) -> TrainConfig:
    """The configuration in a folder. Raises WeightsError where config.json is missing or not ours."""
    file = Path(path) / CONFIG
    try:
        return TrainConfig.from_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsError(f"{file}: {_reason(error)}; name a folder that `shapevae train` wrote") from None
    except (ConfigError, UnicodeDecodeError) as error:
        raise WeightsError(f"{file}: {error}") from None


def write_whole(file: Path, content: bytes) -> None:
    """Write through a temporary file in the same folder, flushed and renamed: readers see the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read_tensors(file: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise WeightsError(f"{file}: larger than {MAX_BYTES // 2**20} MiB, so not a model of this package")
        with safe_open(file, framework="pt") as stream:
            _check_shapes(file, stream, expected)
            tensors = {name: stream.get_tensor(name) for name in expected}
    except OSError as error:
        raise WeightsError(f"{file}: {_reason(error)}") from None
    except SafetensorError as error:
        raise WeightsError(f"{file}: not a whole safetensors file ({error})") from None
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{file}: {name} holds values that are not finite")
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


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
