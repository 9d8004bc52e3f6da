"""Training in the page: recipes, runs that can be paused at any step, and what is shown of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor

from demo.checks import InputError, choice, number, whole
from demo.views import NAMES
from shapevae.config import MAX_SEED, PRESETS, TEST_SEED, TRAIN_SEEDS, ConfigError, TrainConfig
from shapevae.images import grid, to_png
from shapevae.information import BITS, rate_terms
from shapevae.losses import squared_error
from shapevae.shapes import draw_factors, draw_shapes, render
from shapevae.train import Terms, Training, sample_grid, start_training, train_epoch

MAX_EPOCHS, MAX_LATENT, MAX_PICTURES = 50, 20, 10_000
MAX_SECONDS = 300.0  # of one run's own training time
FRAME_SECONDS = 0.2  # between two pictures of a run; Stop and a closed page end it as soon
KERNELS = ("imq", "rbf")

_TESTED = 200
_TURN = threading.Lock()  # at most one training at a time


def recipe(
    model: object, latent_dim: object, epochs: object, seed: object, pictures: object, pixel_variance: object,
    prior_variance: object, mmd_weight: object, kernel: object,
) -> TrainConfig:  # fmt: skip
    """The configuration a visitor asks for: the report's preset of that model with these values. Raises InputError."""
    name = choice(model, "The model", list(NAMES))
    base = PRESETS[f"report-{name}"]
    pixel_variance = number(pixel_variance, "The pixel variance", 0.001, 10_000)
    changes: dict[str, object] = {
        "name": "custom",
        "latent_dim": whole(latent_dim, "The latent size", 1, MAX_LATENT),
        "epochs": whole(epochs, "The number of epochs", 1, MAX_EPOCHS),
        "seed": whole(seed, "The seed", 0, MAX_SEED),
        "images": whole(pictures, "The number of pictures", 500, MAX_PICTURES),
        "pixel_variance": pixel_variance,
        "pixel_variance_start": max(base.pixel_variance_start or pixel_variance, pixel_variance),
        "mmd_weight": number(mmd_weight, "λ", -1e6, 1e6),
        "kernel": choice(kernel, "The kernel", KERNELS),
    }
    prior_variance = number(prior_variance, "v", 0.01, 1000)
    if name == "mmd":
        changes["prior_variance"] = prior_variance
    try:
        return base.replace(**changes)
    except ConfigError as error:
        raise InputError(f"{error}.") from None


@dataclass
class Run:
    """A training on its way, and what has been seen of it.

    steps, losses, distortions, penalties: one entry a step, nats per image. epochs: the sample grid after each, PNG.
    rate: bits per image, None where it is not finite; error: squared error per image; both on the same test pictures.
    """

    config: TrainConfig
    training: Training
    batches: Iterator[Terms]
    losses: list[float] = field(default_factory=list)
    distortions: list[float] = field(default_factory=list)
    penalties: list[float] = field(default_factory=list)
    epochs: list[bytes] = field(default_factory=list)
    samples: Tensor = field(default_factory=lambda: torch.zeros(25, 1, 64, 64))
    rate: float | None = None
    error: float = float("nan")
    over: str = ""
    paused: bool = False
    turn: int = 0  # raised by whoever ends the stream that is on

    def __deepcopy__(self, memo: object) -> Run:
        return self  # Gradio copies a session's first value; a run is never that


def start(config: TrainConfig) -> Run:
    """A run at its beginning."""
    training = start_training(config)
    run = Run(config, training, iter(()))
    run.batches = _batches(run)
    look(run)
    return run


class DrawnOnDemand:
    """The training pictures, each batch drawn when it is asked for: a run left alone holds 1 MB of them, not 160."""

    device = torch.device("cpu")

    def __init__(self, config: TrainConfig) -> None:
        self._factors = draw_factors(config.images, TRAIN_SEEDS + config.seed, config.shapes)
        self._size = config.shapes.image_size

    def __len__(self) -> int:
        return len(self._factors)

    def __getitem__(self, batch: Tensor) -> Tensor:
        return render(self._factors[batch], self._size)


def _batches(run: Run) -> Iterator[Terms]:
    images = cast(Tensor, DrawnOnDemand(run.config))  # as far as train_epoch asks
    while run.training.epoch < run.config.epochs:
        yield from train_epoch(run.training, images)
        run.epochs.append(to_png(grid(sample_grid(run.training.model))))


def advance(run: Run, seconds: float = 0.0) -> None:
    """Train for about `seconds`, at least one step; sets run.over to a sentence where that was the last."""
    started, turn = time.perf_counter(), run.turn
    while not run.over:
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
    x = draw_shapes(_TESTED, TEST_SEED, run.config.shapes).images
    code = model.encode(x)
    v = run.config.model.prior_variance
    run.samples = sample_grid(model).nan_to_num()
    run.error = float(squared_error(x, model.decode(code.mean)).mean())
    run.rate = float(rate_terms(code.mean, code.std, v).sum(1).mean()) * BITS if bool((code.std > 0).all()) else None


def stream(run: Run) -> Iterator[str]:
    """Train to the end, a word every FRAME_SECONDS: "" while training, a sentence while waiting for one's turn.

    It ends, at that very step, when it is closed, when the run is paused and when another stream of the run begins; the run can
    be taken up again.
    """
    run.turn, run.paused = run.turn + 1, False
    mine = run.turn
    while not _TURN.acquire(timeout=FRAME_SECONDS):
        if run.turn != mine:
            return
        yield "Somebody else is training just now. Yours starts when that ends."
    try:
        while not run.over and run.turn == mine:
            advance(run, FRAME_SECONDS)
            yield ""
    finally:
        _TURN.release()


def halt(run: Run, paused: bool = False, over: str = "") -> None:
    """End the stream that is on, to be taken up again or, with a word in `over`, for good."""
    run.paused, run.over = paused, run.over or over
    run.turn += 1


def one_step(run: Run) -> None:
    """A single optimiser step, after ending the stream that is on. Raises InputError where somebody else is training."""
    halt(run)
    if not _TURN.acquire(timeout=2):
        raise InputError("Somebody else is training just now: try again in a moment.")
    try:
        advance(run)
    finally:
        _TURN.release()
