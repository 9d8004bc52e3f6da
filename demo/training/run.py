"""A run of training in the page: steps for as long as one likes, and what has been seen of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor

from demo.training.priority import give_way
from shapevae.config import TEST_SEED, TRAIN_SEEDS, TrainConfig
from shapevae.images.write import grid, to_png
from shapevae.information import BITS, rate_terms
from shapevae.losses import LossTerms, squared_error
from shapevae.runs.train import sample_grid
from shapevae.shapes import draw_factors, draw_shapes, render
from shapevae.training import Training, start_training, train_epoch

MAX_SECONDS = 300.0  # of one run's own training time

_TESTED = 200


class DrawnOnDemand:
    """The training pictures, each batch drawn when it is asked for: a run left alone holds 1 MB of them, not 160.

    left: which of them this epoch still has to see; all, unless it was begun elsewhere.
    """

    def __init__(self, config: TrainConfig, device: torch.device | str = "cpu", left: Tensor | None = None) -> None:
        self.device = torch.device(device)
        self.left = torch.arange(config.images) if left is None else left
        self._factors = draw_factors(config.images, TRAIN_SEEDS + config.seed, config.shapes)[self.left].to(self.device)
        self._size = config.shapes.image_size
        self._seen = torch.zeros(len(self.left), dtype=torch.bool)

    def __len__(self) -> int:
        return len(self.left)

    def __getitem__(self, batch: Tensor) -> Tensor:
        self._seen[batch.cpu()] = True
        return render(self._factors[batch], self._size)

    def unseen(self) -> Tensor:
        return self.left[~self._seen]


@dataclass
class Run:
    """A training on its way, and what has been seen of it.

    steps, losses, distortions, penalties: one entry a step, nats per image. epochs: the sample grid after each, PNG.
    rate: bits per image, None where it is not finite; error: squared error per image; both on the same test pictures.
    """

    config: TrainConfig
    training: Training
    pictures: DrawnOnDemand
    batches: Iterator[LossTerms] = field(default_factory=lambda: iter(()))
    losses: list[float] = field(default_factory=list)
    distortions: list[float] = field(default_factory=list)
    penalties: list[float] = field(default_factory=list)
    epochs: list[bytes] = field(default_factory=list)
    samples: Tensor = field(default_factory=lambda: torch.zeros(25, 1, 64, 64))
    rate: float | None = None
    error: float = float("nan")
    over: str = ""
    paused: str = ""
    turn: int = 0  # raised by whoever ends the stream that is on
    away: Any = None  # where it is trained by another process: what that one goes on from

    def __deepcopy__(self, memo: object) -> Run:
        return self  # Gradio copies a session's first value; a run is never that


def start(config: TrainConfig, device: torch.device | str = "cpu") -> Run:
    """A run at its beginning."""
    run = Run(config, start_training(config, device), DrawnOnDemand(config, device))
    run.batches = _batches(run)
    look(run)
    return run


def _batches(run: Run) -> Iterator[LossTerms]:
    while run.training.epoch < run.config.epochs:
        yield from train_epoch(run.training, cast(Tensor, run.pictures))  # a Tensor as far as train_epoch asks
        run.pictures = DrawnOnDemand(run.config, run.pictures.device)
        run.epochs.append(to_png(grid(sample_grid(run.training.model).cpu())))


def advance(run: Run, seconds: float = 0.0) -> None:
    """Train for about `seconds`, at least one step; sets run.over to a sentence where that was the last.

    Other visitors' answers come first, unless it is for this step alone that somebody waits.
    """
    started, turn = time.perf_counter(), run.turn
    while not run.over:
        if seconds:
            give_way()
        terms = next(run.batches, None)
        if terms is None:
            run.over = "Done."
            break
        values = [float(term.detach()) for term in (terms.loss, terms.distortion, terms.penalty)]
        for series, value in zip((run.losses, run.distortions, run.penalties), values, strict=True):
            series.append(value)
        passed = time.perf_counter() - started
        if not torch.isfinite(torch.tensor(values[0])):
            run.over = "The loss is no longer a number: this training has blown up."
        elif run.training.seconds + passed > MAX_SECONDS:
            run.over = f"Stopped after {MAX_SECONDS:.0f} s, the most a visitor may train here."
        if passed >= seconds or run.turn != turn:
            break
    run.training.seconds += time.perf_counter() - started
    if run.over:  # its weights can still be taken away; what only more steps need would be most of its memory
        run.batches = iter(())
        run.training.optimisers.clear()
    look(run)


@torch.no_grad()
def look(run: Run) -> None:
    """Bring samples, rate and error up to date."""
    model = run.training.model
    x = draw_shapes(_TESTED, TEST_SEED, run.config.shapes, device=model.device).images
    code = model.encode(x)
    v = run.config.model.prior_variance
    run.samples = sample_grid(model).nan_to_num().cpu()
    run.error = float(squared_error(x, model.decode(code.mean)).mean())
    run.rate = float(rate_terms(code.mean, code.std, v).sum(1).mean()) * BITS if bool((code.std > 0).all()) else None
