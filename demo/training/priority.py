"""Training gives way to answers: between two of its steps it waits a little while somebody is being answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 0.05  # seconds that one step waits; about two steps' time, so that a training in a crowd still gets on

_given = threading.Condition()
_answers = 0  # being worked on just now


@contextmanager
def answering() -> Iterator[None]:
    """Somebody waits for what the block does."""
    global _answers
    with _given:
        _answers += 1
    try:
        yield
    finally:
        with _given:
            _answers -= 1
            _given.notify_all()


def give_way(most: float = MOST) -> bool:
    """Wait until nobody is being answered, at most so many seconds; whether nobody is."""
    with _given:
        return _given.wait_for(lambda: not _answers, most)
