"""Trainings by two processes, started as torchrun starts them, but from one that has imported torch already."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from shapevae.config import TrainConfig
from shapevae.distributed import ONE_PROCESS, Processes, join_processes
from shapevae.runs.train import train
from shapevae.shapes import draw_shapes
from shapevae.training import loss_terms, start_training
from tests.support.patience import free_port
from tests.support.processes import end, prepare, start

SIZE = 2


def together(target: Callable[..., None], *arguments: Any) -> list[int]:
    """Call `target` in two processes that form a group; their exit codes by rank."""
    port = free_port()
    return [end(process) for process in [start(member, rank, port, target, *arguments) for rank in range(SIZE)]]


def member(rank: int, port: int, target: Callable[..., None], *arguments: Any) -> None:
    variables = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": SIZE, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in variables.items()}, TORCHELASTIC_RUN_ID="test")
    prepare()
    target(*arguments)


def train_together(config: TrainConfig, folder: Path) -> None:
    """Begin a run, or go on with it."""
    with join_processes() as processes:
        train(config, folder, device="cpu", resume=True, evaluate_images=16, progress=False, processes=processes)


def gradients_together(config: TrainConfig, file: Path) -> None:
    """Write the gradients of one step to a file, as the last process has them."""
    with join_processes() as processes:
        gradients = gradients_of(config, processes)
        if not processes.is_main:
            save_file(gradients, file)


def gradients_of(config: TrainConfig, processes: Processes = ONE_PROCESS) -> dict[str, Tensor]:
    """The gradients of a fresh model's first step, by name."""
    training = start_training(config, "cpu", processes)
    x = draw_shapes(config.batch_size, 0).images
    loss_terms(processes.share_batches(training.model), x, config, config.pixel_variance, training.generator).loss.backward()
    processes.sum_gradients(training.model)
    return {name: p.grad for name, p in training.model.named_parameters() if p.grad is not None}
