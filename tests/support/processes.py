"""Trainings in processes of their own that are killed, from outside or by themselves at an operation on the disk."""

import io
import itertools
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
import torch._dynamo  # the optimisers import it at their first step: a second, saved for each process
from PIL import Image
from tqdm import tqdm

from shapevae import cli
from shapevae.config import TrainConfig
from shapevae.files import MODEL
from shapevae.optimiser import Muon
from shapevae.runs.train import train

# One prepared process, which has imported torch and started no thread, is forked for each training.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.support.processes"])
Image.init()


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Call a function of this package's tests in a process of its own."""
    process = CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def end(process: BaseProcess) -> int:
    """Wait for it; its exit code, negative where a signal ended it."""
    process.join(120)
    assert process.exitcode is not None, "still running"
    return process.exitcode


def train_on(config: TrainConfig, folder: Path, threads: int = 1) -> None:
    """Begin a run in `folder`, or go on with it."""
    prepare(threads)
    train(config, folder, device="cpu", resume=True, evaluate_images=16, progress=False)


def prepare(threads: int = 1) -> None:
    """Set the number of threads, and keep tqdm from making a semaphore, which a killed process would leave behind."""
    torch.set_num_threads(threads)
    tqdm.set_lock(threading.RLock())


def weights_of(config: TrainConfig, folder: Path, threads: int = 1) -> bytes:
    """The bytes of model.safetensors after a training in a process of its own that nothing hinders."""
    assert end(start(train_on, config, folder, threads)) == 0
    return (folder / MODEL).read_bytes()


def command(arguments: Sequence[str], words: Path, failures: Mapping[int, Callable[[], object]] = {}) -> None:
    """`shapevae` with its stderr added to a file; `failures` by rank prepare how a process will fail."""
    with words.open("a") as stream:
        os.dup2(stream.fileno(), 2)
    prepare()
    if fail := failures.get(int(os.environ.get("RANK", 0))):
        fail()
    sys.argv = ["shapevae", *arguments]
    cli.main()


def in_step(number: int, act: Callable[[], object]) -> None:
    """From now on: `act` before that step, counted from 1, of Muon."""
    step, steps = Muon.step, itertools.count(1)

    def act_and_step(self: Muon, closure: None = None) -> None:
        if next(steps) == number:
            act()
        step(self, closure)

    Muon.step = act_and_step  # type: ignore[method-assign]


def terminate(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def terminate_in_a_step() -> None:
    """SIGTERM in the second epoch's first step, of two an epoch."""
    in_step(3, terminate)


def train_and_die(config: TrainConfig, folder: Path, operation: int) -> None:
    """Train until the process kills itself at that operation on the disk, counted from 0."""
    left = iter(range(operation, -1, -1))

    def tick(what: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    Disk(tick).watch()
    train_on(config, folder)


def train_and_list(config: TrainConfig, folder: Path, names: Path) -> None:
    """Train to the end and write the names of all operations on the disk to a file, a line each."""
    seen: list[str] = []
    Disk(seen.append).watch()
    train_on(config, folder)
    names.write_text("\n".join(seen))


class Disk:
    """Says what is about to happen to a file, or has just happened, such as "half of .config.json.x.partial"."""

    def __init__(self, tick: Callable[[str], None]) -> None:
        self.tick, self.mkstemp, self.fdopen, self.file = tick, tempfile.mkstemp, os.fdopen, ""

    def watch(self) -> None:
        """From now on: in the middle of each write, and before and after each flush, renaming and removal."""
        tempfile.mkstemp, os.fdopen, os.fsync = self.create, self.open, self.around(os.fsync)  # type: ignore[assignment]
        Path.replace, Path.unlink = self.around(Path.replace), self.around(Path.unlink)  # type: ignore[method-assign]

    def create(self, **options: Any) -> tuple[int, str]:
        handle, self.file = self.mkstemp(**options)
        return handle, self.file

    def open(self, handle: int, mode: str) -> Any:
        if mode != "wb":
            return self.fdopen(handle, mode, buffering=0)
        stream = HalfWriter(handle, mode)
        stream.pause = lambda: self.tick(f"half of {Path(self.file).name}")
        return stream

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def ticking(what: Path | int, *arguments: Any, **options: Any) -> Any:
            name = f"{call.__name__} of {what.name if isinstance(what, Path) else Path(self.file).name}"
            self.tick(f"before {name}")
            result = call(what, *arguments, **options)
            self.tick(f"after {name}")
            return result

        return ticking


class HalfWriter(io.FileIO):
    """A file whose writes stop half-way for a moment."""

    pause: Callable[[], None]

    def write(self, content: bytes) -> int:
        half = super().write(content[: len(content) // 2])
        self.pause()
        return half + super().write(content[half:])
