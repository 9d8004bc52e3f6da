"""Distortion, KL divergence, kernels and squared MMD: free functions of tensors, in nats per image."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Kernel = Callable[[Tensor], Tensor]  # squared distances -> similarities, element by element

IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def squared_error(x: Tensor, x_hat: Tensor) -> Tensor:
    """‖x - x_hat‖² summed over pixels, per image: (N, 1, H, W) and (N, 1, H, W) -> (N,)."""
    return (x - x_hat).square().flatten(1).sum(1)


def distortion(x: Tensor, x_hat: Tensor, pixel_variance: float) -> Tensor:
    """Squared error over 2c, in nats, per image: (N, 1, H, W) twice -> (N,).

    The negative log-likelihood of a Gaussian decoder of variance c = pixel_variance a pixel, without its constant
    D/2 · ln(2πc).
    """
    return squared_error(x, x_hat) / (2 * pixel_variance)


def kl_divergence(mean: Tensor, std: Tensor) -> Tensor:
    """KL(N(mean, std²) ‖ N(0, 1)) in nats, per image and latent dimension: (N, d) and (N, d) -> (N, d).

    Closed form of Kingma & Welling 2014, appendix B; sum over the last dimension for the rate of an image.
    """
    return 0.5 * (mean.square() + std.square() - 1) - std.log()


def inverse_multiquadric(scales: Tensor | tuple[float, ...]) -> Kernel:
    """Σ C / (C + ‖·‖²) over C in scales (Tolstikhin et al. 2018, section 4)."""
    return lambda distances: torch.stack([c / (c + distances) for c in scales]).sum(0)


def imq_kernel(latent_dim: int, prior_variance: float) -> Kernel:
    """The inverse multiquadrics at C = s · 2 d v for the seven s of IMQ_SCALES; 2 d v is the mean squared distance of two prior draws."""
    return inverse_multiquadric(tuple(s * 2 * latent_dim * prior_variance for s in IMQ_SCALES))


def rbf_kernel(bandwidth: float) -> Kernel:
    """exp(-‖·‖² / bandwidth). With bandwidth d², the first MMD-VAE code's choice, it hardly sees the scale of codes for larger d."""
    return lambda distances: torch.exp(-distances / bandwidth)


def squared_mmd(z: Tensor, prior: Tensor, kernel: Kernel) -> Tensor:
    """Squared maximum mean discrepancy of two samples, (N, d) and (M, d) -> scalar, no unit.

    The unbiased U-statistic (Gretton et al. 2012, equation 3): pairs of an image with itself are left out, so the result may
    be negative and is not clamped. Raises ValueError where a sample has fewer than two rows.
    """
    if len(z) < 2 or len(prior) < 2:
        raise ValueError(f"squared_mmd needs at least 2 codes on each side, got {len(z)} and {len(prior)}")
    return _mean_off_diagonal(z, kernel) + _mean_off_diagonal(prior, kernel) - 2 * kernel(squared_distances(z, prior)).mean()


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """‖a_i - b_j‖²: (N, d) and (M, d) -> (N, M)."""
    return (a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.mT).clamp(min=0)


def _mean_off_diagonal(z: Tensor, kernel: Kernel) -> Tensor:
    count = len(z)
    similarities = kernel(squared_distances(z, z))
    return (similarities.sum() - similarities.diagonal().sum()) / (count * (count - 1))
