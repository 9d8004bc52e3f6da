"""The token is sent where it is needed and stays out of everything a person or another program can read.

That no push or load of these tests shows it, the failing ones too, is seen to in conftest.py.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.test_structure import FILES, ROOT, imports
from tests.hub.conftest import REPO, Lines, push, source
from tests.hub.server import WRITE, TestHub

LOAD = """
import sys
from pathlib import Path
from demo.presets import load_presets

repo, weights = sys.argv[1], Path(sys.argv[2])
print(load_presets(weights)[1].notes, "huggingface_hub" in sys.modules)
print(*load_presets(weights, repo, deadline=20)[1].notes)
print(*load_presets(weights, repo + "@next", deadline=1)[1].notes)
"""


def environment(hub: TestHub, folder: Path, token: str) -> dict[str, str]:
    """That of a process to which the Hub is named by it alone, as an app is started."""
    home = {"HF_HOME": str(folder / "home"), "HF_ENDPOINT": hub.url, "PYTHONPATH": str(ROOT), "HF_TOKEN": token}
    return {key: value for key, value in os.environ.items() if not key.startswith("HF_")} | home


def test_a_push_and_a_load_send_it_and_their_logs_are_heard(
    hub: TestHub, weights: Path, tell: Lines, heard: Callable[[], str]
) -> None:
    push(weights, tell, private=True)
    assert source(weights).startswith("Hub")
    assert {request.token for request in hub.requests} >= {WRITE}
    text = heard()
    assert f"pushed: {hub.url}" in text and "HTTP" in text  # the client's own log is among it


def test_a_token_is_not_taken_from_the_command_line_nor_repeated() -> None:
    command = [sys.executable, "-m", "shapevae", "push-weights", REPO, "--token", WRITE]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert run.returncode == 2 and "--token" in run.stderr and WRITE not in run.stdout + run.stderr


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the list of processes is read from /proc")
@pytest.mark.parametrize("mode", ["lfs"])
def test_the_list_of_processes_does_not_show_the_token(hub: TestHub, weights: Path, tmp_path: Path) -> None:
    hub.fault("POST", "/commit/", "hang", 99)
    command = [sys.executable, "-m", "shapevae", "push-weights", REPO, "--weights", str(weights)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment(hub, tmp_path, WRITE), cwd=tmp_path, **quiet)
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


@pytest.mark.parametrize("mode", ["lfs"])
def test_an_app_asks_only_the_hub_it_is_told_and_ends_though_it_hangs(
    hub: TestHub, published: str, weights: Path, tmp_path: Path
) -> None:
    hub.fault("HEAD", "/resolve/next/", "hang", 99)
    command, env = [sys.executable, "-c", LOAD, REPO, str(weights)], environment(hub, tmp_path, "hf_stalestale")
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env, timeout=60, check=True)
    bundled, loaded, late = run.stdout.splitlines()
    assert bundled == "() False"
    assert loaded == f"Weights: Hub, commit {published[:7]}."
    assert late.startswith("Weights: bundled, because ") and ("within 1 s" in late or "did not answer in time" in late)
    assert run.stderr == "" and not hub.count("GET", "agent-harnesses")


def test_nothing_in_the_package_starts_a_command() -> None:
    words = ("os.system", "os.popen", "os.spawn", "os.exec", "os.posix_spawn")
    for name, file in FILES.items():
        if name.startswith("benchmarks") or name == "shapevae.publish.page":  # which has its own test
            continue
        assert not {found.partition(".")[0] for found in imports(name)} & {"subprocess", "pty"}, name
        text = file.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], name
