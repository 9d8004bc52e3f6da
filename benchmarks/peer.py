"""Training beside pythae's VAE, on the same pictures, where pythae is installed (`pip install pythae`)."""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.figures import Figure, Options, UnavailableError, interleave, ratios, seconds
from benchmarks.training import Qualities, epoch_seconds, presets, qualities, to_quality
from shapevae.config import TrainConfig
from shapevae.model import Autoencoder
from shapevae.training import training_images

try:
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
except ImportError as error:
    raise UnavailableError(f"{error}, pip install pythae") from None

BATCH = 64  # pythae's default
WIDTHS = (1, 32, 64, 128, 256)  # channels after each convolution of stride 2, 64 × 64 to 4 × 4
SMALL, OURS = "pythae VAE, a small network of convolutions", "pythae VAE, our networks"


class Encoder(BaseEncoder):
    """A network that gives mean and log variance, side by side."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> ModelOutput:
        mean, log_variance = self.network(x).chunk(2, 1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class Decoder(BaseDecoder):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.network(z))


def measure(options: Options) -> Iterator[Figure]:
    """Seconds of all epochs in the same rounds, ours from an epoch, pythae's from some steps; then seconds to a quality."""
    logging.getLogger("pythae").setLevel(logging.WARNING)
    config, steps = presets(options)["report-vae"], options.pick(60, 2)
    images = training_images(config, 0)
    tasks: dict[str, Callable[[], float]] = {"report-vae": lambda: config.epochs * epoch_seconds(config, images)}
    for name in (SMALL, OURS):
        tasks[name] = partial(all_epochs, name, config, images[: steps * BATCH])
    values = interleave(tasks, options.repeat)
    for name, taken in values.items():
        note = "from an epoch a round" if name == "report-vae" else f"from {steps} steps a round, each of {BATCH} pictures"
        yield Figure(f"{name}: {config.epochs} epochs", "s", taken, note=note)
    for name, target in ((SMALL, "≥ 15"), (OURS, "≥ 1")):
        yield Figure(f"{name} / report-vae", "×", ratios(values[name], values["report-vae"]), target)
    yield from to_quality(OURS, 3 * config.epochs, partial(train, config, options), options.repeat)


def all_epochs(name: str, config: TrainConfig, images: Tensor) -> float:
    """Seconds of pythae's, from one pass over a few pictures."""
    step = next(passes(build(name, config), images, 0)) / math.ceil(len(images) / BATCH)
    return step * math.ceil(config.images / BATCH) * config.epochs


def train(config: TrainConfig, options: Options, seed: int) -> Iterator[tuple[float, Qualities]]:
    """After each epoch, of three times as many as ours: the seconds of training so far, and the qualities."""
    images, spent = training_images(config.replace(seed=seed), 0), 0.0
    torch.manual_seed(seed)
    vae = build(OURS, config)
    for taken in islice(passes(vae, images, seed), 3 * config.epochs):
        spent += taken
        vae.eval()
        with torch.inference_mode():
            yield spent, qualities(lambda x: vae.encoder(x).embedding, vae.decoder.network, config, options)


def build(name: str, config: TrainConfig) -> Any:
    latent = config.model.latent_dim
    ours = Autoencoder(config.model)
    one_code = nn.Sequential(nn.Unflatten(1, (1, latent)), ours.decoder)
    encoder, decoder = (ours.encoder, one_code) if name == OURS else convolutions(latent)
    return VAE(VAEConfig(input_dim=(1, 64, 64), latent_dim=latent), Encoder(encoder), Decoder(decoder))


def convolutions(latent: int) -> tuple[nn.Module, nn.Module]:
    """Encoder and decoder as pythae's users write them."""
    down = [part for a, b in pairwise(WIDTHS) for part in (nn.Conv2d(a, b, 4, 2, 1), nn.ReLU())]
    up = [part for a, b in pairwise(WIDTHS[::-1]) for part in (nn.ConvTranspose2d(a, b, 4, 2, 1), nn.ReLU())]
    features = WIDTHS[-1] * 4 * 4
    encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(features, 2 * latent))
    start = (nn.Linear(latent, features), nn.ReLU(), nn.Unflatten(1, (WIDTHS[-1], 4, 4)))
    return encoder, nn.Sequential(*start, *up[:-1], nn.Sigmoid())


def passes(autoencoder: Any, images: Tensor, seed: int) -> Iterator[float]:
    """Seconds of each pass of pythae's trainer over the pictures, without its checkpoints, for as long as it is asked."""
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(output_dir=folder, per_device_train_batch_size=BATCH, no_cuda=True, seed=seed)
        trainer = BaseTrainer(autoencoder, BaseDataset(images, torch.zeros(len(images))), None, settings)
        trainer.prepare_training()
        epoch = 0
        while True:
            epoch += 1
            yield seconds(partial(trainer.train_step, epoch))
