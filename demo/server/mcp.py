"""The endpoints as MCP tools: pictures in and out of them by more ways than Gradio's own; needs the extra [mcp]."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gradio.mcp
from gradio.processing_utils import save_base64_to_cache
from gradio_client import handle_file

from demo.server.housekeeping import FOLDER


class Tools(gradio.mcp.GradioMCPServer):
    """Gradio's server of tools, which takes no picture that one of them made, and sends several at once as text."""

    def convert_strings_to_filedata(self, value: Any, filedata_positions: list[list[str | int]]) -> Any:
        given = {name: _own_file(part) if [name] in filedata_positions else part for name, part in value.items()}
        return super().convert_strings_to_filedata(given, filedata_positions)

    def postprocess_output_data(self, data: Any, root_url: str) -> Any:
        several = isinstance(data, list) and len(data) == 1 and isinstance(data[0], list | tuple)
        return super().postprocess_output_data(list(data[0]) if several else data, root_url)


def _own_file(given: object) -> object:
    """A picture that this app made, by the address it gave, or one in base64, as a file; anything else as it was."""
    if not isinstance(given, str):
        return given
    folder = Path(os.environ[FOLDER]).resolve()
    if given.startswith("data:"):  # else it would be kept where nothing is swept
        return handle_file(save_base64_to_cache(given, str(folder)))
    file = Path(unquote(given.partition("/file=")[2])).resolve()
    return handle_file(str(file)) if file.is_relative_to(folder) and file.is_file() else given


def install() -> None:
    """Have the app, when it is launched, serve its tools by ours."""
    gradio.mcp.GradioMCPServer = Tools  # type: ignore[misc]
