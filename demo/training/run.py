"""Two models in training side by side, step by step, on the same pictures."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

import torch
from torch import Tensor

from shapevae.config import TRAIN_SEEDS, TrainConfig
from shapevae.losses import LossTerms
from shapevae.shapes import draw_factors, render
from shapevae.training import Training, start_training, train_epoch

MAX_SECONDS = 300.0  # of computing in one run
TERMS = ("loss", "distortion", "penalty")

_STARTING = Lock()  # the first weights are from torch's one global generator, which others' must not use meanwhile
_BLOWN_UP = "The loss is no longer a number: this training has blown up."


class RenderedImages:
    """The training pictures, a batch rendered when it is asked for, once where both models ask for it in turn.

    So a run that waits holds 1 MB of factors, not 160 MB.
    """

    def __init__(self, config: TrainConfig) -> None:
        self._factors = draw_factors(config.images, TRAIN_SEEDS + config.seed, config.shapes)
        self.device, self._size = self._factors.kinds.device, config.shapes.image_size
        self._batch = torch.empty(0, dtype=torch.long)
        self._rendered = self._batch.float()

    def __len__(self) -> int:
        return len(self._factors)

    def __getitem__(self, batch: Tensor) -> Tensor:
        if not torch.equal(batch, self._batch):
            self._batch, self._rendered = batch, render(self._factors[batch], self._size)
        return self._rendered


@dataclass
class Side:
    """One of the two. sums: of its loss terms, in the order of TERMS, over `count` steps since they were last looked at.

    unit: the prior's standard deviation when it began, in which its plane is drawn. over: why it has ended, else empty.
    """

    training: Training
    steps: Iterator[LossTerms]
    unit: float
    sums: list[float] = field(default_factory=lambda: [0.0] * len(TERMS))
    count: int = 0
    over: str = ""

    @property
    def config(self) -> TrainConfig:
        return self.training.config


@dataclass
class Run:
    """Both trainings. plan: the configurations asked for. frames: how many were shown.

    seconds: of computing in training; looking: those that a frame takes.
    over, paused: why it has ended or waits, a sentence, else empty. stream: the number of the stream that trains it; whoever
    raises it ends that stream. lock: held during a step, and while the configurations change.
    """

    plan: tuple[TrainConfig, ...]
    sides: tuple[Side, ...]
    frames: int = 0
    seconds: float = 0.0
    looking: float = 0.0
    over: str = ""
    paused: str = ""
    stream: int = 0
    lock: Lock = field(default_factory=Lock)

    def __deepcopy__(self, memo: object) -> Run:
        return self  # Gradio copies a session's first value; a run is never that


def start(configs: Sequence[TrainConfig]) -> Run:
    """A run before its first step, of configurations that have the same pictures."""
    images = RenderedImages(configs[0])
    with _STARTING:
        return Run(tuple(configs), tuple(_start_side(config, images) for config in configs))


def _start_side(config: TrainConfig, images: RenderedImages) -> Side:
    training = start_training(config, "cpu")
    return Side(training, _steps(training, images), training.model.prior_std)


def _steps(training: Training, images: RenderedImages) -> Iterator[LossTerms]:
    """The terms of each step to the end."""
    while training.epoch < training.config.epochs:
        yield from train_epoch(training, cast(Tensor, images))  # which asks for its length, its device and batches of it


def advance(run: Run, seconds: float = 0.0) -> None:
    """Train both for about `seconds` of computing, a step each at least; sets run.over to a sentence at the end."""
    started, stream = time.thread_time(), run.stream
    while not run.over:
        with run.lock:
            step(run)
        passed = time.thread_time() - started
        if not run.over and run.seconds + passed > MAX_SECONDS:
            run.over = f"Stopped after {MAX_SECONDS:.0f} s, the most a visitor may train here."
        if passed >= seconds or run.stream != stream:
            break
    run.seconds += time.thread_time() - started
    if run.over:  # weights can still be taken away; what only more steps need would be most of the memory
        for side in run.sides:
            side.steps = iter(())
            side.training.optimisers.clear()


def step(run: Run) -> None:
    """One optimiser step of each that has not ended; sets run.over where both have."""
    for side in run.sides:
        if not side.over:
            _step(side)
    if all(side.over for side in run.sides):
        run.over = next((side.over for side in run.sides if side.over != "Done."), "Done.")


def _step(side: Side) -> None:
    terms = next(side.steps, None)
    if terms is None:
        side.over = "Done."
        return
    values = [float(getattr(terms, name).detach()) for name in TERMS]
    side.sums = [total + value for total, value in zip(side.sums, values, strict=True)]
    side.count += 1
    if not math.isfinite(values[0]):
        side.over = _BLOWN_UP
