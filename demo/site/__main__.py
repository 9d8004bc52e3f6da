"""`python -m demo.site DIR` writes the static page into a new or empty folder."""

from __future__ import annotations

import sys
from pathlib import Path

from demo.presets import load_presets
from demo.site.build import site_files
from shapevae.errors import ShapevaeError


def main(out: Path) -> None:
    models, info = load_presets(Path(__file__).parents[2] / "weights")
    for path, content in site_files(models, info).items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (ShapevaeError, OSError) as error:
        sys.exit(f"demo.site: {error}")
