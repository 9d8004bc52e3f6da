"""A run of training in the page: it trains for as long as asked, and keeps what was seen of it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor

from shapevae.config import TEST_SEED, TRAIN_SEEDS, TrainConfig
from shapevae.images.write import grid, to_png
from shapevae.information import BITS, rate_terms
from shapevae.losses import LossTerms, squared_error
from shapevae.runs.train import sample_grid
from shapevae.shapes import draw_factors, draw_shapes, render
from shapevae.training import Training, start_training, train_epoch

MAX_SECONDS = 300.0  # of one run's own training time

_TESTED = 200  # test pictures that rate and error are measured on


class RenderedImages:
    """The training pictures, each batch rendered when it is indexed: a run that waits holds 1 MB of factors, not 160 MB."""

    device = torch.device("cpu")

    def __init__(self, config: TrainConfig) -> None:
        self._factors = draw_factors(config.images, TRAIN_SEEDS + config.seed, config.shapes)
        self._count, self._size = config.images, config.shapes.image_size

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, batch: Tensor) -> Tensor:
        return render(self._factors[batch], self._size)


@dataclass
class Run:
    """A training on its way, and what has been seen of it.

    losses, distortions, penalties: one entry a step, nats per image. epochs: the sample grid after each, PNG.
    samples: the present ones, (25, 1, H, W). rate: bits per image, None where it is not finite. error: squared error per
    image. over, paused: why it has ended or waits, a sentence, else empty. stream: the number of the stream that trains it;
    whoever raises it ends that stream.
    """

    config: TrainConfig
    training: Training
    steps: Iterator[LossTerms]
    losses: list[float] = field(default_factory=list)
    distortions: list[float] = field(default_factory=list)
    penalties: list[float] = field(default_factory=list)
    epochs: list[bytes] = field(default_factory=list)
    samples: Tensor = field(default_factory=lambda: torch.zeros(25, 1, 64, 64))
    rate: float | None = None
    error: float = float("nan")
    over: str = ""
    paused: str = ""
    stream: int = 0

    def __deepcopy__(self, memo: object) -> Run:
        return self  # Gradio copies a session's first value; a run is never that


def start(config: TrainConfig) -> Run:
    """A run before its first step."""
    training, epochs = start_training(config, "cpu"), list[bytes]()
    run = Run(config, training, _steps(training, epochs), epochs=epochs)
    measure(run)
    return run


def _steps(training: Training, epochs: list[bytes]) -> Iterator[LossTerms]:
    """The terms of each step to the end; adds the sample grid of each finished epoch to `epochs`."""
    images = RenderedImages(training.config)
    while training.epoch < training.config.epochs:
        yield from train_epoch(training, cast(Tensor, images))  # which asks for its length, its device and batches of it
        epochs.append(to_png(grid(sample_grid(training.model))))


def advance(run: Run, seconds: float = 0.0) -> None:
    """Train for about `seconds`, at least one step; sets run.over to a sentence where that was the last."""
    started, stream = time.perf_counter(), run.stream
    while not run.over:
        _step(run)
        passed = time.perf_counter() - started
        if not run.over and run.training.seconds + passed > MAX_SECONDS:
            run.over = f"Stopped after {MAX_SECONDS:.0f} s, the most a visitor may train here."
        if passed >= seconds or run.stream != stream:
            break
    run.training.seconds += time.perf_counter() - started
    if run.over:  # its weights can still be taken away; what only more steps need would be most of its memory
        run.steps = iter(())
        run.training.optimisers.clear()
    measure(run)


def _step(run: Run) -> None:
    """One optimiser step; sets run.over where there is none left, or the loss is not finite."""
    terms = next(run.steps, None)
    if terms is None:
        run.over = "Done."
        return
    loss, distortion, penalty = (float(term.detach()) for term in (terms.loss, terms.distortion, terms.penalty))
    run.losses.append(loss)
    run.distortions.append(distortion)
    run.penalties.append(penalty)
    if not math.isfinite(loss):
        run.over = "The loss is no longer a number: this training has blown up."


@torch.no_grad()
def measure(run: Run) -> None:
    """Bring samples, rate and error up to date."""
    model = run.training.model
    x = draw_shapes(_TESTED, TEST_SEED, run.config.shapes).images
    code = model.encode(x)
    v = run.config.model.prior_variance
    run.samples = sample_grid(model).nan_to_num()
    run.error = float(squared_error(x, model.decode(code.rsample(torch.Generator().manual_seed(TEST_SEED)))).mean())
    run.rate = float(rate_terms(code.mean, code.std, v).sum(1).mean()) * BITS if bool((code.std > 0).all()) else None
