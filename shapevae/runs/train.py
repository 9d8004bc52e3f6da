"""Train in a folder: start or resume, run the epochs, write figures and weights."""

from __future__ import annotations

import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import torch
from tqdm import tqdm

from shapevae.config import TrainConfig
from shapevae.distributed import ONE_PROCESS, Processes
from shapevae.errors import on_stderr
from shapevae.evaluation import evaluate
from shapevae.files import EPOCHS, METRICS, as_json, write_whole
from shapevae.images.write import grid, to_png
from shapevae.losses import LossTerms
from shapevae.model import Autoencoder
from shapevae.runs import folder as files
from shapevae.runs.checkpoint import not_finite, restore, save_checkpoint
from shapevae.training import Training, start_training, train_epoch, training_images
from shapevae.weights import save_model

_TERMS = ("loss", "distortion", "penalty")


def train(
    config: TrainConfig,
    out: str | os.PathLike[str],
    *,
    device: str = "auto",
    resume: bool = False,
    force: bool = False,
    evaluate_images: int = 10_000,
    progress: bool = True,
    processes: Processes = ONE_PROCESS,
) -> Autoencoder:
    """Train a model and leave in `out`: config.json, model.safetensors, metrics.json, metrics.jsonl and epochs/NNN.png.

    A checkpoint is written after each epoch. With `resume` a stopped run goes on from the newest that is whole, on a CPU to the
    same weights bit for bit. With `force` another run in `out` is written over. Of several `processes` the main one writes; all
    must be able to read `out`.

    Raises RunError, which says what to do, where `out` holds another run, is being written by one or can't be written, and
    where the loss or a weight is no longer finite; such a weight is never written. Raises ValueError for a missing device.
    """
    out = Path(out)
    training = start_training(config, choose_device(device), processes)
    with files.disk_errors_explained(out), files.locked(out) if processes.is_main else nullcontext():
        if processes.broadcast(processes.is_main and files.claim(out, config, resume=resume, force=force)):
            restore(out, training)
        run_epochs(training, out, progress and processes.is_main)
        model = training.model.eval()
        if processes.is_main:
            finish(training, out, evaluate_images)
    return model


def run_epochs(training: Training, out: Path, progress: bool) -> None:
    """Train the epochs that are left; after each, the main process writes its line, picture and checkpoint."""
    config, device = training.config, training.model.device
    images = torch.empty(0)
    shown = progress and sys.stderr.isatty()
    hidden = {} if shown else {"disable": True}  # where it is shown, TQDM_DISABLE decides
    with tqdm(total=training.steps, initial=training.step, unit="step", **hidden) as bar:
        while training.epoch < config.epochs:
            if config.fresh_images or not len(images):
                images = torch.empty(0)  # frees the last epoch's before the next are drawn
                images = training_images(config, training.epoch, device)
            started, epoch = time.perf_counter(), EpochTerms(training)
            for terms in train_epoch(training, images):
                epoch.add(terms)
                bar.update()
                if training.step % 20 == 0 or training.step == training.steps:
                    epoch.check()
                    bar.set_postfix_str(f"epoch {training.epoch + 1}, nats per image: {epoch}")
            epoch.check()
            training.seconds += time.perf_counter() - started
            if progress and not shown:
                on_stderr(f"epoch {training.epoch} of {config.epochs}, nats per image: {epoch}")
            if training.processes.is_main:
                record_epoch(training, out, epoch.means())


class EpochTerms:
    """The loss terms of an epoch's steps so far. They stay on the device, which is waited for only where they are read."""

    def __init__(self, training: Training) -> None:
        self._training, self._start, self._count = training, training.step, 0
        self._rows = torch.empty(training.config.steps_per_epoch, len(_TERMS), device=training.model.device)

    def add(self, terms: LossTerms) -> None:
        """Note the terms of a step."""
        self._rows[self._count] = torch.stack([getattr(terms, name) for name in _TERMS]).detach()
        self._count += 1

    def means(self) -> dict[str, float]:
        """{"loss", "distortion", "penalty"}, nats per image."""
        return dict(zip(_TERMS, self._rows[: self._count].mean(0).tolist(), strict=True))

    def check(self) -> None:
        """Raises RunError where a loss was not finite, naming the first such batch: resuming leads to it again."""
        finite = self._rows[: self._count, 0].isfinite()
        if finite.all():
            return
        batch, config = int(finite.logical_not().nonzero()[0]) + 1, self._training.config
        done = self._start // config.steps_per_epoch
        raise not_finite("the loss", f"step {self._start + batch}, batch {batch} of epoch {done + 1}", done, config)

    def __str__(self) -> str:
        return ", ".join(f"{name} {mean:.2f}" for name, mean in self.means().items())


def record_epoch(training: Training, out: Path, means: dict[str, float]) -> None:
    """Write the line of the log, the picture of samples and the checkpoint of an epoch."""
    files.log_epoch(out, {"epoch": training.epoch, **means, "seconds": training.seconds})
    write_whole(out / EPOCHS / f"{training.epoch:03d}.png", to_png(grid(training.model.sample(25, seed=0))))
    save_checkpoint(out, training)


def finish(training: Training, out: Path, evaluate_images: int) -> None:
    """Evaluate the trained model, and write its figures and weights in place of the checkpoints."""
    result = evaluate(training.model, images=evaluate_images, train_seconds=training.seconds)
    write_whole(out / METRICS, as_json(result.to_dict()))
    save_model(training.model, training.config, out)
    files.remove_checkpoints(out)


def choose_device(name: str) -> torch.device:
    """The device called `name`; "auto" takes CUDA, then MPS, then the CPU. Raises ValueError where there is no such device."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if not available.get(name.partition(":")[0], False):
        raise ValueError(f"device {name!r} is not available here; use auto, or one of {[k for k, v in available.items() if v]}")
    return torch.device(name)
