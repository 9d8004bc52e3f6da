"""What the events of all tabs share: their settings, and wrong inputs shown as sentences."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from demo.views.checks import InputError
from shapevae.images.read import ImageError

P = ParamSpec("P")
R = TypeVar("R")

# For events of the page itself: not in the API, and no veil over what is shown while the next picture comes.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
NEWEST_ONLY: dict[str, Any] = {**PRIVATE, "trigger_mode": "always_last"}


def file_text(name: str) -> str:
    """A script or a template of this folder."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def status(text: str, **settings: Any) -> gr.HTML:
    """A piece of HTML that a screen reader says when it changes."""
    return gr.HTML(text, js_on_load="element.setAttribute('role', 'status');", apply_default_css=False, **settings)


def forget(request: gr.Request) -> None:
    """What a visitor did goes when the page is closed, a training with it; Gradio would keep it until many others came."""
    if request.request is None:  # no page behind it: a call from Python
        return
    holder = request.request.app.state_holder
    holder.delete_state(request.session_hash)
    holder.session_data.pop(request.session_hash, None)
    holder.time_last_used.pop(request.session_hash, None)


def errors_as_sentences(function: Callable[P, R]) -> Callable[P, R]:
    """A wrong input is shown to the visitor as a sentence, and leaves no traceback."""

    @wraps(function)
    def handler(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (InputError, ImageError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    return handler
