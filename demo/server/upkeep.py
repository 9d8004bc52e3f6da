"""What the app does by itself, now and then, for as long as it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def regularly(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """While the block runs, call `act` every `seconds`, in a thread of its own."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(seconds):
            act()

    threading.Thread(target=repeat, daemon=True).start()
    try:
        yield
    finally:
        over.set()
