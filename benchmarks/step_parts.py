"""Where the time of a training step goes: train_epoch's loop, taken apart with a clock between its parts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from shapevae.config import TrainConfig
from shapevae.losses import LossTerms, distortion
from shapevae.optimiser import one_cycle, set_learning_rate
from shapevae.runs.train import EpochTerms
from shapevae.training import PENALTIES, Training, mirror_half, pixel_variance_at, start_training, training_images


class Clock:
    """Seconds by part, a list entry a step."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.taken.setdefault(name, []).append(time.perf_counter() - start)


def parts_of_steps(config: TrainConfig, steps: int, warm_up: int = 5) -> dict[str, float]:
    """Median seconds of each part over `steps` steps on the CPU."""
    training, clock = start_training(config), Clock()
    means = EpochTerms(training)
    images = training_images(config, 0)
    for _ in range(steps + warm_up):
        timed_step(training, images, clock, means)
    return {name: statistics.median(values[warm_up:]) for name, values in clock.taken.items()}


def timed_step(training: Training, images: torch.Tensor, clock: Clock, means: EpochTerms) -> None:
    """What train_epoch and loss_terms do in a step, in their order."""
    config, model = training.config, training.model
    with clock.part("batch: gather and mirror"):
        batch = torch.randint(len(images), (config.batch_size,), generator=training.generator)
        x = mirror_half(images[batch], training.generator) if config.mirror else images[batch]
    with clock.part("encoder, forward"):
        code = model.encode(x)
    with clock.part("samples of the code"):
        z = code.rsample_many(config.codes_per_image, training.generator)
        cut = z.detach().requires_grad_()  # the backward pass in two parts, met here
    with clock.part("decoder, forward"):
        x_hat = model.decode_together(cut)
    with clock.part("distortion"):
        reconstruction = distortion(x, x_hat, pixel_variance_at(config, 0.0)).mean()
    with clock.part("penalty, forward"):
        penalty = PENALTIES[config.penalty](code, z[:, 0], config)
    with clock.part("decoder and distortion, backward"):
        reconstruction.backward()
    with clock.part("encoder and penalty, backward"):
        torch.autograd.backward([penalty, z], [None, cut.grad])
    for optimiser in training.optimisers:
        with clock.part(f"optimiser: {type(optimiser).__name__}"):
            set_learning_rate(optimiser, one_cycle(training.step, training.steps))
            optimiser.step()
            optimiser.zero_grad()
    training.step += 1
    with clock.part("sums for the log"):
        means.add(LossTerms(reconstruction + penalty, reconstruction, penalty))
