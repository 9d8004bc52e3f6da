"""One training on one process or on many: each encodes and decodes its rows of every batch, and all take the same step."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

from shapevae.errors import EXIT_CODE, RunError, Terminated
from shapevae.model import Autoencoder, Code

_FAILURE = "failure"  # key of the store that all processes share: what went wrong in a process other than the main one


@dataclass(frozen=True)
class Processes:
    """The `size` processes that train one model; this is number `rank` of them.

    All of them hold the whole batch, make its random draws from one seed, and so compute the same loss. What is slow, encoding
    and decoding, each does for its own rows only.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_main(self) -> bool:
        """True in one process of all: the one that writes files and prints."""
        return self.rank == 0

    def shard(self, rows: Tensor) -> Tensor:
        """This process's rows of a batch's, (N, …) -> (N / size, …)."""
        return rows.chunk(self.size)[self.rank]

    def gather(self, rows: Tensor) -> Tensor:
        """The rows of all processes, (N / size, …) -> (N, …); gradients flow back to this process's own."""
        return _Gather.apply(rows, self)

    def share_batches(self, model: Autoencoder) -> Autoencoder:
        """The model for loss_terms: it takes and returns whole batches, of which each process computes its own rows."""
        return model if self.size == 1 else cast(Autoencoder, _SharedBatches(model, self))

    def sum_gradients(self, model: nn.Module) -> None:
        """Replace each gradient, which is that of this process's rows, by the sum over all processes."""
        if self.size == 1:
            return
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        together = torch.cat([gradient.flatten() for gradient in gradients])
        with _collective():
            dist.all_reduce(together)
        for gradient, total in zip(gradients, together.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(total.view_as(gradient))

    def broadcast(self, answer: bool) -> bool:
        """The main process's answer, in every process."""
        if self.size == 1:
            return answer
        box = torch.tensor(answer)
        with _collective():
            dist.broadcast(box, 0)
        return bool(box)


ONE_PROCESS = Processes()


class LostProcessError(RunError):
    """Another process ended while this one waited for it."""


@contextmanager
def _collective() -> Iterator[None]:
    """Around a call in which all processes take part: Gloo raises a bare RuntimeError where one is gone."""
    try:
        yield
    except RuntimeError as error:
        raise LostProcessError("one of the processes ended; go on from the last epoch with --resume") from error


@dataclass(frozen=True)
class _SharedBatches:
    """encode and decode_cells of a model, each on this process's rows of a batch, with the results of the whole batch."""

    model: Autoencoder
    processes: Processes

    def encode(self, x: Tensor) -> Code:
        code = self.model.encode(self.processes.shard(x))
        return Code(self.processes.gather(code.mean), self.processes.gather(code.std.expand_as(code.mean)))

    def decode_cells(self, z: Tensor, cells: Tensor) -> Tensor:
        return self.processes.gather(self.model.decode_cells(self.processes.shard(z), self.processes.shard(cells)))


class _Gather(torch.autograd.Function):
    """Rows of all processes in the order of ranks. All compute one loss from them, so a row's gradient is the same in each."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, processes: Processes) -> Tensor:
        ctx.processes = processes
        parts = [torch.empty_like(rows, memory_format=torch.contiguous_format) for _ in range(processes.size)]
        with _collective():
            dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.processes.shard(gradient), None


@contextmanager
def join_processes() -> Iterator[Processes]:
    """The processes that torchrun started, or this one where it was started by itself.

    After a failure in any of them the main process alone prints what went wrong; the others exit silently.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield ONE_PROCESS
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    store, rank, size = next(dist.rendezvous("env://"))
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size)
    try:
        yield Processes(rank, size)
    except (Exception, Terminated, KeyboardInterrupt) as error:
        (_explain if rank == 0 else _exit_silently)(error, store)
        raise
    dist.destroy_process_group()


def _explain(error: BaseException, store: dist.Store) -> None:
    """Raise RunError with the reason that another process left, where one failed before this one."""
    if isinstance(error, LostProcessError | Terminated) and store.check([_FAILURE]):
        raise RunError(store.get(_FAILURE).decode()) from None


def _exit_silently(error: BaseException, store: dist.Store) -> None:
    """Leave the reason to the main process and exit; what is a fault of this package is raised with its traceback instead."""
    if isinstance(error, Exception) and not isinstance(error, LostProcessError):
        if not isinstance(error, RunError | ValueError | OSError):
            return
        store.set(_FAILURE, str(error))
    sys.exit(EXIT_CODE if isinstance(error, Terminated) else 1)
