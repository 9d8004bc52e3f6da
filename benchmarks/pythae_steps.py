"""Run by the peer's own Python: some steps of pythae's trainer on given pictures; prints seconds a step as JSON.

`python pythae_steps.py PICTURES.npy MODEL NETWORKS LATENT STEPS`; PICTURES are (N, 1, 64, 64) in [0, 1].
"""

from __future__ import annotations

import json
import logging
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import INFOVAE_MMD, VAE, INFOVAE_MMD_Config, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback
from torch import Tensor, nn

WARM_UP = 5
WIDTHS = (1, 32, 64, 128, 256)  # channels after each convolution of stride 2
CELLS = 64 // 2 ** (len(WIDTHS) - 1)


class ConvEncoder(BaseEncoder):
    """64 × 64 to 4 × 4 in four convolutions, then mean and log variance."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        pairs = pairwise(WIDTHS)
        self.layers = nn.Sequential(*(part for a, b in pairs for part in (nn.Conv2d(a, b, 4, 2, 1), nn.ReLU())), nn.Flatten())
        self.out = nn.Linear(WIDTHS[-1] * CELLS**2, 2 * latent)

    def forward(self, x: Tensor) -> ModelOutput:
        mean, log_variance = self.out(self.layers(x)).chunk(2, 1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class ConvDecoder(BaseDecoder):
    """The encoder's mirror image, of transposed convolutions."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.first = nn.Linear(latent, WIDTHS[-1] * CELLS**2)
        pairs = pairwise(WIDTHS[::-1])
        layers = [part for a, b in pairs for part in (nn.ConvTranspose2d(a, b, 4, 2, 1), nn.ReLU())]
        self.layers = nn.Sequential(*layers[:-1], nn.Sigmoid())

    def forward(self, z: Tensor) -> ModelOutput:
        h = torch.relu(self.first(z)).view(-1, WIDTHS[-1], CELLS, CELLS)
        return ModelOutput(reconstruction=self.layers(h))


class OurEncoder(BaseEncoder):
    """The network of shapevae, in pythae's hands."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        from shapevae.config import ModelConfig
        from shapevae.model import Encoder

        self.network = Encoder(ModelConfig(latent_dim=latent), 2 * latent)

    def forward(self, x: Tensor) -> ModelOutput:
        mean, log_variance = self.network(x).chunk(2, 1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class OurDecoder(BaseDecoder):
    """The network of shapevae, in pythae's hands."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        from shapevae.config import ModelConfig
        from shapevae.model import Decoder

        self.network = Decoder(ModelConfig(latent_dim=latent))

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.network(z[:, None]))


class Enough(Exception):  # noqa: N818, it is no error
    """Ends a training early."""


class Clock(TrainingCallback):
    """The time between the ends of two steps, until there are enough."""

    def __init__(self, steps: int) -> None:
        self.steps, self.ends = steps + WARM_UP, [time.perf_counter()]

    def on_train_step_end(self, training_config: BaseTrainerConfig, **more: Any) -> None:
        self.ends.append(time.perf_counter())
        if len(self.ends) > self.steps:
            raise Enough


NETWORKS = {"convolutions": (ConvEncoder, ConvDecoder), "ours": (OurEncoder, OurDecoder)}


def build(model: str, networks: str, latent: int) -> nn.Module:
    """InfoVAE with the weights of pythae's own example: its defaults would maximise the discrepancy."""
    encoder, decoder = (network(latent) for network in NETWORKS[networks])
    shape = {"input_dim": (1, 64, 64), "latent_dim": latent}
    if model == "VAE":
        return VAE(VAEConfig(**shape), encoder, decoder)
    return INFOVAE_MMD(INFOVAE_MMD_Config(**shape, alpha=0, lbd=1000), encoder, decoder)


def main(pictures: str, model: str, networks: str, latent: str, steps: str) -> None:
    logging.disable(logging.INFO)
    images, clock, autoencoder = torch.from_numpy(np.load(pictures)), Clock(int(steps)), build(model, networks, int(latent))
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(output_dir=folder, num_epochs=1000, no_cuda=True)
        trainer = BaseTrainer(autoencoder, BaseDataset(images, torch.zeros(len(images))), None, settings, [clock])
        with suppress(Enough):
            trainer.train()
    steps_taken = [b - a for a, b in pairwise(clock.ends)][WARM_UP:]
    batch = settings.per_device_train_batch_size
    parameters = sum(parameter.numel() for parameter in autoencoder.parameters())
    print(json.dumps({"seconds": statistics.mean(steps_taken), "batch": batch, "parameters": parameters}))


if __name__ == "__main__":
    main(*sys.argv[1:])
