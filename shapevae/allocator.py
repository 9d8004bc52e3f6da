"""How this process keeps its memory: what the C library on Linux does by itself makes training slow, and a busy app large."""

from __future__ import annotations

import contextlib
import ctypes
import math
import mmap
import sys
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

# The names and numbers of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8

_LARGE = 32 << 20  # bytes; a smaller block is taken again after it was freed


@cache  # once a process is enough, and drawing asks each time
def keep_freed_memory() -> None:
    """Have freed blocks of up to 32 MB kept for the next step instead of handed back to the system.

    Every step of a training allocates and frees the same few megabytes. Fresh memory from the system is cleared page by page,
    which took a third of the time of a step. Elsewhere than on Linux with glibc this does nothing.
    """
    _set({_MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: 1 << 30})


def share_freed_memory() -> None:
    """Have all threads take their memory from four heaps.

    By default there are up to eight a core, each as large as the most that its threads ever needed: under a hundred visitors
    the app took half as much again. Elsewhere than on Linux with glibc this does nothing.
    """
    _set({_ARENA_MAX: 4})


def hand_back_freed_memory() -> None:
    """Give the system all that is freed and kept: a training that ended, or a crowd that left, leaves hundreds of megabytes.

    It takes some 20 ms. Elsewhere than on Linux with glibc this does nothing.
    """
    if trim := _of_the_c_library("malloc_trim"):
        trim(0)


def empty_images(*shape: int, device: torch.device) -> Tensor:
    """torch.empty in float32, with large blocks of a Linux machine's memory in pages of 2 MB.

    Getting 164 MB in pages of 4 kB takes as long as drawing 10,000 pictures into them.
    """
    size = 4 * math.prod(shape)
    if sys.platform != "linux" or device.type != "cpu" or size <= _LARGE:
        return torch.empty(shape, device=device)
    block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # a system without such pages
        block.madvise(mmap.MADV_HUGEPAGE)
    return torch.frombuffer(block, dtype=torch.float32).view(shape)


def _set(options: dict[int, int]) -> None:
    if mallopt := _of_the_c_library("mallopt"):
        for option, value in options.items():
            mallopt(option, value)


def _of_the_c_library(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
