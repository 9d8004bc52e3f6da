"""How the app is launched: to this machine only, recording nothing, sending nothing, keeping little."""

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
import torch
from PIL import Image
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app import serve
from demo import ui
from demo.server.blocks import CheckedBlocks
from demo.server.middleware import LOCAL_NAMES
from demo.site.files import scripts
from tests.support.app_server import launched
from tests.support.raw import Raw


def empty_page() -> CheckedBlocks:
    page = CheckedBlocks()
    page.page_files = scripts()
    return page


@pytest.fixture
def launch(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings that reach Gradio."""
    seen: dict[str, Any] = {}
    monkeypatch.setattr(gr.Blocks, "launch", lambda self, **settings: seen.update(settings))
    return seen


@pytest.mark.parametrize(
    ("variable", "names", "address", "answers"),
    [
        (None, [], "127.0.0.1", set(LOCAL_NAMES)),
        (None, ["class.example"], "0.0.0.0", {*LOCAL_NAMES, "0.0.0.0", "class.example"}),
        ("127.0.0.1", ["class.example"], "127.0.0.1", {*LOCAL_NAMES, "class.example"}),
        ("0.0.0.0", [], "0.0.0.0", {*LOCAL_NAMES, "0.0.0.0"}),
    ],
)
def test_the_app_serves_this_machine_unless_told_otherwise(
    launch: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    names: list[str],
    address: str,
    answers: set[str],
) -> None:
    monkeypatch.delenv("GRADIO_SERVER_NAME", raising=False)
    if variable:
        monkeypatch.setenv("GRADIO_SERVER_NAME", variable)
    ui.launch(empty_page(), names)
    assert launch["server_name"] == address
    trusted, refused = launch["app_kwargs"]["middleware"][:2]  # nothing of ours is before them
    assert trusted.cls is TrustedHostMiddleware and set(trusted.kwargs["allowed_hosts"]) == answers
    assert set(refused.kwargs["names"]) == answers


@pytest.mark.parametrize(
    ("variables", "told", "hint"),
    [({}, [], False), ({"SPACE_ID": "user/shapevae"}, ["*"], False), ({"GRADIO_SERVER_NAME": "0.0.0.0"}, [], True)],
)
def test_names_come_from_the_option_or_the_space(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    variables: dict[str, str],
    told: list[str],
    hint: bool,
) -> None:
    names: list[list[str]] = []
    page = SimpleNamespace(temp_file_sets=[], block_thread=lambda: None)
    monkeypatch.setattr(ui, "build", lambda models, info: page)
    monkeypatch.setattr(ui, "launch", lambda page, given, mcp_server: names.append(given))
    for name in ("SPACE_ID", "GRADIO_SERVER_NAME", "SHAPEVAE_REPO"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**variables, "NO_PROXY": "", "no_proxy": ""}.items():
        monkeypatch.setenv(name, value)
    serve(tmp_path, [], False)
    assert names == [told]
    assert ("--serve NAME" in capsys.readouterr().err) == hint


def test_nothing_is_shared_recorded_or_shown(launch: dict[str, Any]) -> None:
    ui.launch(empty_page())
    wanted = {"share": False, "show_error": False, "enable_monitoring": False, "run_history": False, "ssr_mode": False}
    assert {name: launch[name] for name in wanted} == wanted
    assert launch["max_file_size"] == 10 * 2**20 and launch["state_session_capacity"] <= 200
    assert not {"allowed_paths", "auth", "debug", "strict_cors"} & launch.keys()


def test_the_queue_cannot_be_passed_by(app: gr.Blocks) -> None:
    assert app.api_open is False and app.analytics_enabled is False
    assert app._queue.max_size == 256
    assert app.delete_cache is None  # demo.server.housekeeping says why, and does its work


def test_launching_changes_nothing_of_the_process() -> None:
    """What imports the app goes on with its own settings."""

    def settings() -> dict[str, Any]:
        found = {"variables": dict(os.environ), "pixels": Image.MAX_IMAGE_PIXELS, "threads": torch.get_num_threads()}
        return {**found, "folder": tempfile.gettempdir()}

    before = settings()
    with launched():
        pass
    assert settings() == before


def test_the_running_app_says_the_same(raw: Raw, url: str) -> None:
    assert url.startswith("http://127.0.0.1:")
    assert raw.config["analytics_enabled"] is False and not raw.config.get("run_history")
    assert raw.client.get("monitoring").status_code == 403
    assert raw.post("run/sample", {"data": [9, 0]}).status_code == 404
