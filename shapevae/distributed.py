"""One training on several processes: each takes its share of every batch, and together they do what one would."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from shapevae.errors import EXIT_CODE, RunError, Terminated, on_stderr
from shapevae.model import Autoencoder, Code

if TYPE_CHECKING:
    from shapevae.training import Terms

_FAILURE = "failure"  # what went wrong in a process that does not speak, in the store that all processes share


class Alone:
    """A process that trains by itself: its share is everything, and there is nobody to ask."""

    leads = True  # one process of all writes files and speaks to the user

    def check(self, batch_size: int) -> None:
        """Raises RunError where a batch can't be shared evenly."""

    def share(self, rows: Tensor) -> Tensor:
        """This process's rows of the whole batch's."""
        return rows

    def gather(self, code: Code) -> Code:
        """The codes of the whole batch from every process's share of it, with gradients."""
        return code

    def bind(self, model: Autoencoder, loss: Callable[..., Terms]) -> Callable[..., Terms]:
        """loss(model, …) as a function of the rest, after whose backward pass each gradient is the mean over all processes."""
        return partial(loss, model)

    def mean(self, terms: Terms) -> Terms:
        """The terms of the whole batch."""
        return terms

    def told(self, answer: bool) -> bool:
        """What the leading process answers."""
        return answer

    def say(self, line: str) -> None:
        """A word to the user, from one process of all."""
        if self.leads:
            on_stderr(line)


class Group(Alone):
    """One of the processes that torchrun started.

    Every random draw is that of the whole batch, made alike by all processes from one seed, and so are codes and penalty: a
    distribution is matched by all codes together. Only what is dear, encoding and decoding, is done for this process's share.
    """

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size, self.leads = rank, size, rank == 0

    def check(self, batch_size: int) -> None:
        if batch_size % self.size:
            raise RunError(f"{self.size} processes can't share a batch of {batch_size} evenly: --set batch_size=…")

    def share(self, rows: Tensor) -> Tensor:
        return rows.chunk(self.size)[self.rank]

    def gather(self, code: Code) -> Code:
        together = torch.cat([code.mean, code.std.expand_as(code.mean)], dim=1)
        mean, std = _Gather.apply(together, self.rank, self.size).chunk(2, dim=1)
        return Code(mean, std)

    def bind(self, model: Autoencoder, loss: Callable[..., Terms]) -> Callable[..., Terms]:
        return DistributedDataParallel(_Bound(model, loss), gradient_as_bucket_view=True)

    def mean(self, terms: Terms) -> Terms:
        values = torch.stack([terms.loss, terms.distortion, terms.penalty]).detach()
        dist.all_reduce(values)
        return type(terms)(*values / self.size)

    def told(self, answer: bool) -> bool:
        said = torch.tensor(answer)
        dist.broadcast(said, 0)
        return bool(said)


class _Gather(torch.autograd.Function):
    """Rows of all processes in the order of ranks. A row's gradient is the sum of those that all processes have for it.

    Where all compute one penalty from all rows, that is as many times its gradient as there are processes; the mean over
    processes, which DistributedDataParallel takes of every gradient, makes up for it.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, rank: int, size: int) -> Tensor:
        ctx.rank, ctx.size = rank, size
        parts = [torch.empty_like(rows) for _ in range(size)]
        dist.all_gather(parts, rows)
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        total = grad.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total.chunk(ctx.size)[ctx.rank], None, None


class _Bound(nn.Module):
    """A function of a model as a module, which is what DistributedDataParallel takes."""

    def __init__(self, model: nn.Module, function: Callable[..., Any]) -> None:
        super().__init__()
        self.model, self.function = model, function

    def forward(self, *arguments: Any) -> Any:
        return self.function(self.model, *arguments)


@contextmanager
def join_group() -> Iterator[Alone]:
    """The group of processes that torchrun started, or this process alone where it was started by itself.

    Only the leading process tells what went wrong, in any of them: the others end without a word.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield Alone()
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    store, rank, size = next(dist.rendezvous("env://"))
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", store=store, rank=rank, world_size=size
    )
    try:
        yield Group(rank, size)
    except (Exception, Terminated, KeyboardInterrupt) as error:
        (_speak if rank == 0 else _be_silent)(error, store)
        raise
    dist.destroy_process_group()


def _speak(error: BaseException, store: dist.Store) -> None:
    """Raises RunError with the reason where another process is the cause of this one's end."""
    if not (_is_lost_peer(error) or isinstance(error, Terminated)):
        return
    if store.check([_FAILURE]):
        raise RunError(store.get(_FAILURE).decode()) from None
    if _is_lost_peer(error):
        raise RunError("one of the processes ended; go on from the last epoch with --resume") from None


def _be_silent(error: BaseException, store: dist.Store) -> None:
    """Leaves the reason to the leading process and exits, unless it is a fault of ours."""
    if isinstance(error, RunError | ValueError | OSError):
        store.set(_FAILURE, str(error))
    elif isinstance(error, Exception) and not _is_lost_peer(error):
        return
    sys.exit(EXIT_CODE if isinstance(error, Terminated) else 1)


def _is_lost_peer(error: BaseException) -> bool:
    return isinstance(error, dist.DistError) or (type(error) is RuntimeError and "gloo" in str(error))
