"""Training in the page: recipes, runs that can be paused at any step, and what is shown of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from demo.checks import InputError, choice, number, whole
from demo.views import NAMES
from shapevae.config import MAX_SEED, PRESETS, TEST_SEED, ConfigError, TrainConfig
from shapevae.images import grid, to_png
from shapevae.information import BITS, rate_terms
from shapevae.losses import squared_error
from shapevae.shapes import draw_shapes
from shapevae.train import Terms, Training, sample_grid, start_training, train_epoch, training_images

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

    def __deepcopy__(self, memo: object) -> Run:
        return self  # Gradio copies a session's first value; a run is never that


def start(config: TrainConfig) -> Run:
    """A run at its beginning."""
    training = start_training(config)
    run = Run(config, training, iter(()))
    run.batches = _batches(run)
    look(run)
    return run


def _batches(run: Run) -> Iterator[Terms]:
    images = training_images(run.config, 0)
    while run.training.epoch < run.config.epochs:
        yield from train_epoch(run.training, images)
        run.epochs.append(to_png(grid(sample_grid(run.training.model))))


def advance(run: Run, seconds: float = 0.0) -> None:
    """Train for about `seconds`, at least one step; sets run.over to a sentence where that was the last."""
    started = time.perf_counter()
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
        if passed >= seconds:
            break
    run.training.seconds += time.perf_counter() - started
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

    Closing the generator ends the training at that step; the run can be taken up again.
    """
    while not _TURN.acquire(timeout=FRAME_SECONDS):
        yield "Somebody else is training just now. Yours starts when that ends."
    try:
        while not run.over:
            advance(run, FRAME_SECONDS)
            yield ""
    finally:
        _TURN.release()


def one_step(run: Run) -> None:
    """A single optimiser step. Raises InputError where somebody else is training."""
    if not _TURN.acquire(timeout=2):
        raise InputError("Somebody else is training just now: try again in a moment.")
    try:
        advance(run)
    finally:
        _TURN.release()


@dataclass(frozen=True)
class Exhibit:
    """An instructive failure: what it changes, and what to look at."""

    title: str
    look_at: str
    changes: dict[str, object]


EXHIBITS = (
    Exhibit(
        "λ = 0",
        "Nothing keeps the codes Gaussian. Reconstruction learns as ever; random codes miss the places the decoder knows.",
        {"model": "mmd", "mmd_weight": 0},
    ),
    Exhibit(
        "λ < 0",
        "The codes are rewarded for leaving the prior: the loss goes down, the samples go to pieces.",
        {"model": "mmd", "mmd_weight": -3000},
    ),
    Exhibit(
        "Huge pixel variance",
        "Errors cost next to nothing, so the VAE sends no bits at all: posterior collapse, one grey blur for every picture.",
        {"model": "vae", "pixel_variance": 500},
    ),
    Exhibit(
        "Bandwidth d² at d = 20",
        "A kernel this wide sees no difference in scale: MMD is near 0 though the codes are not the prior.",
        {"model": "mmd", "latent_dim": 20, "kernel": "rbf"},
    ),
    Exhibit("One epoch", "How far one look at every picture gets.", {"model": "vae", "epochs": 1}),
)
