"""Muon for the weight matrices, AdamW for everything else, and the learning rate's schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

# Matrices beside pixels or code, which Muon leaves to AdamW.
_ADAMS = ("encoder.patches", "decoder.trunk.0", "decoder.out")

_ROWS = 32  # of a block that Muon orthogonalises by itself

# Three steps, each the best of its degree for the singular values that the one before leaves of values between 0.01 and 1
# (Amsel et al. 2025, "Polar Express"): they end between 0.72 and 1.28.
_STEPS = (
    (7.710969245867679, -22.11375479048116, 16.248743017738473),
    (3.7871529945309366, -3.065891264847807, 0.6533295208282659),
    (2.6683592264158826, -1.9829365267719758, 0.45325833757757683),
)


class Muon(Optimizer):
    """Momentum, each block of rows of it replaced by about the nearest matrix of orthonormal rows (Jordan et al. 2024).

    A convolution's kernel (out, in, h, w) counts as one matrix (out, in · h · w); a stack (n, rows, columns) as n of them.
    Matrices fall into blocks of at most 32 rows, whose products cost a quarter of those of 128 rows. Blocks of one shape are
    treated together. torch's own Muon takes whole, single matrices only, and needs torch 2.9.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[nn.Parameter]] = {}
            for param in group["params"]:
                if param.grad is not None:
                    by_shape.setdefault(_as_blocks(param).shape[1:], []).append(param)
            for params in by_shape.values():
                self._step_together(params, group["lr"], group["momentum"])

    def _step_together(self, params: list[nn.Parameter], lr: float | Tensor, momentum: float) -> None:
        averages = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in params]
        grads = [p.grad for p in params if p.grad is not None]
        for average, grad in zip(averages, grads, strict=True):
            average.lerp_(grad, 1 - momentum)
        updates = torch.cat([_as_blocks(grad.lerp(average, momentum)) for grad, average in zip(grads, averages, strict=True)])
        rows, columns = updates.shape[1:]
        directions = orthogonalise(updates) * max(1.0, rows / columns) ** 0.5
        for param, direction in zip(params, directions.split([len(_as_blocks(p)) for p in params]), strict=True):
            if isinstance(lr, Tensor):  # alpha would have to be read from the GPU
                param.sub_(lr * direction.reshape(param.shape))
            else:
                param.add_(direction.reshape(param.shape), alpha=-lr)


def orthogonalise(matrices: Tensor) -> Tensor:
    """Push all singular values of (n, rows, columns) to about 1, by three Newton-Schulz steps of degree five."""
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (1.01 * x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for a, b, c in _STEPS:
        gram = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


def build_optimisers(model: nn.Module, learning_rate: float, muon_rate: float, *, fixed_noise: bool) -> list[Optimizer]:
    """Muon for the inner matrices, AdamW for biases and the layers beside pixels and code.

    The encoder's hidden and last layers are AdamW's too where the noise is fixed (docs/quality.md). With a muon_rate of 0,
    AdamW for everything.
    """
    adams = (*_ADAMS, "encoder.hidden", "encoder.out") if fixed_noise else _ADAMS
    inner = [p for name, p in model.named_parameters() if muon_rate and p.ndim >= 2 and not name.startswith(adams)]
    chosen = set(inner)
    rest = [p for p in model.parameters() if p not in chosen]
    adam = AdamW(rest, lr=learning_rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True, capturable=rest[0].is_cuda)
    return [Muon(inner, lr=muon_rate), adam] if inner else [adam]


def set_learning_rate(optimiser: Optimizer, factor: float | Tensor) -> None:
    """Set each group's learning rate to `factor` times the one it was built with."""
    for group in optimiser.param_groups:
        group["lr"] = factor * group.setdefault("initial_lr", group["lr"])


def one_cycle(step: int, steps: int, warm_up: float = 0.05) -> float:
    """Factor on the learning rate: a linear warm-up, then half a cosine down to 0."""
    done = step / steps
    if done < warm_up:
        return (step + 1) / (warm_up * steps)
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def _as_blocks(param: Tensor) -> Tensor:
    """(rows, columns), (out, in, h, w) or (n, rows, columns) -> equal blocks of at most 32 rows, (blocks, rows, columns)."""
    matrices = param if param.ndim == 3 else param.flatten(1)[None]
    rows, columns = matrices.shape[1:]
    size = next(size for size in range(min(rows, _ROWS), 0, -1) if rows % size == 0)
    return matrices.reshape(-1, size, columns)
