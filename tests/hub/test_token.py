"""The token is sent where it is needed and stays out of everything a person or another program can read."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from shapevae.errors import HubError
from tests.core.test_structure import FILES, ROOT, imports
from tests.hub.conftest import REPO, Client, Lines, push, source
from tests.hub.server import WRITE, TestHub

Heard = Callable[[], str]


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tell: Lines) -> Heard:
    """Everything that was printed, said, or logged by any library at any level."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpx2", "httpcore", "httpcore2", "huggingface_hub", "filelock", "urllib3"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).propagate = True
    return lambda: "".join(
        (caplog.text, *map(repr, (record.__dict__ for record in caplog.records)), *capfd.readouterr(), tell.text)
    )


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


@pytest.mark.parametrize("mode", ["regular", "lfs", "xet"])
def test_a_push_and_a_load_leave_the_token_nowhere(
    hub: TestHub, weights: Path, tell: Lines, client: Client, heard: Heard, tmp_path: Path
) -> None:
    push(weights, tell, private=True)
    assert source(weights).startswith("Hub")
    assert {request.token for request in hub.requests} >= {WRITE}
    text = heard()
    assert f"pushed: {hub.url}" in text and "HTTP" in text  # the client's own log is among it
    assert WRITE not in text
    assert not [request.path for request in hub.requests if WRITE in request.path]
    assert WRITE.encode() not in contents(tmp_path)
    for commit in hub.repo().commits.values():
        assert not [path for path, file in commit.items() if WRITE.encode() in (file.content or b"")]


FAULTS = [("status", {"status": code}) for code in (400, 401, 403, 404, 500)] + [("reset", {}), ("truncate", {})]


@pytest.mark.parametrize(("kind", "options"), FAULTS)
@pytest.mark.parametrize("where", [("GET", "whoami"), ("POST", "repos/create"), ("POST", "/commit/")])
def test_no_failure_of_a_push_shows_the_token(
    hub: TestHub, weights: Path, tell: Lines, heard: Heard, where: tuple[str, str], kind: str, options: dict[str, int]
) -> None:
    hub.fault(*where, kind, 99, **options)
    try:
        push(weights, tell)
    except HubError as error:
        seen = error
    else:
        assert kind == "truncate"  # an answer cut short may still say that all went well
        seen = HubError()
    assert {request.token for request in hub.requests} >= {WRITE}
    assert WRITE not in heard() + "".join(traceback.format_exception(seen)) + "".join(map(repr, chain(seen)))


def chain(error: BaseException | None) -> list[BaseException]:
    """The error and all that it came from, also what `from None` hides."""
    return [error, *chain(error.__cause__), *chain(error.__context__)] if error else []


@pytest.mark.parametrize("mode", ["lfs"])
@pytest.mark.parametrize(("kind", "options"), FAULTS)
def test_no_failure_of_a_load_shows_the_token(
    hub: TestHub, published: str, weights: Path, heard: Heard, kind: str, options: dict[str, int]
) -> None:
    hub.repo().private = True
    hub.fault("GET", "/resolve/", kind, 99, **options)
    said = source(weights, deadline=2)
    assert said.startswith("bundled, because")
    assert {request.token for request in hub.requests} >= {WRITE}
    assert WRITE not in said + heard()


def test_a_token_is_not_taken_from_the_command_line_nor_repeated() -> None:
    command = [sys.executable, "-m", "shapevae", "push-weights", REPO, "--token", WRITE]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert run.returncode == 2 and "--token" in run.stderr and WRITE not in run.stdout + run.stderr


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the list of processes is read from /proc")
@pytest.mark.parametrize("mode", ["lfs"])
def test_the_list_of_processes_does_not_show_the_token(hub: TestHub, weights: Path, tmp_path: Path) -> None:
    hub.fault("POST", "/commit/", "hang", 99)
    home = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": hub.url, "PYTHONPATH": str(ROOT), "HF_TOKEN": WRITE}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")} | home
    command = [sys.executable, "-m", "shapevae", "push-weights", REPO, "--weights", str(weights)]
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None and not hub.count("POST", "/commit/"):
            time.sleep(0.01)
        lines = [line for file in Path("/proc").glob("[0-9]*/cmdline") if (line := read(file))]
    finally:
        process.kill()
        process.wait()
    assert any(REPO.encode() in line for line in lines) and not any(WRITE.encode() in line for line in lines)


def read(file: Path) -> bytes:
    """A file's bytes; none where the process it tells of has ended."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_nothing_in_the_package_starts_a_command() -> None:
    words = ("os.system", "os.popen", "os.spawn", "os.exec", "os.posix_spawn")
    for name, file in FILES.items():
        if name.startswith("benchmarks") or name == "shapevae.publish.page":  # which has its own test
            continue
        assert not {found.partition(".")[0] for found in imports(name)} & {"subprocess", "pty"}, name
        text = file.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], name
