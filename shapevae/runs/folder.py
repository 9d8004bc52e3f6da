"""A run's folder: locked by the process that writes to it, claimed for one configuration, with a line of its log an epoch."""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from shapevae.config import TrainConfig
from shapevae.errors import RunError, WeightsError, is_too_little_memory
from shapevae.files import CONFIG, EPOCHS, LOG, MODEL, PARTIAL, reason, write_whole
from shapevae.weights import load_config

LOCK = ".lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make `folder` and hold its lock; half-written files that a killed process left there are removed.

    The system releases the lock when the process ends, however it ends. Raises RunError where another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError(f"another training writes to {folder}: wait for its end, or name another folder with --out") from None
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOLCK, errno.ENOSYS):
            raise
        raise RunError(f"the file system of {folder} has no locks: name a folder on another one with --out") from None
    try:
        for partial in (*folder.glob(f".*{PARTIAL}"), *(folder / EPOCHS).glob(f".*{PARTIAL}")):
            partial.unlink(missing_ok=True)
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows can't delete an open file: there releasing the lock deletes it
            (folder / LOCK).unlink()
        lock.release()


@contextlib.contextmanager
def disk_errors_explained(folder: Path) -> Iterator[None]:
    """Raise RunError, one sentence, in place of an OSError such as a full disk's, except where memory ran out."""
    try:
        yield
    except OSError as error:
        if is_too_little_memory(error):
            raise
        then = "go on with --resume" if checkpoints(folder) else "start again"
        raise RunError(f"can't write {error.filename or folder}: {reason(error)}; mend that, then {then}") from error


def claim(folder: Path, config: TrainConfig, *, resume: bool, force: bool) -> bool:
    """Prepare `folder` for a run; True where it is to go on from a checkpoint. Raises RunError where another run is there."""
    unfinished, finished = bool(checkpoints(folder)), (folder / MODEL).exists()
    if resume and unfinished:
        return True
    kept = ""
    if finished and not unfinished and not force:
        with contextlib.suppress(WeightsError):
            kept = differences(load_config(folder), config)
        raise RunError(f"{folder} holds a finished run{kept}: name another folder with --out, or write over it with --force")
    if unfinished and not force:
        raise RunError(f"{folder} holds an unfinished run: go on with --resume, or start over with --force")
    (folder / EPOCHS).mkdir(parents=True, exist_ok=True)
    remove_checkpoints(folder)
    for old in (*(folder / EPOCHS).glob("*.png"), folder / LOG):
        old.unlink(missing_ok=True)
    if not finished:  # else the old model keeps its own configuration until the new one takes its place
        write_whole(folder / CONFIG, config.to_json().encode())
    return False


def differences(kept: TrainConfig, wanted: TrainConfig) -> str:
    """The settings that differ, such as " with epochs 20, not 30"; empty where none does."""
    ours, theirs = ({**asdict(config), **asdict(config.model), **asdict(config.shapes)} for config in (kept, wanted))
    single = [name for name, value in ours.items() if not isinstance(value, dict)]  # not the parts as a whole
    changed = [f"{name} {ours[name]}, not {theirs[name]}" for name in single if ours[name] != theirs[name]]
    return f" with {'; '.join(changed)}" if changed else ""


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or damaged, the newest first."""
    found = [file for file in folder.glob("checkpoint-*.safetensors") if file.stem.removeprefix("checkpoint-").isdecimal()]
    return sorted(found, key=epoch_of, reverse=True)


def epoch_of(checkpoint: Path) -> int:
    """How many epochs were done when a checkpoint was written, by its name."""
    return int(checkpoint.stem.removeprefix("checkpoint-"))


def remove_checkpoints(folder: Path) -> None:
    """Delete all checkpoints of a run that is finished, or that starts over."""
    for file in checkpoints(folder):
        file.unlink()


def log_epoch(folder: Path, values: dict[str, Any]) -> None:
    """Add a line to metrics.jsonl, in place of those that a killed run left of this epoch and of later ones."""
    file = folder / LOG
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    write_whole(file, "".join(f"{line}\n" for line in [*lines[: values["epoch"] - 1], json.dumps(values)]).encode())
