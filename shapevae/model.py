"""Encoder, Decoder, Autoencoder, Code: one set of networks for both models."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shapevae.config import ModelConfig, ShapeConfig


@dataclass(frozen=True)
class Code:
    """The Gaussian N(mean, std²) an image is encoded to. mean: (N, d); std: (N, d) for a VAE, else broadcastable."""

    mean: Tensor
    std: Tensor

    def draw(self, generator: torch.Generator | None = None) -> Tensor:
        """z = mean + std · ε with ε ~ N(0, I), (N, d)."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device)
        return self.mean + self.std * noise


class Encoder(nn.Module):
    """Image (N, 1, H, W) -> features (N, outputs), through patches of 8 × 8 pixels at half resolution."""

    def __init__(self, config: ModelConfig, outputs: int) -> None:
        super().__init__()
        width, cells = config.encoder_width, (config.image_size // 16) ** 2
        self.patches = nn.Conv2d(1, width, 4, stride=4)
        self.neighbours = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.hidden = nn.Linear(2 * width * cells, config.hidden)
        self.out = nn.Linear(config.hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(2 * x - 0.4, 2)  # pictures are mostly black: about zero mean
        x = F.gelu(self.patches(x))
        x = F.gelu(self.neighbours(x))
        x = F.gelu(self.hidden(x.flatten(1)))
        return self.out(x)


class Decoder(nn.Module):
    """Code (N, d) -> image (N, 1, H, W) in [0, 1]: a small network evaluated at every cell of a grid of coordinates.

    The code sets the first layer's weights on (x, y, 1), and a scale and a shift for each channel of the later layers, whose
    weights are shared by all images and places. Each cell then gives its own block of pixels (a pixel shuffle).
    """

    coordinates: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, layers = config.decoder_width, config.decoder_layers
        self.grid, self.block = config.decoder_grid, config.image_size // config.decoder_grid
        sizes = [config.latent_dim, *[config.hidden] * config.trunk_layers]
        self.trunk = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        self.first = nn.Linear(config.hidden, 3 * width)
        self.scales = nn.Linear(config.hidden, layers * width)
        self.shifts = nn.Linear(config.hidden, layers * width)
        self.weights = nn.Parameter(torch.randn(layers, width, width) * math.sqrt(2 / width))
        self.out = nn.Linear(width, self.block**2)
        nn.init.constant_(self.out.bias, -2.0)  # most pixels are black
        self.register_buffer("coordinates", _grid_coordinates(self.grid), persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        features = z
        for layer in self.trunk:
            features = F.gelu(layer(features))
        first = 2 * self.first(features).view(len(z), 3, -1)
        h = torch.relu(self.coordinates.expand(len(z), -1, -1) @ first)  # (N, cells, width)
        scales = 1 + self.scales(features).view(len(z), len(self.weights), -1)
        shifts = self.shifts(features).view(len(z), len(self.weights), -1)
        for index, weight in enumerate(self.weights):
            # Scaling the weights instead of the activations keeps the whole layer in one matrix product.
            h = torch.relu(torch.baddbmm(shifts[:, index, None], h, weight * scales[:, index, :, None]))
        return torch.sigmoid(self._shuffle(self.out(h)))

    def _shuffle(self, blocks: Tensor) -> Tensor:
        """(N, cells, block²) -> (N, 1, H, W)."""
        size = self.grid * self.block
        pixels = blocks.view(-1, self.grid, self.grid, self.block, self.block)
        return pixels.transpose(2, 3).reshape(-1, 1, size, size)


class Autoencoder(nn.Module):
    """Both models: with config.noise_variance None the encoder learns the code's variance (VAE), else it is constant (MMD).

    shapes: how the pictures it is trained on are drawn.
    """

    def __init__(self, config: ModelConfig, shapes: ShapeConfig | None = None) -> None:
        super().__init__()
        self.config, self.shapes = config, shapes or ShapeConfig(image_size=config.image_size)
        self.learns_std = config.noise_variance is None
        self.prior_std = math.sqrt(config.prior_variance)  # the networks work in units of it, whatever v is
        self.encoder = Encoder(config, config.latent_dim * (2 if self.learns_std else 1))
        self.decoder = Decoder(config)

    @property
    def device(self) -> torch.device:
        return self.decoder.coordinates.device

    def encode(self, x: Tensor) -> Code:
        """Images (N, 1, H, W) in [0, 1] -> Code with mean (N, d); std is (N, d) if learned, else (1, 1)."""
        out = self.encoder(x)
        if self.learns_std:
            mean, log_variance = out.chunk(2, dim=1)
            return Code(self.prior_std * mean, self.prior_std * torch.exp(0.5 * (log_variance - 2).clamp(-16, 4)))
        return Code(self.prior_std * out, out.new_full((1, 1), math.sqrt(self.config.noise_variance or 0.0)))

    def decode(self, z: Tensor) -> Tensor:
        """Codes (N, d) -> images (N, 1, H, W) in [0, 1]."""
        return self.decoder(z / self.prior_std)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Images through the mean code, without noise: (N, 1, H, W) -> (N, 1, H, W)."""
        return self.decode(self.encode(x).mean)

    @torch.inference_mode()
    def sample(self, count: int, seed: int, *, spread: float = 1.0) -> Tensor:
        """`count` images of codes drawn from the prior, its standard deviation times `spread`: (count, 1, H, W).

        Models of one latent_dim share the standard normal draws of a seed, which are made on the CPU for every device.
        """
        return self.decode(self.draw_prior(count, seed) * spread)

    def draw_prior(self, count: int, seed: int) -> Tensor:
        """Codes from N(0, v I), (count, d), on the model's device; (seed, i) fixes code i."""
        z = self.prior_std * prior_draws(count, self.config.latent_dim, seed)
        return z.to(self.device)


def prior_draws(count: int, latent_dim: int, seed: int) -> Tensor:
    """Standard normal draws, (count, latent_dim), on the CPU; (seed, i) fixes row i whatever the count."""
    draws = np.random.Generator(np.random.Philox(key=seed)).standard_normal((count, latent_dim))
    return torch.from_numpy(draws).float()


def _grid_coordinates(cells: int) -> Tensor:
    """(x, y, 1) at the centres of a cells × cells grid over [-1, 1]², (cells², 3)."""
    axis = (torch.arange(cells) + 0.5) * (2 / cells) - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x.flatten(), y.flatten(), torch.ones(cells * cells)], 1)
