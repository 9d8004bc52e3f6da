"""What a run leaves in its folder: a line, a picture and a checkpoint an epoch; figures and weights at its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from shapevae.evaluation import evaluate
from shapevae.files import METRICS, write_whole
from shapevae.images.write import grid, to_png
from shapevae.model import Autoencoder
from shapevae.runs import checkpoint
from shapevae.weights import save_model

if TYPE_CHECKING:
    from shapevae.runs.running import RunningMeans
    from shapevae.training import Training

SAMPLES, SAMPLE_SEED = 25, 0


def record_epoch(training: Training, folder: Path, means: RunningMeans) -> None:
    """The line, the picture and the checkpoint of an epoch that is done."""
    checkpoint.log_epoch(folder, {"epoch": training.epoch, **means.values(), "seconds": training.seconds})
    write_whole(folder / "epochs" / f"{training.epoch:03d}.png", to_png(grid(sample_grid(training.model))))
    checkpoint.save_checkpoint(folder, training)


def finish(training: Training, folder: Path, evaluate_images: int) -> None:
    """Measure the trained model and write its figures and weights in place of the checkpoints."""
    result = evaluate(training.model, images=evaluate_images, train_seconds=training.seconds)
    write_whole(folder / METRICS, (json.dumps(result.to_dict(), indent=2) + "\n").encode())
    save_model(training.model, training.config, folder)
    checkpoint.remove(folder)


def sample_grid(model: Autoencoder) -> Tensor:
    """Images of the same codes whenever it is called, (25, 1, H, W)."""
    return model.sample(SAMPLES, SAMPLE_SEED)
