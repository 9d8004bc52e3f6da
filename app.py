"""Entry of the Space and of `python app.py`: loads the models, builds the page and serves it."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import torch

from demo.presets import load_presets
from demo.server.housekeeping import housekeeping, own_folder, provide_home
from shapevae.allocator import keep_freed_memory, share_freed_memory
from shapevae.errors import ShapevaeError


def main() -> None:
    options = arguments()
    request_gpu()
    keep_freed_memory()
    share_freed_memory()
    torch.set_num_threads(1)  # the networks are small: visitors gain more from being served side by side
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as after Ctrl-C, its temporary files deleted
    try:
        with own_folder() as folder:
            provide_home(folder)
            serve(folder, options.serve, options.mcp)
    except (ShapevaeError, OSError) as error:
        sys.exit(f"app.py: {error}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Show both models at work in the browser.")
    parser.add_argument("--mcp", action="store_true", help='offer the endpoints as MCP tools; needs pip install "gradio[mcp]"')
    serve_help = "serve others too, under these host names: localhost in a container, class.example.org, '*.app.github.dev'"
    parser.add_argument("--serve", type=host_name, nargs="+", default=[], metavar="NAME", help=serve_help)
    options = parser.parse_args()
    if options.mcp and find_spec("mcp") is None:
        sys.exit('app.py: --mcp needs pip install "gradio[mcp]"')
    return options


def host_name(text: str) -> str:
    """A name or an address without a port; "*." before it stands for all names that end so."""
    if not re.fullmatch(r"(\*\.)?[\w.-]+", text):
        raise argparse.ArgumentTypeError(f"{text} is not a host name without a port, such as class.example.org")
    return text.lower()


def serve(folder: Path, names: list[str], mcp: bool) -> None:
    """Serve until the process is interrupted; folder: of the temporary files, names: as demo.ui.launch takes them."""
    models, info = load_presets(Path(__file__).parent / "weights", os.environ.get("SHAPEVAE_REPO"), deadline())
    for note in info.notes:
        print(f"app.py: {note}", file=sys.stderr)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # from here on the app asks only itself
    from demo import ui  # not before: its import of Gradio already makes clients that would go through a proxy

    if os.environ.get("SPACE_ID"):
        names = ["*"]
    elif os.environ.get("GRADIO_SERVER_NAME") and not names:
        print("app.py: answers as localhost only; --serve NAME adds the name that others use", file=sys.stderr)
    demo = ui.build(models, info)
    with housekeeping(folder, demo.temp_file_sets):
        ui.launch(demo, names, mcp_server=mcp)
        demo.block_thread()


def deadline() -> float:
    """Seconds that SHAPEVAE_REPO may take at start, from SHAPEVAE_DEADLINE."""
    try:
        return float(os.environ.get("SHAPEVAE_DEADLINE", "1.5"))
    except ValueError:
        raise ShapevaeError("SHAPEVAE_DEADLINE must be a number of seconds, such as 1.5") from None


def request_gpu() -> None:
    """Let a Space on ZeroGPU start, which needs one function that asks for a GPU; all of ours run on the CPU."""
    with suppress(ImportError):
        import spaces

        spaces.GPU(deadline)


if __name__ == "__main__":
    main()
