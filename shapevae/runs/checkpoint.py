"""The files of an unfinished run: claiming a folder, the last two checkpoints, each whole or not at all, the log of epochs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from shapevae.config import ConfigError, TrainConfig
from shapevae.errors import CheckpointError, RunError, on_stderr
from shapevae.files import CONFIG, EPOCHS, LOG, MODEL, write_whole
from shapevae.weights import CHECKSUM, checksum, first_not_finite, with_checksum

if TYPE_CHECKING:
    from shapevae.training import Training

KEPT = 2  # checkpoints on disk: the last one, and the one before in case the last is damaged


CALMER = "start over with --force and a lower learning_rate or muon_rate (--set)"


def claim(folder: Path, config: TrainConfig, *, resume: bool, force: bool) -> bool:
    """Make `folder` ready; True where a checkpoint is to be restored. Raises RunError where another run is in the way."""
    unfinished, finished = bool(checkpoints(folder)), (folder / MODEL).exists()
    if resume and unfinished:
        return True
    if finished and not unfinished and not force:
        raise RunError(f"{folder} holds a finished run: name another folder with --out, or write over it with --force")
    if unfinished and not force:
        raise RunError(f"{folder} holds an unfinished run: go on with --resume, or start over with --force")
    (folder / EPOCHS).mkdir(parents=True, exist_ok=True)
    for old in (*(folder / EPOCHS).glob("*.png"), *checkpoints(folder), folder / LOG):
        old.unlink(missing_ok=True)
    if not finished:
        write_whole(folder / CONFIG, config.to_json().encode())
    return False


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or damaged, the newest first."""
    found = [file for file in folder.glob("checkpoint-*.safetensors") if file.stem.removeprefix("checkpoint-").isdecimal()]
    return sorted(found, key=_epoch, reverse=True)


def log_epoch(folder: Path, values: dict[str, Any]) -> None:
    """Add a line to metrics.jsonl; lines of epochs that a killed run will repeat are dropped."""
    file = folder / LOG
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    write_whole(file, "".join(f"{line}\n" for line in [*lines[: values["epoch"] - 1], json.dumps(values)]).encode())


def save_checkpoint(folder: Path, training: Training) -> None:
    """Write everything that a bit-identical continuation needs, and drop all but the last two.

    Raises RunError, and keeps what is there, where a weight or an optimiser's average is not finite.
    """
    tensors = state_of(training)
    if wrong := first_not_finite(tensors):
        raise RunError(
            f"{wrong} is no longer finite at step {training.step}, the end of epoch {training.epoch} (seed "
            f"{training.config.seed}); {kept(training.epoch - 1)}: {CALMER}"
        )
    progress = {"epoch": training.epoch, "step": training.step, "seconds": training.seconds}
    metadata = {"config": training.config.to_json(), "progress": json.dumps(progress)}
    write_whole(folder / f"checkpoint-{training.epoch:03d}.safetensors", with_checksum(tensors, metadata))
    for old in checkpoints(folder):
        if _epoch(old) <= training.epoch - KEPT:
            old.unlink()


def kept(epoch: int) -> str:
    """Says which checkpoint there still is where the epoch after `epoch` failed."""
    return f"the checkpoint of epoch {epoch} is kept" if epoch else "there is no checkpoint yet"


def restore(folder: Path, training: Training, say: Callable[[str], None] = on_stderr) -> None:
    """Bring `training` to where the newest whole checkpoint was written, saying what is wrong with newer ones.

    Raises CheckpointError where none is whole or ours, RunError for one of another configuration.
    """
    file, tensors, metadata = _newest_whole(folder, say)
    try:
        config = TrainConfig.from_json(metadata["config"])
    except ConfigError as error:
        raise CheckpointError(f"{file} is of another version of shapevae ({error}): start over with --force") from None
    if config != training.config:
        raise RunError(f"{file} is of another configuration: give the same options, or start over with --force")
    try:
        load_state(tensors, training)
    except (RuntimeError, ValueError, KeyError):
        raise CheckpointError(f"{file} is of another version of shapevae: start over with --force") from None
    for name, value in json.loads(metadata["progress"]).items():
        setattr(training, name, value)


def state_of(training: Training) -> dict[str, Tensor]:
    """All that a bit-identical continuation needs, besides where it is, by name, on the CPU."""
    tensors = {f"model.{name}": tensor for name, tensor in training.model.state_dict().items()}
    for number, optimiser in enumerate(training.optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{index}.{key}": value for key, value in state.items()}
    tensors["generator"] = training.generator.get_state()
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def load_state(tensors: dict[str, Tensor], training: Training) -> None:
    """Bring `training` to what `state_of` gave."""
    training.model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    for number, optimiser in enumerate(training.optimisers):
        state: dict[int, dict[str, Tensor]] = {}
        for name in (name for name in tensors if name.startswith(f"optimiser.{number}.")):
            index, key = name.split(".")[2:]
            state.setdefault(int(index), {})[key] = tensors[name]
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    training.generator.set_state(tensors["generator"])


def remove(folder: Path) -> None:
    """The run is finished: its checkpoints are no longer needed."""
    for file in checkpoints(folder):
        file.unlink()


@contextlib.contextmanager
def explain_disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full disk or an unwritable folder into a RunError of one sentence."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"can't write {error.filename or folder}: {error.strerror or error}; mend that, then go on with --resume"
        ) from error


def _epoch(file: Path) -> int:
    return int(file.stem.removeprefix("checkpoint-"))


def _newest_whole(folder: Path, say: Callable[[str], None]) -> tuple[Path, dict[str, Tensor], dict[str, str]]:
    problems: list[str] = []
    for file in checkpoints(folder):
        try:
            tensors, metadata = _read(file)
        except CheckpointError as error:
            problems.append(str(error))
            continue
        for problem in problems:
            say(f"{problem}; going on from {file.name}")
        return file, tensors, metadata
    raise CheckpointError(f"{', and '.join(problems) or f'{folder} holds no checkpoint'}: start over with --force")


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(file, framework="pt") as stream:
            metadata = stream.metadata() or {}
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointError(f"{file} is damaged ({error})") from None
    except OSError as error:
        raise CheckpointError(f"{file} can't be read ({error.strerror or error})") from None
    if metadata.get(CHECKSUM) != checksum(tensors, metadata):
        raise CheckpointError(f"{file} is damaged (its checksum differs)")
    return tensors, metadata
