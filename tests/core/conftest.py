"""The command line in this process."""

import io
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from shapevae import cli


class Result(NamedTuple):
    """What a command leaves: exit code, stdout, stderr."""

    returncode: object
    stdout: str
    stderr: str


Command = Callable[..., Result]


@pytest.fixture
def shapevae(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Command]:
    """The command in an empty folder, on a terminal of a code page; this process afterwards is as it was."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, encoding: str = "cp1252") -> Result:
        streams = {name: io.TextIOWrapper(io.BytesIO(), encoding) for name in ("stdout", "stderr")}
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        monkeypatch.setattr(sys, "argv", ["shapevae", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return Result(stop.value.code or 0, *(written(stream) for stream in streams.values()))

    handler, threads = signal.getsignal(signal.SIGTERM), torch.get_num_threads()
    yield call
    signal.signal(signal.SIGTERM, handler)
    torch.set_num_threads(threads)


def written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode(stream.encoding)  # type: ignore[attr-defined]
