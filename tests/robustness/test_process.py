"""app.py as a process of its own: no other host, from its start to its end, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from demo.server import housekeeping as keeping
from demo.server.housekeeping import FOLDER, housekeeping, own_folder, sweep
from tests.robustness.cases import HEX
from tests.support.app_process import ROOT, app_process
from tests.support.outlines import encoded, outline
from tests.support.patience import PATIENCE
from tests.support.raw import API, META, Raw

HOOK = Path(__file__).parent / "hook"
HERE = {"127.0.0.1", "localhost", "::1", "0.0.0.0"}


def hosts(log: Path) -> set[str]:
    return {host for _, host in map(json.loads, log.read_text().splitlines()) if host is not None}


def test_no_other_host_is_ever_looked_up_and_nothing_is_left(tmp_path: Path) -> None:
    log = tmp_path / "network.log"
    with app_process(tmp_path, HOOK, NETWORK_LOG=str(log)) as app:
        use(Raw(app.url))
        assert app.files()
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(PATIENCE)
        assert not app.files()
    assert hosts(log) and hosts(log) <= HERE


def test_a_bare_environment_and_unusable_proxies_change_nothing(tmp_path: Path) -> None:
    """No home, a user without a name, a temporary folder that is not there yet, and proxies that nobody answers at."""
    dead = "http://127.0.0.1:9"
    proxies = {
        "HTTP_PROXY": dead,
        "http_proxy": dead,
        "HTTPS_PROXY": dead,
        "ALL_PROXY": "socks5://127.0.0.1:9",
        "NO_PROXY": "a.b",
    }
    parent = tmp_path / "not" / "there"
    log = tmp_path / "network.log"
    with app_process(tmp_path, HOOK, NETWORK_LOG=str(log), NAMELESS="1", GRADIO_TEMP_DIR=str(parent), **proxies) as app:
        use(Raw(app.url))
        assert any(parent.rglob("*.png"))
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(PATIENCE)
        assert not any(parent.iterdir()) and "Traceback" not in app.log.read_text()


def test_a_temporary_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Before anything is loaded."""
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "below")
    env = {**os.environ, "PYTHONPATH": str(ROOT), FOLDER: folder}
    run = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr.startswith("app.py: ") and run.stderr.count("\n") == 1
    assert FOLDER in run.stderr and folder in run.stderr


def use(raw: Raw) -> None:
    """Open the page and call everything that is offered, as somebody would who means no good, too."""
    page = raw.client.get("")
    assert page.status_code == 200 and 'src="http' not in page.text
    picture = {"path": raw.upload(encoded(outline(0))).json()[0], "meta": META}
    calls = {"reconstruct": [picture], "interpolate": [picture, picture, 3], "sample": [9, 0], "decode": ["vae", None]}
    for name, data in {**calls, "information": [], "generate_shape": ["random", 0.5, 0, 0]}.items():
        assert raw.call(name, data)[0] == "complete", name
    assert raw.ask_component(raw.component("pad"), "rebuild", HEX).status_code == 200
    raw.call("reconstruct", [{"path": "https://huggingface.co/a.png", "meta": META}])
    raw.client.get(f"{API}file=https://foreign.example/a.png")


def test_the_log_of_the_network_sees_a_lookup(tmp_path: Path) -> None:
    log = tmp_path / "network.log"
    env = {**os.environ, "PYTHONPATH": str(HOOK), "NETWORK_LOG": str(log)}
    code = "import socket, contextlib\nwith contextlib.suppress(OSError): socket.getaddrinfo('foreign.invalid', 80)"
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    assert "foreign.invalid" in log.read_text()


def test_the_folder_is_the_apps_own_and_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with own_folder() as folder:
        assert folder.parent == tmp_path and os.environ[FOLDER] == str(folder)
        (folder / "left").write_text("by a visitor")
    assert not folder.exists() and os.environ[FOLDER] == str(tmp_path)


def test_the_sweep_takes_what_is_old_and_leaves_what_is_new(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tmp0").write_text("an upload that broke off")
    past = time.time() - 4000
    for path in (tmp_path / "old" / "tmp0", tmp_path / "old"):
        os.utime(path, (past, past))
    sweep(tmp_path, kept=3600)
    os.utime(tmp_path / "old", (past, past))  # its file went just now
    sweep(tmp_path, kept=3600)
    assert [path.name for path in tmp_path.iterdir()] == ["new"] and (tmp_path / "new" / "tmp0").exists()


def test_paths_of_deleted_files_are_forgotten_while_others_come(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    paths = {str(kept)}
    visitors = threading.Thread(target=lambda: [paths.add(str(tmp_path / str(i))) for i in range(20_000)])
    visitors.start()
    while visitors.is_alive():
        sweep(tmp_path, [paths])
    sweep(tmp_path, [paths])
    assert paths == {str(kept)}


def test_memory_and_files_are_looked_after_until_the_app_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one thread, again and again."""
    times = {"memory": 0, "files": 0}
    third = threading.Event()

    def count(name: str, *_: object) -> None:
        times[name] += 1
        if times["files"] == 3:
            third.set()

    monkeypatch.setattr(keeping, "TURNS", 2)
    monkeypatch.setattr(keeping, "hand_back_freed_memory", lambda: count("memory"))
    monkeypatch.setattr(keeping, "sweep", lambda *_: count("files"))
    threads = threading.active_count()
    with housekeeping(tmp_path, [], between=0.01):
        assert threading.active_count() == threads + 1
        assert third.wait(PATIENCE)
    assert times["memory"] >= 6
    time.sleep(0.1)
    after = dict(times)
    time.sleep(0.1)
    assert times == after
