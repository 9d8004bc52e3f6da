"""The app as app.py starts it, with one endpoint more, /noop, that does nothing: what any answer of this app costs."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import torch

from demo import ui
from demo.presets import load_presets
from demo.server.housekeeping import own_folder


def noop(number: float) -> float:
    return number


def main() -> None:
    torch.set_num_threads(1)
    page = ui.build(*load_presets(Path(__file__).parent.parent / "weights"))
    with page:
        number = gr.Number(visible=False)
        # In the same queue as the app's own endpoints.
        gr.Button(visible=False).click(noop, number, number, api_name="noop", concurrency_id="light", concurrency_limit=4)
    with own_folder():
        ui.launch(page)


if __name__ == "__main__":
    main()
