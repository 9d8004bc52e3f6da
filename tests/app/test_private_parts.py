"""What this project leans on in libraries without their promise: where a row fails after an upgrade, it says what to mend.

What it does with Gradio's events and MCP server is held, by what they do, in test_blocks.py.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Module and object, names in its source, the file of ours that uses them, what to do.
PARTS = [
    (
        "gradio.state_holder:StateHolder",
        "session_data time_last_used delete_state",
        "demo/widgets/events.py",
        "forget visitors",
    ),
    ("gradio.blocks:Blocks", "temp_file_sets", "app.py", "keep sweep from deleting what Gradio still serves"),
    ("gradio.blocks:Blocks", "mcp_server_obj", "demo/server/blocks.py", "know whether the app serves MCP"),
    ("gradio.mcp:GradioMCPServer", "postprocess_output_data", "demo/server/blocks.py", "drop or mend send_each_output"),
    ("huggingface_hub.constants", "HF_HUB_DISABLE_TELEMETRY ENDPOINT", "shapevae/hub/*.py", "no telemetry; name the Hub"),
    ("huggingface_hub.utils", "are_progress_bars_disabled enable_progress_bars", "shapevae/hub/settings.py", "stay silent"),
    (
        "huggingface_hub.errors",
        "RevisionNotFoundError EntryNotFoundError GatedRepoError RepositoryNotFoundError OfflineModeIsEnabled "
        "LocalTokenNotFoundError FileMetadataError",
        "shapevae/hub/client.py",
        "give each failure its sentence, by the name of its class",
    ),
    ("PIL.JpegImagePlugin:JpegImageFile", "draft", "shapevae/images/read.py", "read large JPEGs at a fraction of their size"),
    ("PIL.JpegImagePlugin", "progressive", "shapevae/images/read.py", "refuse large progressive JPEGs, which are held whole"),
]
PAGE = {  # of Gradio's page, whose scripts are packed: the name in them, our file, what to do
    "component_server": ("demo/widgets/page.js", "asker: without a server its client answers nothing"),
    "js_on_load": ("demo/widgets/pad.py", "the widgets' scripts"),
}


@pytest.mark.parametrize(("place", "names", "ours", "purpose"), PARTS)
def test_a_part_without_a_promise_is_there(place: str, names: str, ours: str, purpose: str) -> None:
    module, _, attribute = place.partition(":")
    found = importlib.import_module(module)
    source = inspect.getsource(getattr(found, attribute) if attribute else found)
    text = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob(ours))
    for name in names.split():
        assert name in text, f"{ours} does without {name} now: drop it here"
        assert name in source, f"{place} has no {name} any more: mend {ours} ({purpose})"


@pytest.mark.parametrize("name", PAGE)
def test_a_part_of_gradios_page_is_there(name: str) -> None:
    import gradio

    scripts = (Path(gradio.__file__).parent / "templates" / "frontend" / "assets").glob("*.js")
    file, purpose = PAGE[name]
    assert any(name in script.read_text(encoding="utf-8") for script in scripts), f"mend {file} ({purpose})"
