"""Checkpoints: all that a bit-identical continuation of a training needs, in one checksummed file an epoch."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from shapevae.config import ConfigError, TrainConfig
from shapevae.errors import CheckpointError, RunError, on_stderr
from shapevae.files import reason, write_whole
from shapevae.runs.folder import checkpoints, differences, epoch_of
from shapevae.training import Training
from shapevae.weights import CHECKSUM, checksum, first_not_finite, with_checksum

KEPT = 2  # checkpoints on disk: the newest, and the one before in case the newest is damaged

_PROGRESS = ("epoch", "step", "seconds")


def save_checkpoint(folder: Path, training: Training) -> None:
    """Write a checkpoint of `training` and delete all but the newest two.

    Raises RunError, and changes nothing, where a weight or an optimiser's average is not finite.
    """
    tensors = state_of(training)
    if wrong := first_not_finite(tensors):
        epoch = training.epoch
        raise not_finite(wrong, f"step {training.step}, the end of epoch {epoch}", epoch - 1, training.config)
    progress = {name: getattr(training, name) for name in _PROGRESS}
    metadata = {"config": training.config.to_json(), "progress": json.dumps(progress)}
    write_whole(folder / f"checkpoint-{training.epoch:03d}.safetensors", with_checksum(tensors, metadata))
    for old in checkpoints(folder):
        if epoch_of(old) <= training.epoch - KEPT:
            old.unlink()


def not_finite(what: str, where: str, last_checkpoint: int, config: TrainConfig) -> RunError:
    """The error of a training that diverged; last_checkpoint is the epoch of the one before that, 0 for none."""
    left = f"the checkpoint of epoch {last_checkpoint} is kept" if last_checkpoint else "there is no checkpoint yet"
    return RunError(
        f"{what} is no longer finite at {where} (seed {config.seed}); {left}: "
        "start over with --force and a lower learning_rate or muon_rate (--set)"
    )


def restore(folder: Path, training: Training) -> None:
    """Bring `training` to where the newest whole checkpoint was written; the main process prints which newer ones are damaged.

    Raises CheckpointError where none is whole, or the newest whole one is of another version of this package; RunError where
    it is of another configuration or, as its random numbers are, of another kind of device.
    """
    file, tensors, metadata = _newest_whole(folder, quiet=not training.processes.is_main)
    try:
        config = TrainConfig.from_json(metadata["config"])
    except ConfigError as error:
        raise CheckpointError(f"{file} is of another version of shapevae ({error}): start over with --force") from None
    if config != training.config:
        other = differences(config, training.config)
        raise RunError(f"{file} is of another configuration,{other}: give the same options, or start over with --force")
    if tensors["generator"].shape != training.generator.get_state().shape:
        raise RunError(f"{file} was written on another kind of device: resume there (--device), or start over with --force")
    try:
        load_state(tensors, training)
    except (RuntimeError, ValueError, KeyError):
        raise CheckpointError(f"{file} is of another version of shapevae: start over with --force") from None
    for name, value in json.loads(metadata["progress"]).items():
        setattr(training, name, value)


def state_of(training: Training) -> dict[str, Tensor]:
    """The tensors of a training by name, on the CPU: weights, the optimisers' averages, the generator's state."""
    tensors = {f"model.{name}": tensor for name, tensor in training.model.state_dict().items()}
    for number, optimiser in enumerate(training.optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{index}.{key}": value for key, value in state.items()}
    tensors["generator"] = training.generator.get_state()
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def load_state(tensors: dict[str, Tensor], training: Training) -> None:
    """Bring `training` to what `state_of` returned. On a CPU its optimisers keep these very tensors."""
    training.model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    for number, optimiser in enumerate(training.optimisers):
        state: dict[int, dict[str, Tensor]] = {}
        for name in (name for name in tensors if name.startswith(f"optimiser.{number}.")):
            index, key = name.split(".")[2:]
            state.setdefault(int(index), {})[key] = tensors[name]
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    training.generator.set_state(tensors["generator"])


def _newest_whole(folder: Path, quiet: bool) -> tuple[Path, dict[str, Tensor], dict[str, str]]:
    problems: list[str] = []
    for file in checkpoints(folder):
        try:
            tensors, metadata = _read(file)
        except CheckpointError as error:
            problems.append(str(error))
            continue
        for problem in problems if not quiet else ():
            on_stderr(f"{problem}; going on from {file.name}")
        return file, tensors, metadata
    raise CheckpointError(f"{', and '.join(problems) or f'{folder} holds no checkpoint'}: start over with --force")


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a checkpoint. Raises CheckpointError where its checksum differs or it can't be read."""
    try:
        with safe_open(file, framework="pt") as stream:
            metadata = stream.metadata() or {}
            # safetensors maps the file into memory: copies, because Windows deletes no file that is mapped.
            tensors = {name: stream.get_tensor(name).clone() for name in stream.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointError(f"{file} is damaged ({error})") from None
    except OSError as error:
        raise CheckpointError(f"{file} can't be read ({reason(error)})") from None
    if metadata.get(CHECKSUM) != checksum(tensors, metadata):
        raise CheckpointError(f"{file} is damaged (its checksum differs)")
    return tensors, metadata
