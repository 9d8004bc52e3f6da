"""Waiting for what another thread or process does; a busy machine is slow, not wrong."""

import socket
import time
from collections.abc import Callable

PATIENCE = 120  # seconds


def comes_true(fact: Callable[[], object]) -> bool:
    """Whether a fact holds before patience ends."""
    until = time.monotonic() + PATIENCE
    while not (held := fact()) and time.monotonic() < until:
        time.sleep(0.05)
    return bool(held)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
