"""Entry of the Space and of `python app.py`: loads the models, builds the page and launches it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch

from demo import ui
from demo.presets import load_presets
from demo.server.housekeeping import BETWEEN, forget_deleted, own_folder
from demo.server.upkeep import regularly
from shapevae.allocator import hand_back_freed_memory, keep_freed_memory, share_freed_memory
from shapevae.errors import WeightsError


def main() -> None:
    parser = argparse.ArgumentParser(description="Show both models at work in the browser.")
    parser.add_argument("--mcp", action="store_true", help='offer the endpoints as MCP tools; needs pip install "gradio[mcp]"')
    options = parser.parse_args()
    if options.mcp:
        offer_tools()
    keep_freed_memory()
    share_freed_memory()
    torch.set_num_threads(1)  # the networks are small: visitors gain more from being served side by side
    try:
        models, info = load_presets(Path(__file__).parent / "weights", os.environ.get("SHAPEVAE_REPO"), deadline())
    except WeightsError as error:
        sys.exit(f"app.py: {error}")
    for note in info.notes:
        print(f"app.py: {note}", file=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as after Ctrl-C, its temporary files deleted
    with own_folder():
        demo = ui.build(models, info)
        with regularly(10, hand_back_freed_memory), regularly(BETWEEN, partial(forget_deleted, demo.temp_file_sets)):
            ui.launch(demo, mcp_server=options.mcp)


def offer_tools() -> None:
    """Make ready for --mcp."""
    if find_spec("mcp") is None:
        sys.exit('app.py: --mcp needs pip install "gradio[mcp]"')
    from demo.server import mcp as tools

    tools.install()


def deadline() -> float:
    """Seconds that SHAPEVAE_REPO may take at start, from SHAPEVAE_DEADLINE."""
    try:
        return float(os.environ.get("SHAPEVAE_DEADLINE", "1.5"))
    except ValueError:
        sys.exit("app.py: SHAPEVAE_DEADLINE must be a number of seconds, such as 1.5")


if __name__ == "__main__":
    main()
