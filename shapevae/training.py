"""The loss of both models and the training loop: batch, loss terms, backward, step. It touches no file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer

from shapevae.cells import choose_cells, pixels_of
from shapevae.config import TRAIN_SEEDS, TrainConfig
from shapevae.distributed import ONE_PROCESS, Processes
from shapevae.errors import RunError
from shapevae.losses import Gaussian, LossTerms, Moment, distortion, imq_kernel, kl_divergence, squared_mmd_to_normal
from shapevae.model import Autoencoder, Code
from shapevae.optimiser import build_optimisers, one_cycle, set_learning_rate
from shapevae.recording import RecordedStep
from shapevae.shapes import draw_shapes


@dataclass
class Training:
    """A model in training, and all that its next step depends on.

    generator is the source of all randomness after the first weights. epoch and step count those that are done; seconds is the
    time they took. On a GPU, steps are recorded once and replayed, unless `eager`.
    """

    config: TrainConfig
    model: Autoencoder
    optimisers: list[Optimizer]
    generator: torch.Generator
    processes: Processes = ONE_PROCESS
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    eager: bool = False
    recorded: RecordedStep | None = None

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self.config.epochs * self.config.steps_per_epoch


def start_training(config: TrainConfig, device: torch.device | str = "cpu", processes: Processes = ONE_PROCESS) -> Training:
    """A new model with its optimisers; config.seed fixes the first weights and the generator.

    Raises RunError where the batch can't be divided evenly among the processes.
    """
    if config.batch_size % processes.size:
        raise RunError(f"{processes.size} processes can't share a batch of {config.batch_size} evenly: --set batch_size=…")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = Autoencoder(config.model, config.shapes).to(device)
    optimisers = build_optimisers(model, config.learning_rate, config.muon_rate, fixed_noise=model.fixed_noise)
    generator = torch.Generator(device).manual_seed(config.seed)
    return Training(config, model, optimisers, generator, processes)


def train_epoch(training: Training, images: Tensor) -> Iterator[LossTerms]:
    """One pass over images (N, 1, H, W) in random order; yields the loss terms of each step, after any of which it may stop.

    Images that are too few for a last whole batch are left out.
    """
    size = training.config.batch_size
    order = torch.randperm(len(images), generator=training.generator, device=images.device)
    for batch in order.split(size)[: len(images) // size]:
        terms = stepper(training)(images[batch], moment_of(training))
        training.step += 1
        training.model.decoder.sharpness = moment_of(training).gate_sharpness
        yield terms
    training.epoch += 1


def training_step(training: Training, x: Tensor, moment: Moment) -> LossTerms:
    """One step on a batch (N, 1, H, W): loss, backward, optimisers."""
    config, generator = training.config, training.generator
    training.model.decoder.sharpness = moment.gate_sharpness
    x = mirror_half(x, generator) if config.mirror else x
    terms = loss_terms(training.processes.share_batches(training.model), x, config, moment.pixel_variance, generator)
    terms.loss.backward()
    training.processes.sum_gradients(training.model)
    for optimiser in training.optimisers:
        set_learning_rate(optimiser, moment.rate)
        optimiser.step()
        optimiser.zero_grad()
    return terms


def stepper(training: Training) -> Callable[[Tensor, Moment], LossTerms]:
    """training_step of a training; on a GPU its recording, made anew where the configuration has changed."""
    step = partial(training_step, training)
    if training.eager or training.processes.size > 1 or training.model.device.type != "cuda":
        return step
    if training.recorded is None or training.recorded.config is not training.config:
        training.recorded = RecordedStep(step, training.generator, training.config)
    return training.recorded


def moment_of(training: Training) -> Moment:
    """The schedules' values for a training's next step."""
    config, progress = training.config, training.step / training.steps
    sharpness = _geometric(config.gate_sharpness_start, config.model.gate_sharpness, progress / config.sharpen)
    return Moment(one_cycle(training.step, training.steps), pixel_variance_at(config, progress), sharpness)


@torch.no_grad()
def change_config(training: Training, config: TrainConfig) -> None:
    """Go on with other weights of the loss, another prior or other noise; networks, pictures and what was learnt stay.

    The networks see codes in units of sqrt(v), v = prior_variance: where v changes, the layers beside the code are scaled, so
    that both compute what they did.
    """
    model, ratio = training.model, math.sqrt(config.model.prior_variance / training.config.model.prior_variance)
    for parameter in model.encoder.out.parameters():
        parameter[: config.model.latent_dim] /= ratio
    model.decoder.trunk[0].get_parameter("both.weight").mul_(ratio)
    model.config, model.prior_std = config.model, math.sqrt(config.model.prior_variance)
    training.config = config


def mirror_half(x: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image of (N, 1, H, W) left to right with probability 1/2."""
    chosen = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device) < 0.5
    return torch.where(chosen, x.flip(3), x)


def loss_terms(
    model: Autoencoder, x: Tensor, config: TrainConfig, pixel_variance: float | Tensor, generator: torch.Generator
) -> LossTerms:
    """Distortion plus penalty of a batch (N, 1, H, W), the distortion with c = pixel_variance."""
    code = model.encode(x)
    z = code.rsample_many(config.codes_per_image, generator)
    cells, weights = choose_cells(x, config.model.decoder_grid, config.cells_per_image, generator)
    target, drawn = pixels_of(x, cells, config.model.decoder_grid), model.decode_cells(z, cells)
    error = distortion(target, drawn, weights, pixel_variance).mean()
    penalty = PENALTIES[config.penalty](code, z, config)
    return LossTerms(error + penalty, error, penalty)


def kl_penalty(code: Code, z: Tensor, config: TrainConfig) -> Tensor:
    """KL(q(z|x) ‖ N(0, I)) in closed form, nats per image, times its weight."""
    return config.kl_weight * kl_divergence(code.mean, code.std).sum(1).mean()


def mmd_penalty(code: Code, z: Tensor, config: TrainConfig) -> Tensor:
    """λ · MMD² between the codes of the batch, z (N, k, d) of k for each image, and N(0, v I)."""
    d, v = config.model.latent_dim, config.model.prior_variance
    kernel = imq_kernel(d, v, config.kernel_scale) if config.kernel == "imq" else Gaussian(bandwidth=d**2)
    return config.mmd_weight * squared_mmd_to_normal(z, v, kernel)


PENALTIES: dict[str, Callable[[Code, Tensor, TrainConfig], Tensor]] = {"kl": kl_penalty, "mmd": mmd_penalty}


def pixel_variance_at(config: TrainConfig, progress: float) -> float:
    """c after the share `progress` (0 to 1) of the steps: geometric from pixel_variance_start to pixel_variance."""
    return _geometric(config.pixel_variance_start, config.pixel_variance, progress / config.anneal)


def _geometric(start: float | None, end: float, progress: float) -> float:
    """From start (or end, where it is None) to end with constant ratio, as progress goes from 0 to 1; then it stays."""
    return end if start is None or progress >= 1 else start * (end / start) ** progress


def training_images(config: TrainConfig, epoch: int, device: torch.device | str = "cpu") -> Tensor:
    """The images of an epoch, (images, 1, H, W): the same ones each time, or with fresh_images new ones."""
    start = epoch * config.images if config.fresh_images else 0
    return draw_shapes(config.images, TRAIN_SEEDS + config.seed, config.shapes, start=start, device=device).images
