"""What this project leans on in libraries without their promise: where a test fails after an upgrade, it says what to mend.

What is done with Gradio's events and MCP server is held by what they do: there, mend demo/server/blocks.py.
"""

import importlib
import inspect
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from demo.server import blocks
from demo.server.blocks import CheckedBlocks, files_in, send_each_output
from demo.server.middleware import API
from tests.support.apart import run_apart
from tests.support.needs import missing

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
    scripts = (Path(gr.__file__).parent / "templates" / "frontend" / "assets").glob("*.js")
    file, purpose = PAGE[name]
    assert any(name in script.read_text(encoding="utf-8") for script in scripts), f"mend {file} ({purpose})"


def ask(inputs: list[Any], js: bool = False) -> Any:
    """The answer of an event that takes a file and a number between 0 and 9, or that has no function."""
    with CheckedBlocks() as page:
        components = [gr.File(type="binary"), gr.Slider(0, 9)]
        gr.Button().click(None if js else lambda file, number: number, components, gr.Number(), js="() => 1" if js else None)
    return run_apart(page.process_api(page.fns[0], inputs, state=None))["data"]


def test_gradio_calls_preprocess_data_before_it_reads_any_input() -> None:
    """Else an address is fetched (_refuse_addresses), and wrong inputs get no sentence but null."""
    parameters = [*inspect.signature(gr.Blocks.preprocess_data).parameters]
    assert parameters[:3] == ["self", "block_fn", "inputs"]
    assert ask([None, 3]) == [3]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ([{"path": "https://huggingface.co/a.png", "meta": {"_type": "gradio.FileData"}}, 3], blocks.ADDRESS),
        ([{"path": f"https://a.example{API}file=http://b.example/a.png"}, 3], blocks.ADDRESS),
        ([None, "x"], blocks.UNREADABLE),
        ([{"path": 3, "meta": {"_type": "gradio.FileData"}}, 3], blocks.UNREADABLE),
        ([None, 10], "greater than"),
        ([None, 10**300], "Value 1000"),
    ],
)
def test_a_wrong_input_gets_one_sentence(inputs: list[Any], sentence: str) -> None:
    with pytest.raises(gr.Error) as raised:
        ask(inputs)
    assert sentence in raised.value.message and len(raised.value.message) <= 200
    assert not raised.value.print_exception


def test_an_event_without_a_function_says_so() -> None:
    with pytest.raises(gr.Error, match="browser's own"):
        ask([None, 3], js=True)


def test_files_are_found_at_any_depth() -> None:
    deep: Any = {"path": "a", "more": [{"b": ({"path": "c"},)}]}
    for _ in range(5000):
        deep = [deep]
    assert {file["path"] for file in files_in(deep)} == {"a", "c"}


def test_gradio_would_send_several_outputs_as_one_text() -> None:
    """The day it does not, send_each_output can go."""
    if find_spec("mcp") is None:
        missing('the package mcp is missing: pip install "gradio[mcp]"')
    from gradio.mcp import GradioMCPServer

    with gr.Blocks() as page:
        pass
    server = GradioMCPServer(page)
    assert len(server.postprocess_output_data([(3, 4)], "")) == 1
    send_each_output(server)
    assert [part.text for part in server.postprocess_output_data([(3, 4)], "")] == ["3", "4"]
    assert [part.text for part in server.postprocess_output_data([5], "")] == ["5"]
