"""A stand-in for the package of a ZeroGPU Space: a decorated generator runs in another process, and is never ahead of Stop."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Generator
from typing import Any

_FORK = multiprocessing.get_context("fork")
END = "end"
LENT: list[int] = []  # the processes that had the GPU


def GPU(duration: int) -> Callable[..., Any]:  # noqa: N802
    """As on a Space: what goes in and comes out is pickled; closed, the process ends its generator when it next yields."""
    assert 0 < duration <= 60

    def decorate(task: Callable[..., Generator[Any]]) -> Callable[..., Generator[Any]]:
        def lent(*args: Any) -> Generator[Any]:
            ours, theirs = _FORK.Pipe()
            stop = _FORK.Event()
            process = _FORK.Process(target=_work, args=(task, pickle.dumps(args), theirs, stop), daemon=True)
            process.start()
            LENT.append(process.pid or 0)
            theirs.close()
            try:
                while (answer := pickle.loads(ours.recv_bytes())) != END:
                    if isinstance(answer, Exception):
                        raise answer
                    yield answer
            finally:
                stop.set()
                while process.is_alive():
                    if ours.poll(0.01) and not _drained(ours):
                        break
                process.join()

        return lent

    return decorate


def _drained(pipe: Any) -> bool:
    """Whether the other end may still send."""
    try:
        pipe.recv_bytes()
    except EOFError:
        return False
    return True


def _work(task: Callable[..., Generator[Any]], args: bytes, pipe: Any, stop: Any) -> None:
    os.closerange(3, pipe.fileno())  # the app's own connections, which would otherwise never end for those who use them
    os.closerange(pipe.fileno() + 1, 4096)
    try:
        going = task(*pickle.loads(args))
        for value in going:
            if stop.is_set():
                going.close()
                break
            pipe.send_bytes(pickle.dumps(value))
        pipe.send_bytes(pickle.dumps(END))
    except Exception as error:
        pipe.send_bytes(pickle.dumps(error))
    finally:
        pipe.close()
        os._exit(0)
