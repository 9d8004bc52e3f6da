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

_SHARPNESS = 4.0  # of the gates; 2 to 8 did about as well


@dataclass(frozen=True)
class Code:
    """The Gaussian N(mean, std²) an image is encoded to. mean: (N, d); std: (N, d) for a VAE, else broadcastable."""

    mean: Tensor
    std: Tensor

    def rsample(self, generator: torch.Generator | None = None) -> Tensor:
        """One code z = mean + std · ε for each image, ε ~ N(0, I): (N, d), with gradients to mean and std."""
        return self.rsample_many(1, generator)[:, 0]

    def rsample_many(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` independent codes for each image, (N, count, d)."""
        images, d = self.mean.shape
        noise = torch.randn(images, count, d, generator=generator, device=self.mean.device)
        return self.mean[:, None] + self.std[:, None] * noise


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


class GatedLinear(nn.Module):
    """u · σ(4 g) with [u, g] = W x + b, (N, inputs) -> (N, outputs): gated linear units (Dauphin et al. 2017), gates sharpened.

    About linear on each side of its gates: a decoder's way to draw one kind of shape here and another one right beside it.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.both = nn.Linear(inputs, 2 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        values, gates = self.both(x).chunk(2, dim=-1)
        return values * torch.sigmoid(_SHARPNESS * gates)


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
        self.trunk = nn.Sequential(*(GatedLinear(a, b) for a, b in itertools.pairwise(sizes)))
        self.first = nn.Linear(config.hidden, 3 * width)
        self.scales = nn.Linear(config.hidden, layers * width)
        self.shifts = nn.Linear(config.hidden, layers * width)
        self.weights = nn.Parameter(torch.randn(layers, width, width) * math.sqrt(2 / width))
        self.out = nn.Linear(width, self.block**2)
        nn.init.constant_(self.out.bias, -2.0)  # most pixels are black
        self.register_buffer("coordinates", _grid_coordinates(self.grid), persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        """Codes (N, k², d) -> images (N, 1, H, W), each with k² codes that draw every k-th cell, each way, of it."""
        k, codes = math.isqrt(z.shape[1]), z.flatten(0, 1)
        features = self.trunk(codes)
        first = 2 * self.first(features).view(len(codes), 3, -1)
        h = torch.relu_(self._lattices(k).repeat(len(z), 1, 1) @ first)  # (N k², cells / k², width)
        scales = 1 + self.scales(features).view(len(codes), len(self.weights), -1)
        shifts = self.shifts(features).view(len(codes), len(self.weights), -1)
        for index, weight in enumerate(self.weights):
            # Scaling the weights instead of the activations keeps the whole layer in one matrix product.
            h = torch.relu_(torch.bmm(h, weight * scales[:, index, :, None]).add_(shifts[:, index, None]))
        return torch.sigmoid(self._assemble(self.out(h), k))

    def _lattices(self, k: int) -> Tensor:
        """The coordinates of the k² interleaved lattices of cells, (k², cells / k², 3)."""
        side = self.grid // k
        return self.coordinates.view(side, k, side, k, 3).permute(1, 3, 0, 2, 4).reshape(k * k, side * side, 3)

    def _assemble(self, blocks: Tensor, k: int) -> Tensor:
        """(N k², cells / k², block²) -> (N, 1, H, W)."""
        side, size = self.grid // k, self.grid * self.block
        pixels = blocks.view(-1, k, k, side, side, self.block, self.block)
        return pixels.permute(0, 3, 1, 5, 4, 2, 6).reshape(-1, 1, size, size)


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
        return self.decode_together(z[:, None])

    def decode_together(self, z: Tensor) -> Tensor:
        """Codes (N, k², d) -> images (N, 1, H, W), each dealt out among its k² codes: as dear as decoding one of them.

        For codes drawn independently of one distribution, the mean of any loss that sums over pixels is that of `decode`.
        """
        return self.decoder(z / self.prior_std)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Images through the mean code, without noise: (N, 1, H, W) -> (N, 1, H, W)."""
        return self.decode(self.encode(x).mean)

    def refine(self, x: Tensor, passes: int) -> Tensor:
        """Images reconstructed again and again, (N, 1, H, W) -> (N, 1, H, W): towards one that the model reconstructs as it is.

        Rezende et al. 2014 impute missing pixels by such a chain, with noise.
        """
        for _ in range(passes):
            x = self.reconstruct(x)
        return x

    @torch.inference_mode()
    def sample(self, count: int, seed: int, *, spread: float = 1.0, passes: int = 0) -> Tensor:
        """`count` images of codes drawn from the prior, its standard deviation times `spread`: (count, 1, H, W).

        They are then reconstructed `passes` times. Models share the draws of a seed, which are made on the CPU; one with fewer
        dimensions gets the first numbers of each row.
        """
        return self.refine(self.decode(self.draw_prior(count, seed) * spread), passes)

    def draw_prior(self, count: int, seed: int) -> Tensor:
        """Codes from N(0, v I), (count, d), on the model's device; (seed, i) fixes code i, (seed, i, j) its number j."""
        z = self.prior_std * prior_draws(count, self.config.latent_dim, seed)
        return z.to(self.device)


def prior_draws(count: int, latent_dim: int, seed: int) -> Tensor:
    """Standard normal draws, (count, latent_dim), on the CPU; (seed, i, j) fixes a number, whatever the size."""
    draws = [np.random.Generator(np.random.Philox(key=[seed, j])).standard_normal(count) for j in range(latent_dim)]
    return torch.from_numpy(np.stack(draws, 1)).float()


def _grid_coordinates(cells: int) -> Tensor:
    """(x, y, 1) at the centres of a cells × cells grid over [-1, 1]², (cells², 3)."""
    axis = (torch.arange(cells) + 0.5) * (2 / cells) - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x.flatten(), y.flatten(), torch.ones(cells * cells)], 1)
