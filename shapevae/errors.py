"""SIGTERM as an exception: a program that is told to end cleans up and says how to go on, as after Ctrl-C."""

from __future__ import annotations

import signal

EXIT_CODE = 128 + signal.SIGTERM  # what a shell shows for a program that the signal ended


class Terminated(BaseException):
    """The process was asked to end; like KeyboardInterrupt it passes every `except Exception`."""


def raise_on_sigterm() -> None:
    """From now on the first SIGTERM raises Terminated in the main thread; a second one ends the process at once.

    For programs, not for libraries: only who owns the process may decide what its signals do. Call it in the main thread.
    """
    signal.signal(signal.SIGTERM, _raise)


def _raise(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated
