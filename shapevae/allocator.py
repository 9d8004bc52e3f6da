"""Settings of the C library's memory allocator, on Linux with glibc; elsewhere each call does nothing.

They hold for the whole process: only a program may call these, not a library.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

# The names and numbers of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def keep_freed_memory() -> None:
    """Keep freed blocks of up to 32 MB for the next allocation.

    Every step of a training allocates and frees the same few megabytes. Handed back, the system clears them page by page
    each time, which took a third of a step.
    """
    mallopt = _c_function("mallopt")
    mallopt(_MMAP_THRESHOLD, 32 << 20)
    mallopt(_TRIM_THRESHOLD, 1 << 30)


def share_freed_memory() -> None:
    """Let all threads allocate from four heaps instead of up to eight a core, each as large as its threads ever needed."""
    _c_function("mallopt")(_ARENA_MAX, 4)


def hand_back_freed_memory() -> None:
    """Return all freed memory that is kept to the system; takes some 20 ms."""
    _c_function("malloc_trim")(0)


def _c_function(name: str) -> Callable[..., object]:
    """A function of glibc, or one that does nothing."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return getattr(library, name, lambda *_: None)
