"""Training on a GPU: steps as they are, steps recorded as one graph, and the kernels' own time."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks.figures import Figure, Options, UnavailableError
from benchmarks.training import pass_seconds, presets
from shapevae.config import TrainConfig
from shapevae.training import Training, start_training, train_epoch, training_images

WAYS = {"steps one by one": True, "steps recorded": False}


def measure(options: Options) -> Iterator[Figure]:
    """Whole runs both ways, without files and evaluation; how far the losses of the first steps differ."""
    if not torch.cuda.is_available():
        raise UnavailableError("there is no CUDA GPU")
    for name, config in presets(options).items():
        images = training_images(config, 0, "cuda")
        yield Figure(f"{name}: largest difference of a loss, first 20 steps", "‰", [1000 * difference(config, images)])
        values = {way: [run(config, eager, images) for _ in range(options.repeat)] for way, eager in WAYS.items()}
        what = f"{name}: {config.epochs} epochs of {config.images:,}"
        for way in WAYS:
            yield Figure(f"{what}, {way}", "s", values[way])
        kernels, launches = kernel_time(config, images)
        note = f"{launches} kernels a step, {1e6 * kernels:.0f} µs"
        yield Figure(f"{what}, the kernels' own time", "s", [kernels * config.epochs * config.steps_per_epoch], note=note)


def started(config: TrainConfig, eager: bool) -> Training:
    training = start_training(config, "cuda")
    training.eager = eager
    return training


def run(config: TrainConfig, eager: bool, images: Tensor) -> float:
    training = started(config, eager)
    return sum(pass_seconds(training, images) for _ in range(config.epochs))


def losses(config: TrainConfig, eager: bool, images: Tensor, steps: int = 20) -> Tensor:
    """Of the first steps, on the CPU."""
    epoch = train_epoch(started(config, eager), images)
    return torch.stack([terms.loss.detach() for terms, _ in zip(epoch, range(steps), strict=False)]).cpu()


def difference(config: TrainConfig, images: Tensor) -> float:
    """The largest relative one, recorded against one by one: the draws are the same, sums and learning rates are rounded."""
    one_by_one, recorded = (losses(config, eager, images) for eager in WAYS.values())
    return ((recorded - one_by_one) / one_by_one).abs().max().item()


def kernel_time(config: TrainConfig, images: Tensor, steps: int = 20) -> tuple[float, int]:
    """Seconds a step that kernels ran, and how many there were, as the profiler saw them."""
    epoch, steps = train_epoch(started(config, True), images), min(steps, config.steps_per_epoch - 1)
    next(epoch)
    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        for _ in range(steps):
            next(epoch)
        torch.cuda.synchronize()
    kernels = [event for event in seen.key_averages() if event.self_device_time_total]
    return sum(e.self_device_time_total for e in kernels) / 1e6 / steps, sum(e.count for e in kernels) // steps
