"""What an epoch has shown so far: the means of its terms, and the first batch whose loss is not finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from shapevae.errors import RunError
from shapevae.runs.checkpoint import CALMER, kept

if TYPE_CHECKING:
    from shapevae.training import Terms, Training


class RunningMeans:
    """Means of the terms since the start of an epoch; kept on the device, read only when shown."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor | float] = {"loss": 0.0, "distortion": 0.0, "penalty": 0.0}
        self._count = 0
        self._all_finite: Tensor | bool = True
        self._finite: Tensor | int = 0  # batches before the first whose loss is not finite

    def add(self, terms: Terms) -> None:
        """Count a batch; asks the device for nothing, so waits for nothing."""
        self._sums = {name: total + getattr(terms, name).detach() for name, total in self._sums.items()}
        self._count += 1
        self._all_finite = self._all_finite & torch.isfinite(terms.loss.detach())
        self._finite = self._finite + self._all_finite

    def values(self) -> dict[str, float]:
        """{"loss", "distortion", "penalty"} in nats per image."""
        return {name: float(total) / max(self._count, 1) for name, total in self._sums.items()}

    def check(self, training: Training) -> None:
        """Raises RunError, naming the first batch whose loss was not finite; waits for the device.

        The batch can be found again: the checkpoint named, or the seed where there is none, leads to it step by step.
        """
        batch = int(self._finite) + 1
        if batch > self._count:
            return
        start, config = training.step - self._count, training.config
        epochs = start // (config.images // config.batch_size)
        raise RunError(
            f"the loss is no longer finite at step {start + batch}, batch {batch} of epoch {epochs + 1} (seed {config.seed}); "
            f"{kept(epochs)}: {CALMER}"
        )

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:.2f}" for name, value in self.values().items())
