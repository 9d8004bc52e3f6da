"""Training the report's two presets: seconds, arithmetic against the machine's rate, quality, seconds to a quality."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

import shapevae
from benchmarks.figures import Figure, Options, interleave, ratios, seconds
from shapevae.config import PRESETS, TEST_SEED, TrainConfig
from shapevae.evaluation import evaluation_mode
from shapevae.judge import judge_shapes
from shapevae.training import Training, loss_terms, start_training, train_epoch, training_images

NAMES = ("report-vae", "report-mmd")
PRODUCTS = "products of matrices, float32"
QUICK = {"images": 200, "epochs": 1}
GOALS = {"reconstructions right": 0.99, "samples distinguishable": 0.85}
Network = Callable[[Tensor], Tensor]
Qualities = dict[str, float]


def presets(options: Options) -> dict[str, TrainConfig]:
    return {name: PRESETS[name].replace(**options.pick({}, QUICK)) for name in NAMES}


def measure(options: Options) -> Iterator[Figure]:
    """Epochs beside the machine's rate; then whole runs; then the time to a quality."""
    yield from epochs(options)
    for config in presets(options).values():
        yield whole_runs(config, options)
    for config in presets(options).values():
        yield from to_quality(config.name, config.epochs, partial(train, config, options), options.repeat)


def epochs(options: Options) -> Iterator[Figure]:
    """Seconds an epoch, and FLOP/s as a share of the rate of float32 products, all in the same rounds."""
    device, size, least = options.device, options.pick(2048, 128), options.pick(0.5, 0.01)
    configs = presets(options)
    images = {name: training_images(config, 0, device) for name, config in configs.items()}
    tasks: dict[str, Callable[[], float]] = {
        PRODUCTS: partial(product_rate, size, device, least),
        **{name: partial(epoch_seconds, config, images[name]) for name, config in configs.items()},
    }
    values = interleave(tasks, options.repeat)
    yield Figure(PRODUCTS, "GFLOP/s", [rate / 1e9 for rate in values[PRODUCTS]], note=f"{size} × {size}")
    for name, config in configs.items():
        flops = step_flops(config, images[name])
        rates = [flops * config.steps_per_epoch / epoch for epoch in values[name]]
        yield Figure(f"{name}: an epoch of {config.images:,}", "s", values[name])
        how = f"forward and backward, {flops / 1e9:.2f} GFLOP a step as torch counts them, the optimiser's not counted"
        yield Figure(f"{name}: arithmetic", "GFLOP/s", [rate / 1e9 for rate in rates], note=how)
        yield Figure(f"{name}: arithmetic / {PRODUCTS}", "×", ratios(rates, values[PRODUCTS]), "≥ 0.7")


def epoch_seconds(config: TrainConfig, images: Tensor) -> float:
    """One pass of a fresh training over the pictures."""
    return pass_seconds(start_training(config, images.device), images)


def pass_seconds(training: Training, images: Tensor) -> float:
    """An epoch, waiting for the device at its end."""
    return seconds(lambda: [terms.loss.detach() for terms in train_epoch(training, images)][-1].item())


def step_flops(config: TrainConfig, images: Tensor) -> int:
    """Floating-point operations of one forward and one backward pass."""
    training = start_training(config, images.device)
    with FlopCounterMode(display=False) as counter:
        batch, c = images[: config.batch_size], config.pixel_variance
        loss_terms(training.model, batch, config, c, training.generator).loss.backward()
    return int(counter.get_total_flops())


def product_rate(size: int, device: str, lasting: float) -> float:
    """FLOP/s of products of two size × size matrices in float32, over at least so many seconds."""
    a, b = torch.randn(2, size, size, device=device)
    out = a @ b
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < lasting:
        torch.mm(a, b, out=out)
        count += 1
        if device.startswith("cuda"):
            torch.cuda.synchronize()
    return count * 2 * size**3 / (time.perf_counter() - start)


def whole_runs(config: TrainConfig, options: Options) -> Figure:
    """`shapevae.train`: drawing, all epochs, their checkpoints and pictures, and an evaluation too short to count."""
    values = []
    for _ in range(options.repeat):
        with tempfile.TemporaryDirectory() as folder:
            run = partial(shapevae.train, config, folder, device=options.device, evaluate_images=16, progress=False)
            values.append(seconds(run))
            model = shapevae.load_model(folder)
    figures = shapevae.evaluate(model, images=options.pick(10_000, 20))
    right, distinguishable = 100 * figures.reconstruction_quality.value, 100 * figures.sample_quality.value
    note = f"reconstructions right {right:.1f} %, samples distinguishable {distinguishable:.1f} %"
    name = f"{config.name}: the whole run, {config.images:,} pictures for {config.epochs} epochs"
    return Figure(name, "s", values, "≤ 45" if options.device == "cpu" else "≤ 2", note=note)


def train(config: TrainConfig, options: Options, seed: int) -> Iterator[tuple[float, Qualities]]:
    """After each epoch: the seconds of training so far, measuring left out, and the qualities."""
    training, spent = start_training(config.replace(seed=seed), options.device), 0.0
    images, model = training_images(training.config, 0, options.device), training.model
    for _ in range(config.epochs):
        spent += pass_seconds(training, images)
        with evaluation_mode(model), torch.inference_mode():
            yield spent, qualities(lambda x: model.encode(x).mean, model.decode, config, options)


def qualities(encode: Network, decode: Network, config: TrainConfig, options: Options) -> Qualities:
    """Shares of test pictures rebuilt as their kind, and of samples that are distinguishable, as in `evaluate`."""
    count = options.pick(2_000, 20)
    test = shapevae.draw_shapes(count, TEST_SEED, config.shapes)
    noise = torch.randn(count, config.model.latent_dim, generator=torch.Generator().manual_seed(TEST_SEED))
    z = config.model.prior_variance**0.5 * noise.to(options.device)
    rebuilt = judge_shapes(decode(encode(test.images.to(options.device))).cpu())
    sampled = judge_shapes(decode(z).cpu())
    right = rebuilt.distinguishable & (rebuilt.kind == test.kinds)
    return dict(zip(GOALS, (right.float().mean().item(), sampled.distinguishable.float().mean().item()), strict=True))


def to_quality(name: str, most: int, train: Callable[[int], Iterator[tuple[float, Qualities]]], seeds: int) -> Iterator[Figure]:
    """Seconds of training after which each goal is first met at an epoch's end, a value a seed that meets it.

    train(seed) yields seconds and qualities after each epoch, at most `most` times; it is left as soon as all goals are met.
    """
    met: dict[str, list[float]] = {goal: [] for goal in GOALS}
    for seed in range(seeds):
        missing = dict(GOALS)
        for spent, reached in train(seed):
            for goal in [goal for goal, share in missing.items() if reached[goal] >= share]:
                met[goal].append(spent)
                del missing[goal]
            if not missing:
                break
    for goal, share in GOALS.items():
        note = f"met by {len(met[goal])} of {seeds} seeds in at most {most} epochs"
        yield Figure(f"{name}: {100 * share:.0f} % {goal}", "s", met[goal], note=note)
