"""Two places where the app leans on parts of Gradio that it does not document; tests/app/test_private_parts.py holds both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import gradio as gr

from demo.server.middleware import API

ADDRESS = "Send the file itself: addresses are not fetched."
UNREADABLE = "A field is empty or can't be read: the page's foot, Use via API, says what each endpoint takes."
NO_FUNCTION = "This event is the browser's own: there is nothing to ask the server."
_LONGEST = 200  # characters of a sentence; Gradio's own repeat the input


class CheckedBlocks(gr.Blocks):
    """A page that answers a wrong input with one sentence, and fetches nothing that an input names, unless it serves MCP.

    page_files: what its scripts load, by path.
    """

    page_files: Mapping[str, bytes] = MappingProxyType({})

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Gradio's own checks, before which a file given by its address would be downloaded."""
        if block_fn.fn is None:
            raise gr.Error(NO_FUNCTION, print_exception=False)
        self._refuse_addresses(inputs)
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except gr.Error as error:
            raise gr.Error(_plain(error.message), print_exception=False) from None
        except Exception:  # each component raises types of its own
            raise gr.Error(UNREADABLE, print_exception=False) from None

    def _refuse_addresses(self, inputs: object) -> None:
        """A file of ours named by its address becomes that file; Gradio checks after us that it is one of ours."""
        for file in files_in(inputs):
            address = str(file["path"])
            path = unquote(address.partition(f"{API}file=")[2])
            if path and "://" not in path:
                file["path"] = path
            elif "://" in address and self.mcp_server_obj is None:  # an assistant has no other way to hand a picture over
                raise gr.Error(ADDRESS, print_exception=False)


def files_in(inputs: object) -> Iterator[dict[str, Any]]:
    """The JSON objects with a path, at any depth."""
    left = [inputs]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "path" in value:
                yield value
            left += value.values()
        elif isinstance(value, list | tuple):
            left += value


def _plain(message: object) -> str:
    """What can be sent as UTF-8, and not at any length."""
    return str(message)[:_LONGEST].encode("utf-8", "replace").decode()


def send_each_output(server: Any) -> None:
    """Have Gradio's MCP server send each of a tool's outputs; its own way sends several as the text of one tuple."""
    convert = server.postprocess_output_data

    def convert_each(data: Any, root_url: str) -> Any:
        several = len(data) == 1 and isinstance(data[0], list | tuple)
        return convert(list(data[0]) if several else data, root_url)

    server.postprocess_output_data = convert_each
