"""Encoder, Decoder, Autoencoder, Code: one set of networks for both models."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shapevae.arrays import checked_images
from shapevae.cells import images_of
from shapevae.config import ModelConfig, ShapeConfig


@dataclass(frozen=True)
class Code:
    """The posterior q(z|x) = N(mean, std²) of each image. mean: (N, d); std: (N, d) for a VAE, else broadcastable."""

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
        self.deeper = nn.ModuleList(nn.Linear(config.hidden, config.hidden) for _ in range(config.encoder_layers - 1))
        self.out = nn.Linear(config.hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = _halve(2 * x) - 0.4  # pictures are mostly black: about zero mean
        x = F.gelu(self.patches(x))
        x = F.gelu(self.neighbours(x))
        x = F.gelu(self.hidden(x.flatten(1)))
        for layer in self.deeper:
            x = F.gelu(layer(x))
        return self.out(x)


class GatedLinear(nn.Module):
    """u · σ(s g) with [u, g] = W x + b, (N, inputs) -> (N, outputs): gated linear units (Dauphin et al. 2017) of sharpness s.

    About linear on each side of its gates: a decoder's way to draw one kind of shape here and another one right beside it.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.both = nn.Linear(inputs, 2 * outputs)

    def forward(self, x: Tensor, sharpness: float | Tensor) -> Tensor:
        values, gates = self.both(x).chunk(2, dim=-1)
        return values * torch.sigmoid(sharpness * gates)


class Decoder(nn.Module):
    """Code (N, d) -> image (N, 1, H, W) in [0, 1]: a small network evaluated at every cell of a grid of coordinates.

    The code sets the first layer's weights on (x, y, 1), and a scale and a shift for each channel of the later layers, whose
    weights are shared by all images and places. Each cell then gives its own block of pixels (a pixel shuffle).

    sharpness is that of the gates; training raises it to config.gate_sharpness.
    """

    coordinates: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, layers = config.decoder_width, config.decoder_layers
        self.grid, self.block = config.decoder_grid, config.image_size // config.decoder_grid
        self.sharpness: float | Tensor = config.gate_sharpness
        sizes = [config.latent_dim, *[config.hidden] * config.trunk_layers]
        self.trunk = nn.ModuleList(GatedLinear(a, b) for a, b in itertools.pairwise(sizes))
        self.first = nn.Linear(config.hidden, 3 * width)
        self.scales = nn.Linear(config.hidden, layers * width)
        self.shifts = nn.Linear(config.hidden, layers * width)
        self.weights = nn.Parameter(torch.empty(layers, width, width))
        if not self.weights.is_meta:  # there it would import modules for a second
            nn.init.normal_(self.weights, std=math.sqrt(2 / width))
        self.out = nn.Linear(width, self.block**2)
        nn.init.constant_(self.out.bias, -2.0)  # most pixels are black
        self.register_buffer("coordinates", _grid_coordinates(self.grid), persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        """Codes (N, d) -> images (N, 1, H, W)."""
        return images_of(self.blocks(z, self.coordinates.expand(len(z), -1, -1)), self.grid)

    def blocks(self, z: Tensor, places: Tensor) -> Tensor:
        """Codes (N, d), and the coordinates of some cells for each (N, cells, 3) -> the cells' pixels (N, cells, block²)."""
        for layer in self.trunk:
            z = layer(z, self.sharpness)
        first = 2 * self.first(z).view(len(z), 3, -1)
        scales = 1 + self.scales(z).view(len(z), len(self.weights), -1)
        shifts = self.shifts(z).view(len(z), len(self.weights), -1)
        h = torch.relu_(places @ first)  # (N, cells, width)
        for weight, scale, shift in zip(self.weights, scales.unbind(1), shifts.unbind(1), strict=True):
            # Scaling the weights instead of the activations keeps the whole layer in one matrix product.
            h = torch.relu_(torch.bmm(h, weight * scale[:, :, None]).add_(shift[:, None]))
        return torch.sigmoid(self.out(h))


class Autoencoder(nn.Module):
    """Both models, of the same networks; they differ in the noise of a code.

    Learned (config.noise_variance None): the encoder gives the standard deviation of each image and dimension, as in a VAE
    (Kingma & Welling 2014). Else the noise has the entropy of N(0, σ² I) for every image, as in the bounded information rate
    VAE (Braithwaite & Kleijn 2018, arXiv 1807.07306). It is N(0, σ² I), or with config.shaped_noise the encoder shares its
    entropy out among the dimensions (random encoders: Rubenstein et al. 2018, arXiv 1802.03761).

    shapes: how the pictures it is trained on are drawn.
    """

    def __init__(self, config: ModelConfig, shapes: ShapeConfig | None = None) -> None:
        super().__init__()
        self.config, self.shapes = config, shapes or ShapeConfig(image_size=config.image_size)
        self.learns_std = config.noise_variance is None
        self.fixed_noise = not (self.learns_std or config.shaped_noise)
        self.prior_std = math.sqrt(config.prior_variance)  # the networks work in units of it, whatever v is
        self.encoder = Encoder(config, config.latent_dim * (1 if self.fixed_noise else 2))
        self.decoder = Decoder(config)

    @property
    def device(self) -> torch.device:
        return self.decoder.coordinates.device

    def encode(self, x: Tensor | np.ndarray) -> Code:
        """Images (N, 1, H, W) in [0, 1] -> Code with mean (N, d); std is (N, d), or (1, 1) where it is fixed.

        A tensor or a numpy array, of any floating-point type. Raises ValueError for other arrays; for values outside [0, 1]
        only in eval mode, since a training does not wait for its device.
        """
        side = self.config.image_size
        x = checked_images(x, (side,), f"H = {side}", values=not self.training).to(self.decoder.coordinates)
        out, sigma = self.encoder(x), math.sqrt(self.config.noise_variance or 0.0)
        if self.fixed_noise:
            return Code(self.prior_std * out, out.new_full((1, 1), sigma))
        mean, second = out.chunk(2, dim=1)
        std = torch.exp(0.5 * (second - 2).clamp(-16, 4)) if self.learns_std else shaped_std(second, sigma / self.prior_std)
        return Code(self.prior_std * mean, self.prior_std * std)

    def decode(self, z: Tensor) -> Tensor:
        """Codes (N, d) -> images (N, 1, H, W) in [0, 1]. Raises ValueError for another shape."""
        if z.ndim != 2 or z.shape[1] != self.config.latent_dim:
            raise ValueError(f"codes must be (N, {self.config.latent_dim}), got {tuple(z.shape)}")
        return self.decoder(z.to(self.decoder.coordinates) / self.prior_std)

    def decode_cells(self, z: Tensor, cells: Tensor) -> Tensor:
        """Codes (N, k, d) -> the pixels (N, count, block²) of chosen cells (N, count), every k-th from the same code."""
        images, k, d = z.shape
        by_code = cells.view(images, -1, k).mT.reshape(images * k, -1)
        pixels = self.decoder.blocks(z.view(-1, d) / self.prior_std, self.decoder.coordinates[by_code])
        return pixels.view(images, k, cells.shape[1] // k, -1).transpose(1, 2).flatten(1, 2)

    def reconstruct(self, x: Tensor | np.ndarray) -> Tensor:
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


def shaped_std(logits: Tensor, sigma: float) -> Tensor:
    """Standard deviations below 1 whose geometric mean is `sigma` in every row, (N, d) -> (N, d).

    std_i = exp(-R softmax(logits)_i) with R = -d ln σ: every row divides the same R, in nats, among its dimensions. So
    Σ ln std_i, and with it the entropy of the noise, is that of N(0, σ² I).
    """
    rate = -logits.shape[1] * math.log(sigma)
    return torch.exp(-rate * torch.softmax(logits, 1))


def _halve(x: Tensor) -> Tensor:
    """Half the resolution by means of 2 × 2 pixels; avg_pool2d takes four times as long on a CPU."""
    rows = x[:, :, ::2] + x[:, :, 1::2]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def _grid_coordinates(cells: int) -> Tensor:
    """(x, y, 1) at the centres of a cells × cells grid over [-1, 1]², (cells², 3)."""
    axis = torch.from_numpy((np.arange(cells, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / cells) - 1)
    coordinates = torch.ones(cells, cells, 3)
    coordinates[..., 0].copy_(axis)
    coordinates[..., 1].copy_(axis[:, None])
    return coordinates.flatten(0, 1)
