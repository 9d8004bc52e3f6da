"""The training loop: forward, loss, backward, step, log; checkpoints, resume, and the files a run leaves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.optim import Optimizer
from tqdm import tqdm

from shapevae.allocator import keep_freed_memory
from shapevae.config import TRAIN_SEEDS, TrainConfig
from shapevae.distributed import Alone
from shapevae.losses import Gaussian, distortion, imq_kernel, kl_divergence, squared_mmd_to_normal
from shapevae.model import Autoencoder, Code
from shapevae.optimiser import build_optimisers, one_cycle
from shapevae.runs import checkpoint
from shapevae.runs.folder import alone_in
from shapevae.runs.record import finish, record_epoch
from shapevae.runs.running import RunningMeans
from shapevae.shapes import draw_shapes

ALONE = Alone()


@dataclass(frozen=True)
class Terms:
    """The loss of a batch and its parts, scalars in nats per image; penalty is the KL divergence or λ · MMD²."""

    loss: Tensor
    distortion: Tensor
    penalty: Tensor


@dataclass
class Training:
    """A model on its way: what a checkpoint holds, and which processes train it. objective is loss_terms of the model."""

    config: TrainConfig
    model: Autoencoder
    objective: Callable[..., Terms]
    optimisers: list[Optimizer]
    generator: torch.Generator
    group: Alone
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    rates: list[float] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self.config.epochs * (self.config.images // self.config.batch_size)


def start_training(config: TrainConfig, device: torch.device | str = "cpu", group: Alone = ALONE) -> Training:
    """A fresh model, its optimisers and the one generator of all randomness after the first weights; config.seed fixes both."""
    group.check(config.batch_size)
    keep_freed_memory()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = Autoencoder(config.model, config.shapes).to(device)
    optimisers = build_optimisers(model, config.learning_rate, config.muon_rate, learns_std=model.learns_std)
    rates = [optimiser.param_groups[0]["lr"] for optimiser in optimisers]
    generator = torch.Generator(device).manual_seed(config.seed)
    return Training(config, model, group.bind(model, loss_terms), optimisers, generator, group, rates=rates)


def train_epoch(training: Training, images: Tensor) -> Iterator[Terms]:
    """One pass over images (N, 1, H, W) in random order; yields the terms of each step, and may be abandoned at any."""
    config, group = training.config, training.group
    order = torch.randperm(len(images), generator=training.generator, device=images.device)
    for batch in order.split(config.batch_size)[: len(images) // config.batch_size]:
        progress = training.step / training.steps
        x = mirror_half(images[batch], training.generator) if config.mirror else images[batch]
        terms = training.objective(x, config, progress, training.generator, group)
        terms.loss.backward()
        for optimiser, rate in zip(training.optimisers, training.rates, strict=True):
            optimiser.param_groups[0]["lr"] = rate * one_cycle(training.step, training.steps)
            optimiser.step()
            optimiser.zero_grad()
        training.step += 1
        yield group.mean(terms)
    training.epoch += 1


def mirror_half(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each image of (N, 1, H, W) mirrored left to right, or not, with equal probability."""
    chosen = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device) < 0.5
    return torch.where(chosen, x.flip(3), x)


def loss_terms(
    model: Autoencoder, x: Tensor, config: TrainConfig, progress: float, generator: torch.Generator, group: Alone = ALONE
) -> Terms:
    """Distortion, of this process's share, plus penalty of a batch (N, 1, H, W) when `progress` (0 to 1) of all is done."""
    share = group.share(x)
    code = group.gather(model.encode(share))
    z = code.draws(config.draws, generator)
    x_hat = model.decode_together(group.share(z))
    reconstruction = distortion(share, x_hat, pixel_variance_at(config, progress)).mean()
    penalty = PENALTIES[config.penalty](code, z[:, 0], config)
    return Terms(reconstruction + penalty, reconstruction, penalty)


def kl_penalty(code: Code, z: Tensor, config: TrainConfig) -> Tensor:
    """KL(q(z|x) ‖ N(0, I)) in closed form, nats per image."""
    return kl_divergence(code.mean, code.std).sum(1).mean()


def mmd_penalty(code: Code, z: Tensor, config: TrainConfig) -> Tensor:
    """λ · MMD² between the batch's codes and N(0, v I)."""
    d, v = config.model.latent_dim, config.model.prior_variance
    kernel = imq_kernel(d, v) if config.kernel == "imq" else Gaussian(bandwidth=d**2)
    return config.mmd_weight * squared_mmd_to_normal(z, v, kernel)


PENALTIES: dict[str, Callable[[Code, Tensor, TrainConfig], Tensor]] = {"kl": kl_penalty, "mmd": mmd_penalty}


def pixel_variance_at(config: TrainConfig, progress: float) -> float:
    """c when `progress` (0 to 1) of the training is done: geometric from pixel_variance_start to pixel_variance."""
    start = config.pixel_variance_start or config.pixel_variance
    return start * (config.pixel_variance / start) ** min(1.0, progress / config.anneal)


def training_images(config: TrainConfig, epoch: int, device: torch.device | str = "cpu") -> Tensor:
    """The pictures of an epoch, (images, 1, H, W): the same ones each time, or with fresh_images new ones."""
    start = epoch * config.images if config.fresh_images else 0
    return draw_shapes(config.images, TRAIN_SEEDS + config.seed, config.shapes, start=start, device=device).images


def train(
    config: TrainConfig,
    out: str | os.PathLike[str],
    *,
    device: str = "auto",
    resume: bool = False,
    force: bool = False,
    evaluate_images: int = 10_000,
    progress: bool = True,
    group: Alone = ALONE,
) -> Autoencoder:
    """Train a model and leave in `out`: config.json, model.safetensors, metrics.json, metrics.jsonl and epochs/NNN.png.

    After each epoch a checkpoint is written, from which `resume` goes on to the same weights, bit for bit on a CPU; where the
    last one is damaged, from the one before. Raises RunError, with what to do, where `out` holds another run, is being written
    by one or can't be written, and where the loss or a weight is no longer finite; no such weight is ever written. A `group`
    of processes trains one model; its leading process alone writes, to a folder that all can read.
    """
    folder = Path(out)
    training = start_training(config, choose_device(device), group)
    with checkpoint.explain_disk_errors(folder), alone_in(folder) if group.leads else nullcontext():
        if group.told(group.leads and checkpoint.claim(folder, config, resume=resume, force=force)):
            checkpoint.restore(folder, training, group.say)
        run_epochs(training, folder, progress and group.leads)
        model = training.model.eval()
        if group.leads:
            finish(training, folder, evaluate_images)
    return model


def run_epochs(training: Training, folder: Path, progress: bool) -> None:
    """Train what is left of the run; every epoch ends with a line, a picture and a checkpoint on disk."""
    config, device = training.config, training.model.device
    images = training_images(config, training.epoch, device)
    with tqdm(total=training.steps, initial=training.step, disable=not progress, unit="step") as bar:
        while training.epoch < config.epochs:
            if config.fresh_images and training.epoch:
                images = training_images(config, training.epoch, device)
            started, means = time.perf_counter(), RunningMeans()
            for terms in train_epoch(training, images):
                means.add(terms)
                bar.update()
                if training.step % 20 == 0 or training.step == training.steps:
                    means.check(training)
                    bar.set_postfix_str(f"epoch {training.epoch + 1}, nats per image: {means}")
            means.check(training)
            training.seconds += time.perf_counter() - started
            if training.group.leads:
                record_epoch(training, folder, means)


def choose_device(name: str) -> torch.device:
    """The device called `name`; "auto" takes CUDA, then MPS, then the CPU. Raises ValueError where there is no such device."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if not available.get(name.partition(":")[0], False):
        raise ValueError(f"device {name!r} is not available here; use auto, or one of {[k for k, v in available.items() if v]}")
    return torch.device(name)
