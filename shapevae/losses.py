"""The terms of the loss, free functions of tensors: distortion, KL divergence, squared MMD and its kernels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class LossTerms:
    """The loss of a batch and its two parts: scalars, nats per image. penalty is kl_weight · KL or λ · MMD²."""

    loss: Tensor
    distortion: Tensor
    penalty: Tensor


class Moment(NamedTuple):
    """What schedules set for a training step: floats, or tensors () for a step that is recorded."""

    rate: float | Tensor  # factor on the learning rates
    pixel_variance: float | Tensor
    gate_sharpness: float | Tensor


def squared_error(x: Tensor, x_hat: Tensor) -> Tensor:
    """‖x - x_hat‖² summed over pixels, per image: (N, 1, H, W) and (N, 1, H, W) -> (N,)."""
    return (x - x_hat).square().flatten(1).sum(1)


def distortion(x: Tensor, x_hat: Tensor, weights: Tensor, pixel_variance: float | Tensor) -> Tensor:
    """‖x - x_hat‖² / 2c in nats, per image, from the pixels of chosen cells: (N, count, block²) twice -> (N,).

    The negative log-likelihood of a Gaussian decoder of variance c = pixel_variance a pixel, without its constant
    D/2 · ln(2πc). weights: (N, count), one over the probability of each cell (see cells.choose_cells), so unbiased.
    """
    return ((x - x_hat).square().sum(2) * weights).sum(1) / (2 * pixel_variance)


def kl_divergence(mean: Tensor, std: Tensor) -> Tensor:
    """KL(N(mean, std²) ‖ N(0, 1)) in nats, per image and latent dimension: (N, d) and (N, d) -> (N, d).

    Closed form of Kingma & Welling 2014, appendix B; sum over the last dimension for the rate of an image.
    """
    return 0.5 * (mean.square() + std.square() - 1) - std.log()


@dataclass(frozen=True)
class InverseMultiquadric:
    """Σ C / (C + ‖·‖²) over C in `scales` (Tolstikhin et al. 2018, section 4)."""

    scales: tuple[float, ...]

    def __call__(self, distances: Tensor) -> Tensor:
        """Squared distances -> similarities, element by element."""
        c = _tensor(self.scales, distances.dtype, distances.device).view(-1, *[1] * distances.ndim)
        return (c / (c + distances)).sum(0)

    def mean_under_normal(self, z: Tensor, variance: float) -> Tensor:
        """E k(z, y) over y ~ N(0, variance · I), (N, d) -> (N,).

        C / (C + r²) = ∫₀^∞ exp(-t) exp(-t r² / C) dt is a mixture of Gaussian kernels; with t = exp(u) the trapezoidal rule on
        64 values of u takes the integral to about 1e-6 for any C.
        """
        rates, weights = _imq_mixture(self.scales, z.shape[1], variance, z.dtype, z.device)
        return torch.exp(-z.square().sum(1, keepdim=True) * rates) @ weights


@dataclass(frozen=True)
class Gaussian:
    """The RBF kernel exp(-‖·‖² / bandwidth).

    With bandwidth d², as in the first MMD-VAE code, it hardly sees the codes' scale for larger d.
    """

    bandwidth: float

    def __call__(self, distances: Tensor) -> Tensor:
        """Squared distances -> similarities, element by element."""
        return torch.exp(-distances / self.bandwidth)

    def mean_under_normal(self, z: Tensor, variance: float) -> Tensor:
        """E k(z, y) over y ~ N(0, variance · I), (N, d) -> (N,)."""
        rate = z.new_full((), 1 / self.bandwidth)
        widened = 1 + 2 * variance * rate
        return widened ** (-z.shape[1] / 2) * torch.exp(-z.square().sum(1) * rate / widened)


Kernel = InverseMultiquadric | Gaussian


@lru_cache(maxsize=16)
@torch.inference_mode(mode=False)  # else no later call could take gradients
def _tensor(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Constants, sent to their device once: a GPU would be waited for."""
    return torch.tensor(values, dtype=dtype, device=device)


@lru_cache(maxsize=16)
@torch.inference_mode(mode=False)  # else no later call could take gradients
def _imq_mixture(
    scales: tuple[float, ...], d: int, variance: float, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Rates and weights (K,) with E k(z, y) = Σ weight · exp(-rate · ‖z‖²) over y ~ N(0, variance · I), z of d dimensions."""
    u = torch.linspace(-14, 4.5, 64, dtype=torch.float64)
    weights = torch.exp(u - u.exp()) * (u[1] - u[0])
    rates = (u.exp() / torch.tensor(scales, dtype=torch.float64)[:, None]).flatten()
    widened = 1 + 2 * variance * rates
    return (rates / widened).to(device, dtype), (weights.repeat(len(scales)) * widened ** (-d / 2)).to(device, dtype)


def imq_kernel(latent_dim: int, prior_variance: float, scale: float = 1.0) -> InverseMultiquadric:
    """The multiquadrics at C = s · 2 d v, s in IMQ_SCALES; 2 d v is the mean squared distance of two prior draws.

    scale multiplies every C: where only some of the d dimensions carry anything, distances are shorter.
    """
    return InverseMultiquadric(tuple(s * 2 * latent_dim * prior_variance * scale for s in IMQ_SCALES))


def squared_mmd(z: Tensor, prior: Tensor, kernel: Kernel) -> Tensor:
    """Squared maximum mean discrepancy of two samples, (N, d) and (M, d) -> scalar, no unit.

    The unbiased U-statistic (Gretton et al. 2012, equation 3): pairs of an image with itself are left out, so the result may
    be negative and is not clamped. Raises ValueError where a sample has fewer than two rows.
    """
    if len(z) < 2 or len(prior) < 2:
        raise ValueError(f"squared_mmd needs at least 2 codes on each side, got {len(z)} and {len(prior)}")
    return _mean_off_diagonal(z, kernel) + _mean_off_diagonal(prior, kernel) - 2 * kernel(squared_distances(z, prior)).mean()


def squared_mmd_to_normal(z: Tensor, variance: float, kernel: Kernel) -> Tensor:
    """Squared maximum mean discrepancy of codes to N(0, variance · I) itself, (N, d) or (N, k, d) -> a scalar, no unit.

    What squared_mmd estimates, with the normal side's means in closed form instead of over draws (Rustamov 2021): still
    unbiased, with less noise and no M² cost. Pairs among the k codes of one image are left out, since they are not
    independent. May be negative, is not clamped. Raises ValueError for codes of fewer than two images.
    """
    if len(z) < 2:
        raise ValueError(f"squared_mmd_to_normal needs at least 2 codes, of different images, got {len(z)}")
    codes = z.reshape(-1, z.shape[-1])
    # The difference of two draws is N(0, 2 · variance · I).
    among_normal = kernel.mean_under_normal(torch.zeros_like(codes[:1]), 2 * variance)[0]
    among_codes = _mean_off_diagonal(codes, kernel, block=len(codes) // len(z))
    return among_codes + among_normal - 2 * kernel.mean_under_normal(codes, variance).mean()


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """‖a_i - b_j‖²: (N, d) and (M, d) -> (N, M)."""
    return (a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.mT).clamp(min=0)


def _mean_off_diagonal(z: Tensor, kernel: Kernel, block: int = 1) -> Tensor:
    """The mean similarity of all pairs of (N, d) that lie in different blocks of `block` rows."""
    groups = len(z) // block
    similarities = kernel(squared_distances(z, z)).view(groups, block, groups, block)
    within = similarities.diagonal(dim1=0, dim2=2).sum()
    return (similarities.sum() - within) / (block**2 * groups * (groups - 1))
