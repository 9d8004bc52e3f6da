"""`python app.py --mcp`: the endpoints as MCP tools, asked through the protocol by its own client."""

import base64
import io
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from PIL import Image

import app
from shapevae.images.write import grid, to_byte_array
from tests.app.test_app import ENDPOINTS
from tests.support.apart import run_apart
from tests.support.app_server import launched, untrained
from tests.support.needs import missing

MODELS = untrained()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if find_spec("mcp") is None:
        missing('the package mcp is missing: pip install "gradio[mcp]"')
    with launched(MODELS, mcp_server=True) as demo:
        yield f"{demo.local_url}gradio_api/mcp/"


def ask(address: str, *calls: tuple[str, dict[str, object]]) -> tuple[list[Any], list[Any]]:
    """The tools there are, and the answers to calls of them, one after the other."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def session() -> tuple[list[Any], list[Any]]:
        async with streamable_http_client(address) as (reading, writing, _), ClientSession(reading, writing) as client:
            await client.initialize()
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool(name, arguments) for name, arguments in calls]

    return run_apart(session())


def pictures(answer: Any) -> list[np.ndarray]:
    data = [base64.b64decode(part.data) for part in answer.content if part.type == "image"]
    return [np.asarray(Image.open(io.BytesIO(one)).convert("L")) for one in data]


def test_every_endpoint_is_a_tool_that_says_what_it_does(address: str) -> None:
    tools, _ = ask(address)
    assert {f"/{tool.name}": [*tool.inputSchema["properties"]] for tool in tools} == ENDPOINTS
    for tool in tools:
        assert "Returns:" in tool.description, tool.name
        for name, schema in tool.inputSchema["properties"].items():
            assert len(schema["description"]) > 10 and isinstance(schema["type"], str), f"{tool.name}, {name}"


def test_tools_answer_with_pictures_and_figures(address: str) -> None:
    code = [0.5, -1.0, 0.0, 2.0]
    _, answers = ask(address, ("sample", {"count": 9, "seed": 5}), ("decode", {"model": "mmd", "code": code}), ("decode", {}))
    drawn, decoded, middle = answers
    assert not any(answer.isError for answer in answers)
    for name, shown in zip(MODELS, pictures(drawn), strict=True):
        exact = to_byte_array(grid(MODELS[name].sample(9, 5))[0])
        assert np.abs(shown.astype(int) - exact).max() <= 1  # another number of threads may round another way
    assert "'count': 9" in drawn.content[-1].text
    assert pictures(decoded)[0].shape == (64, 64)
    assert not np.array_equal(pictures(decoded)[0], pictures(middle)[0])


def test_a_mistake_gets_its_sentence(address: str) -> None:
    _, (answer,) = ask(address, ("sample", {"count": 1000}))
    assert answer.isError and answer.content[0].text == "The count must be a whole number from 4 to 100."


def test_a_picture_that_one_tool_made_can_be_given_to_another(address: str) -> None:
    _, (drawn,) = ask(address, ("generate_shape", {"kind": "triangle", "seed": 3}))
    link = next(part.text.removeprefix("Image URL: ") for part in drawn.content if part.type == "text")
    data = next(f"data:image/png;base64,{part.data}" for part in drawn.content if part.type == "image")
    _, answers = ask(address, ("reconstruct", {"image": link}), ("interpolate", {"image_a": link, "image_b": data, "steps": 3}))
    for answer in answers:
        assert not answer.isError, answer.content
        assert len(pictures(answer)) == 2
    assert "squared_error" in answers[0].content[-1].text


@pytest.mark.parametrize("file", [__file__, "/etc/passwd", "../app.py", "\0", ""])
def test_no_other_file_of_this_machine_is_read(address: str, file: str) -> None:
    _, answers = ask(address, *(("reconstruct", {"image": f"{start}{file}"}) for start in (f"{address}/file=", "/file=", "")))
    assert all(answer.isError and not pictures(answer) for answer in answers)


def test_without_the_package_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "find_spec", lambda name: None)
    monkeypatch.setattr("sys.argv", ["app.py", "--mcp"])
    with pytest.raises(SystemExit, match="pip install"):
        app.arguments()
