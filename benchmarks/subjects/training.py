"""Training the report's two presets: seconds an epoch and a run, arithmetic against the machine's own rate, parts of a step."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.machine import product_rate
from benchmarks.measure import Figure, Options, at_least, at_most, interleave, ratios, seconds
from benchmarks.step_parts import parts_of_steps
from shapevae.config import PRESETS, TrainConfig
from shapevae.evaluation import evaluate
from shapevae.model import Autoencoder
from shapevae.runs.train import run_epochs
from shapevae.training import loss_terms, start_training, train_epoch, training_images

NAMES = ("report-vae", "report-mmd")
WHOLE_RUN = {"cpu": at_most(30), "cuda": at_most(2)}
SHARE_OF_PRODUCTS = at_least(0.7)
FLOAT32, BFLOAT16 = "products of matrices, float32", "products of matrices, bfloat16"
QUICK = {"images": 200, "epochs": 1}


def measure(options: Options) -> Iterator[Figure]:
    """Epochs beside the machine's rate; then whole runs; then, on a CPU, where the time of a step goes."""
    configs = {name: PRESETS[name].replace(**options.pick({}, QUICK)) for name in NAMES}
    yield from epochs(configs, options)
    for config in configs.values():
        yield from whole_runs(config, options)
    if options.device == "cpu":  # elsewhere a step's parts overlap: clocks beside the calls would say nothing
        for config in configs.values():
            yield from profile(config, options)


def epochs(configs: dict[str, TrainConfig], options: Options) -> Iterator[Figure]:
    """Seconds an epoch, and FLOP/s as a share of the rate of float32 products, all in the same rounds."""
    device, size, least = options.device, options.pick(2048, 128), options.pick(0.5, 0.01)
    images = {name: training_images(config, 0, device) for name, config in configs.items()}
    tasks: dict[str, Callable[[], float]] = {
        FLOAT32: partial(product_rate, torch.float32, size, device, least),
        BFLOAT16: partial(product_rate, torch.bfloat16, size, device, least),
        **{name: partial(epoch_seconds, config, images[name]) for name, config in configs.items()},
    }
    values = interleave(tasks, options.repeat)
    for kind in (FLOAT32, BFLOAT16):
        yield Figure(kind, "GFLOP/s", [rate / 1e9 for rate in values[kind]], note=f"{size} × {size}")
    for name, config in configs.items():
        flops = step_flops(config, images[name])
        rates = [flops * steps_in_epoch(config) / epoch for epoch in values[name]]
        yield Figure(f"{name}: an epoch of {config.images:,}", "s", values[name])
        how = f"forward and backward, {flops / 1e9:.2f} GFLOP a step as torch counts them, the optimiser's not counted"
        yield Figure(f"{name}: arithmetic", "GFLOP/s", [rate / 1e9 for rate in rates], note=how)
        yield Figure(f"{name}: arithmetic / {FLOAT32}", "×", ratios(rates, values[FLOAT32]), SHARE_OF_PRODUCTS)


def epoch_seconds(config: TrainConfig, images: Tensor) -> float:
    """One pass of a fresh training over the pictures; waits for the device at its end."""
    training = start_training(config, images.device)

    def epoch() -> float:
        return [terms.loss.detach() for terms in train_epoch(training, images)][-1].item()

    return seconds(epoch)


def steps_in_epoch(config: TrainConfig) -> int:
    return config.images // config.batch_size


def step_flops(config: TrainConfig, images: Tensor) -> int:
    """Floating-point operations of one forward and one backward pass."""
    training = start_training(config, images.device)
    with FlopCounterMode(display=False) as counter:
        loss_terms(training.model, images[: config.batch_size], config, 0.0, training.generator).loss.backward()
    return int(counter.get_total_flops())


def whole_runs(config: TrainConfig, options: Options) -> Iterator[Figure]:
    """Drawing, all epochs, their checkpoints and sample pictures: what `shapevae train` does before it evaluates."""
    values, model = [], None
    for _ in range(options.repeat):
        taken, model = whole_run(config, options.device)
        values.append(taken)
    name = f"{config.name}: the whole run, {config.images:,} pictures for {config.epochs} epochs"
    yield Figure(name, "s", values, WHOLE_RUN.get(options.device.partition(":")[0]), quality(model, options) if model else "")


def whole_run(config: TrainConfig, device: str) -> tuple[float, Autoencoder]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "epochs").mkdir()
        training = start_training(config, device)
        taken = seconds(lambda: run_epochs(training, Path(folder), progress=False))
    return taken, training.model.eval()


def quality(model: Autoencoder, options: Options) -> str:
    """What that run is worth, in words."""
    figures = evaluate(model, images=options.pick(10_000, 20))
    parts = {"reconstructions right": figures.reconstruction_quality, "samples distinguishable": figures.sample_quality}
    return ", ".join(f"{name} {100 * part.value:.1f} %" for name, part in parts.items())


def profile(config: TrainConfig, options: Options) -> Iterator[Figure]:
    """Milliseconds a step by part, with each part's share of the sum."""
    rounds = [parts_of_steps(config, options.pick(100, 2)) for _ in range(options.repeat)]
    total = sum(sum(parts.values()) for parts in rounds)
    for part in rounds[0]:
        share = 100 * sum(parts[part] for parts in rounds) / total
        values = [1e3 * parts[part] for parts in rounds]
        yield Figure(f"{config.name}: {part}", "ms", values, table="profile", more={"% of a step": share})
