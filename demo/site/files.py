"""What a page needs to compute by itself: scripts and float16 weights, by their paths."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

from demo.views.results import Models
from shapevae.weights import page_files

WIDGETS = Path(__file__).parent.parent / "widgets"
# What the pad needs to begin; a browser would find one after the other.
FIRST = [
    f"widgets/{name}.js"
    for name in ("answers", "engine", "models", "normal", "outlines", "pad", "pictures", "raster", "results")
]
FIRST += ["widgets/plane.js", "widgets/see.js", "widgets/shapes.js", "widgets/views.js"]


def scripts() -> dict[str, bytes]:
    """Every script of the widgets."""
    return {f"widgets/{file.name}": file.read_bytes() for file in sorted(WIDGETS.glob("*.js"))}


def weights(**groups: Models) -> dict[str, bytes]:
    """For each group of models a list, which holds configurations, names and checksums, and the files it names."""
    files: dict[str, bytes] = {}
    for group, models in groups.items():
        listed: dict[str, object] = {}
        for name, model in models.items():
            named = {}
            for part, content in page_files(model).items():
                path = f"{group}/{name}-{part}.safetensors"
                files[f"models/{path}"] = content
                named[part] = {"file": path, "sha256": hashlib.sha256(content).hexdigest()}
            listed[name] = {"config": dataclasses.asdict(model.config), "files": named}
        files[f"models/{group}.json"] = json.dumps(listed).encode()
    return files
