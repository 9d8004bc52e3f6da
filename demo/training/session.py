"""Training in the page: what a visitor may ask for, and whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

from demo.training import zerogpu as zero
from demo.training.run import Run
from demo.views.checks import KERNELS, REAL, WHOLE, InputError, choice, number, whole
from demo.views.results import NAMES
from shapevae.config import PRESETS, ConfigError, TrainConfig

FRAME_SECONDS = 0.2  # between two pictures of a run; Stop and a closed page end it as soon

_TURN = threading.Lock()  # at most one training at a time


def recipe(
    model: object, latent_dim: object, epochs: object, seed: object, pictures: object, pixel_variance: object,
    prior_variance: object, mmd_weight: object, kernel: object,
) -> TrainConfig:  # fmt: skip
    """The configuration a visitor asks for: the report's preset of that model with these values. Raises InputError."""
    name = choice(model, "The model", list(NAMES))
    base = PRESETS[f"report-{name}"]
    pixel_variance = number(pixel_variance, "The pixel variance", *REAL["pixel_variance"])
    changes: dict[str, object] = {
        "name": "custom",
        "latent_dim": whole(latent_dim, "The latent size", *WHOLE["latent_dim"]),
        "epochs": whole(epochs, "The number of epochs", *WHOLE["epochs"]),
        "seed": whole(seed, "The seed", *WHOLE["seed"]),
        "images": whole(pictures, "The number of pictures", *WHOLE["pictures"]),
        "pixel_variance": pixel_variance,
        "pixel_variance_start": max(base.pixel_variance_start or pixel_variance, pixel_variance),
        "mmd_weight": number(mmd_weight, "λ", *REAL["mmd_weight"]),
        "kernel": choice(kernel, "The kernel", KERNELS),
    }
    prior_variance = number(prior_variance, "v", *REAL["prior_variance"])
    if name == "mmd":
        changes["prior_variance"] = prior_variance
    try:
        return base.replace(**changes)
    except ConfigError as error:
        raise InputError(f"{error}.") from None


def stream(run: Run) -> Iterator[str]:
    """Train to the end, a word every FRAME_SECONDS: "" while training, a sentence while waiting for one's turn.

    It ends, at that very step, when it is closed, when the run is paused and when another stream of the run begins; the run can
    be taken up again.
    """
    run.turn, run.paused = run.turn + 1, ""
    mine = run.turn
    while not _TURN.acquire(timeout=FRAME_SECONDS):
        if run.turn != mine:
            return
        yield "Somebody else is training just now. Yours starts when that ends."
    try:
        with closing(zero.frames(run, FRAME_SECONDS)) as frames:
            while run.turn == mine and next(frames, "end") is None:
                yield ""
        if run.turn == mine and not run.over:
            halt(run, paused=zero.RETURNED)
    finally:
        _TURN.release()


def halt(run: Run, paused: str = "", over: str = "") -> None:
    """End the stream that is on, to be taken up again or, with a word in `over`, for good."""
    run.paused, run.over = paused, run.over or over
    run.turn += 1


def one_step(run: Run) -> None:
    """A single optimiser step, after ending the stream that is on. Raises InputError where somebody else is training."""
    halt(run)
    if not _TURN.acquire(timeout=2):
        raise InputError("Somebody else is training just now: try again in a moment.")
    try:
        with closing(zero.frames(run, 0)) as frames:
            next(frames, None)
    finally:
        _TURN.release()
