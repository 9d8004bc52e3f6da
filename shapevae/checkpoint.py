"""The files of an unfinished run: claiming a folder, checkpoints written whole or not at all, the log of epochs."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from shapevae.config import TrainConfig
from shapevae.weights import CONFIG, MODEL, write_whole

if TYPE_CHECKING:
    from shapevae.train import Training

CHECKPOINT, LOG, EPOCHS = "checkpoint.safetensors", "metrics.jsonl", "epochs"


class RunError(RuntimeError):
    """A training that can't start or go on; the message says what to do, and nothing on disk was lost."""


def claim(folder: Path, config: TrainConfig, *, resume: bool, force: bool) -> bool:
    """Make `folder` ready; True where a checkpoint is to be restored. Raises RunError where another run is in the way."""
    checkpoint, finished = (folder / CHECKPOINT).exists(), (folder / MODEL).exists()
    if resume and checkpoint:
        return True
    if finished and not checkpoint and not force:
        raise RunError(f"{folder} holds a finished run: name another folder with --out, or write over it with --force")
    if checkpoint and not force:
        raise RunError(f"{folder} holds an unfinished run: go on with --resume, or start over with --force")
    (folder / EPOCHS).mkdir(parents=True, exist_ok=True)
    for old in (*(folder / EPOCHS).glob("*.png"), folder / CHECKPOINT, folder / LOG):
        old.unlink(missing_ok=True)
    if not finished:
        write_whole(folder / CONFIG, config.to_json().encode())
    return False


def log_epoch(folder: Path, values: dict[str, Any]) -> None:
    """Add a line to metrics.jsonl; lines of epochs that a killed run will repeat are dropped."""
    file = folder / LOG
    lines = file.read_text().splitlines()[: values["epoch"] - 1] if file.exists() else []
    write_whole(file, "".join(f"{line}\n" for line in [*lines, json.dumps(values)]).encode())


def save_checkpoint(folder: Path, training: Training) -> None:
    """Write everything that a bit-identical continuation needs."""
    tensors = {f"model.{name}": tensor for name, tensor in training.model.state_dict().items()}
    for number, optimiser in enumerate(training.optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{index}.{key}": value for key, value in state.items()}
    tensors["generator"] = training.generator.get_state()
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    progress = {"epoch": training.epoch, "step": training.step, "seconds": training.seconds}
    metadata = {"config": training.config.to_json(), "progress": json.dumps(progress), "sha256": _digest(tensors)}
    write_whole(folder / CHECKPOINT, save(tensors, metadata))


def restore(folder: Path, training: Training) -> None:
    """Bring `training` to where the checkpoint was written. Raises RunError for a damaged or a foreign one."""
    tensors, metadata = _read(folder / CHECKPOINT)
    if TrainConfig.from_json(metadata["config"]) != training.config:
        raise RunError(f"{folder / CHECKPOINT} is of another configuration: give the same options, or start over with --force")
    training.model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    for number, optimiser in enumerate(training.optimisers):
        state: dict[int, dict[str, Tensor]] = {}
        for name in (name for name in tensors if name.startswith(f"optimiser.{number}.")):
            index, key = name.split(".")[2:]
            state.setdefault(int(index), {})[key] = tensors[name]
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    training.generator.set_state(tensors["generator"])
    for name, value in json.loads(metadata["progress"]).items():
        setattr(training, name, value)


def remove(folder: Path) -> None:
    """The run is finished: its checkpoint is no longer needed."""
    (folder / CHECKPOINT).unlink(missing_ok=True)


@contextlib.contextmanager
def explain_disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full disk or an unwritable folder into a RunError of one sentence."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"can't write {error.filename or folder}: {error.strerror or error}; mend that, then go on with --resume"
        ) from error


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(file, framework="pt") as stream:
            metadata = stream.metadata() or {}
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise RunError(f"{file} is damaged ({error}): start over with --force") from None
    if metadata.get("sha256") != _digest(tensors):
        raise RunError(f"{file} is damaged (its checksum differs): start over with --force")
    return tensors, metadata


def _digest(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().tobytes())
    return digest.hexdigest()
