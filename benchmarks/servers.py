"""Servers as a user starts them: a process of its own on a free port of this machine, ended by its own number."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
APP = ("app.py",)  # as `python app.py`
APP_WITH_NOOP = ("-m", "benchmarks.app_with_noop")
BARE_PAGE = ("-m", "benchmarks.bare_page")


@dataclass(frozen=True)
class Server:
    """seconds: from the start of its process to its first answer of 200."""

    url: str
    seconds: float


@contextmanager
def serving(arguments: Sequence[str], deadline: float = 120) -> Iterator[Server]:
    """`python ARGUMENTS` until it is no longer needed. Raises RuntimeError, with its last words, where it does not answer."""
    port = free_port()
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "PYTHONPATH": str(ROOT)}
    environment.pop("SHAPEVAE_REPO", None)  # the weights of this folder, whatever the caller set
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=said, stderr=said)
        try:
            wait_for_200(process, port, start + deadline)
            yield Server(f"http://{HOST}:{port}/", time.perf_counter() - start)
        except ServerGoneError:
            said.seek(0)
            raise RuntimeError(
                f"{' '.join(arguments)} did not answer: {said.read().decode(errors='replace')[-2000:]}"
            ) from None
        finally:
            end(process)


class ServerGoneError(RuntimeError):
    """It ended, or never answered."""


def wait_for_200(process: subprocess.Popen[bytes], port: int, until: float) -> None:
    while time.perf_counter() < until and process.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.005)  # not listening yet
        finally:
            connection.close()
    raise ServerGoneError


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, as a Space sends it; after ten seconds SIGKILL."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
