"""How the app is launched: to this machine only, recording nothing, sending nothing, keeping little."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from demo import ui
from demo.server.middleware import Gate
from tests.app_server import untrained
from tests.raw import Raw


@pytest.fixture
def launch(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings that reach Gradio; a test may set SPACE_ID before it reads them."""
    seen: dict[str, Any] = {}
    monkeypatch.setattr(gr.Blocks, "launch", lambda self, **settings: seen.update(settings))
    return seen


@pytest.mark.parametrize(("space", "address"), [(None, "127.0.0.1"), ("user/shapevae", None)])
def test_the_app_is_bound_to_this_machine_unless_on_a_space(
    launch: dict[str, Any], monkeypatch: pytest.MonkeyPatch, space: str | None, address: str | None
) -> None:
    monkeypatch.delenv("SPACE_ID", raising=False)
    if space:
        monkeypatch.setenv("SPACE_ID", space)
    ui.launch(gr.Blocks())
    assert launch["server_name"] == address
    gate = launch["app_kwargs"]["middleware"][0]  # nothing is in front of it
    assert gate.cls is Gate and gate.kwargs == {"local": space is None}


def test_nothing_is_shared_recorded_or_shown(launch: dict[str, Any]) -> None:
    ui.launch(gr.Blocks())
    wanted = {"share": False, "show_error": False, "enable_monitoring": False, "run_history": False, "ssr_mode": False}
    assert {name: launch[name] for name in wanted} == wanted
    assert launch["max_file_size"] == 10 * 2**20 and launch["state_session_capacity"] <= 200
    assert not {"allowed_paths", "auth", "debug", "strict_cors"} & launch.keys()


def test_the_queue_cannot_be_passed_by_and_counts_nobody() -> None:
    page = ui.build(untrained())
    assert page.api_open is False and page.analytics_enabled is False
    assert page._queue.ANALYTICS_MAX_EVENTS == 1 and page._queue.max_size == 256
    assert page.delete_cache is None  # demo.server.housekeeping says why, and does its work


def test_the_running_app_says_the_same(raw: Raw, url: str) -> None:
    assert url.startswith("http://127.0.0.1:")
    assert raw.config["analytics_enabled"] is False and not raw.config.get("run_history")
    assert raw.client.get("monitoring").status_code == 403
    assert raw.post("run/sample", {"data": [9, 0]}).status_code == 404
