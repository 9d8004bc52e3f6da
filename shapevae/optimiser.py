"""Muon for the weight matrices, Adam for everything else, and the learning rate's schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

# Matrices that Muon leaves to Adam: beside pixels or code, and the widest, whose orthogonalisation would cost most.
_ADAMS = ("encoder.patches", "encoder.hidden", "decoder.trunk.0", "decoder.out")


class Muon(Optimizer):
    """Momentum, each matrix of it replaced by about the nearest orthogonal one (Jordan et al. 2024).

    A convolution's kernel (out, in, h, w) counts as one matrix (out, in · h · w); a stack (n, rows, columns) as n of
    them. Matrices of one shape are treated together. torch's own Muon takes single matrices only, and needs torch 2.9.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[nn.Parameter]] = {}
            for param in group["params"]:
                if param.grad is not None:
                    by_shape.setdefault(_as_matrices(param).shape[1:], []).append(param)
            for params in by_shape.values():
                self._step_together(params, group["lr"], group["momentum"])

    def _step_together(self, params: list[nn.Parameter], lr: float, momentum: float) -> None:
        averages = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in params]
        grads = [p.grad for p in params if p.grad is not None]
        for average, grad in zip(averages, grads, strict=True):
            average.lerp_(grad, 1 - momentum)
        updates = torch.cat([_as_matrices(grad.lerp(average, momentum)) for grad, average in zip(grads, averages, strict=True)])
        rows, columns = updates.shape[1:]
        directions = orthogonalise(updates) * max(1.0, rows / columns) ** 0.5
        for param, direction in zip(params, directions.split([len(_as_matrices(p)) for p in params]), strict=True):
            param.add_(direction.view_as(param), alpha=-lr)


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """Push all singular values of (n, rows, columns) to about 1, by a Newton-Schulz iteration of degree five.

    The coefficients are Jordan's: singular values end between 0.7 and 1.2, which is enough for an update, and quick.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


def build_optimisers(model: nn.Module, learning_rate: float, muon_rate: float, *, learns_std: bool) -> list[Optimizer]:
    """Muon for the inner matrices, AdamW for biases, the layers beside pixels and code, and the encoder's widest.

    An encoder's last layer that gives means alone is Adam's too; where the model learns_std it gives variances as well, and did
    better with Muon (docs/quality.md). With a muon_rate of 0, AdamW for everything.
    """
    adams = _ADAMS if learns_std else (*_ADAMS, "encoder.out")
    inner = [p for name, p in model.named_parameters() if muon_rate and p.ndim >= 2 and not name.startswith(adams)]
    chosen = set(inner)
    rest = [p for p in model.parameters() if p not in chosen]
    adam = AdamW(rest, lr=learning_rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    return [Muon(inner, lr=muon_rate), adam] if inner else [adam]


def set_learning_rate(optimiser: Optimizer, factor: float) -> None:
    """Set each group's learning rate to `factor` times the one it was built with."""
    for group in optimiser.param_groups:
        group["lr"] = factor * group.setdefault("initial_lr", group["lr"])


def one_cycle(step: int, steps: int, warm_up: float = 0.05) -> float:
    """Factor on the learning rate: a linear warm-up, then half a cosine down to 0."""
    done = step / steps
    if done < warm_up:
        return (step + 1) / (warm_up * steps)
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def _as_matrices(param: Tensor) -> Tensor:
    """(rows, columns) -> (1, rows, columns); (out, in, h, w) -> (1, out, in h w); a stack (n, rows, columns) as it is."""
    return param if param.ndim == 3 else param.flatten(1)[None]
