"""What a user can cause, one class a kind; a message is one sentence that says what to do. SIGTERM as an exception."""

from __future__ import annotations

import errno
import signal
import sys

EXIT_CODE = 128 + signal.SIGTERM  # what a shell shows for a program that the signal ended


class ShapevaeError(RuntimeError):
    """An error that the user can mend."""


class RunError(ShapevaeError):
    """A training that can't start or go on; nothing on disk was lost."""


class CheckpointError(RunError):
    """No checkpoint in the folder can be resumed."""


class WeightsError(ShapevaeError):
    """Weights that can't be used; the message names the file."""


class HubError(ShapevaeError):
    """The Hub can't be reached or refuses; the message never holds a token."""


class Terminated(BaseException):
    """The process was asked to end; like KeyboardInterrupt it passes every `except Exception`."""


def raise_on_sigterm() -> None:
    """From now on the first SIGTERM raises Terminated in the main thread; a second one ends the process at once.

    For programs, not for libraries: only who owns the process may decide what its signals do. Call it in the main thread.
    """
    signal.signal(signal.SIGTERM, _raise)


def on_stderr(line: str) -> None:
    """Tell the user something that is no error."""
    print(f"shapevae: {line}", file=sys.stderr, flush=True)


def is_too_little_memory(error: BaseException) -> bool:
    """Whether the system or the device had no memory left; torch says so in the text of a RuntimeError."""
    if isinstance(error, RuntimeError):
        return any(words in str(error) for words in ("out of memory", "can't allocate memory", "not enough memory"))
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def _raise(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated
