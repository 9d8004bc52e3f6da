"""Blocks that answer every wrong input with one sentence, and fetch nothing that an input names, unless they serve MCP."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import gradio as gr

from demo.server.sessions import SharedConfig
from demo.training.priority import answering

_UNREADABLE = "These inputs can't be read: the page's foot, Use via API, says what each endpoint takes."
_EMPTY = "A field is empty: it must have a value."
_ADDRESS = "Send the file itself: addresses are not fetched."
_LONGEST = 200  # characters of a sentence; Gradio's own repeat the input


class GuardedBlocks(gr.Blocks):
    """The page; see demo.server.middleware for what is refused before it gets here."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.default_config = SharedConfig(self)

    def queue(self, **settings: Any) -> gr.Blocks:
        """Gradio queues a page as it makes it; had at once what the page needs, its server is not built a second time."""
        return super().queue(**{"default_concurrency_limit": 4, "max_size": 256, "api_open": False, **settings})

    async def process_api(self, block_fn: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """An event, from its inputs to its answer; a training's pictures, which a generator makes, are nobody's answer."""
        streams = (self.fns[block_fn] if isinstance(block_fn, int) else block_fn).types_generator
        with nullcontext() if streams else answering():
            return await super().process_api(block_fn, *args, **kwargs)

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Gradio's own checks, before which a file given by its address would be downloaded."""
        if block_fn.fn is None:
            raise gr.Error("This event is the browser's own: there is nothing to ask the server.", print_exception=False)
        if names_address(inputs) and self.mcp_server_obj is None:  # an assistant has no other way to hand a picture over
            raise gr.Error(_ADDRESS, print_exception=False)
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except gr.Error as error:
            raise gr.Error(_plain(error.message), print_exception=False) from None
        except Exception:  # each component raises types of its own
            raise gr.Error(_EMPTY if leaves_out(inputs, block_fn.inputs) else _UNREADABLE, print_exception=False) from None


def leaves_out(inputs: list[Any], components: list[Any]) -> bool:
    """Whether a field has no value; what the server itself remembers never has one."""
    return any(value is None and not component.stateful for value, component in zip(inputs, components, strict=False))


def names_address(inputs: object) -> bool:
    """Whether a file among the inputs, at any depth, is given by an address instead of by an upload."""
    left = [inputs]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "://" in str(value.get("path", "")):
                return True
            left += value.values()
        elif isinstance(value, list | tuple):
            left += value
    return False


def _plain(message: object) -> str:
    """What can be sent as UTF-8, and not at any length."""
    return str(message)[:_LONGEST].encode("utf-8", "replace").decode()
