"""A folder to oneself: at most one training writes to it at a time, on whatever system."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from shapevae.errors import RunError
from shapevae.files import EPOCHS, PARTIAL

LOCK = ".lock"


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make `folder`, hold its lock, and clear away the half-written files of a process that was killed in it.

    The lock is the system's (flock, or its like on Windows), so it ends with the process, however that ends. filelock is
    what torch and huggingface_hub use too, and knows the systems we can't try. Raises RunError where another training holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError(f"another training writes to {folder}: wait for its end, or name another folder with --out") from None
    try:
        for left in (*folder.glob(f".*{PARTIAL}"), *(folder / EPOCHS).glob(f".*{PARTIAL}")):
            left.unlink(missing_ok=True)
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows keeps a file that is open; there the release removes it
            (folder / LOCK).unlink()
        lock.release()
