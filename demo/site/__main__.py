"""`python -m demo.site DIR [APP]` writes the static page into a folder; APP: the address of the full app, which it links to."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from demo.presets import load_presets
from demo.site.build import site_files
from shapevae.errors import ShapevaeError


def main(out: Path, app: str = "") -> None:
    torch.set_num_threads(1)  # the networks are small, and threads that wait for each other spin
    for path, content in site_files(*load_presets(Path(__file__).parents[2] / "weights"), app).items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), *sys.argv[2:])
    except (ShapevaeError, OSError) as error:
        sys.exit(str(error))
