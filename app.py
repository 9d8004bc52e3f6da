"""Entry of the Space and of `python app.py`: loads the models, builds the page and launches it."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from demo import ui
from demo.presets import load_presets
from shapevae.weights import WeightsError


def main() -> None:
    torch.set_num_threads(1)  # the networks are small: visitors gain more from being served side by side
    try:
        models, notes = load_presets(Path(__file__).parent / "weights")
    except WeightsError as error:
        sys.exit(f"app.py: {error}")
    for note in notes:
        print(f"app.py: {note}", file=sys.stderr)
    ui.launch(ui.build(models, notes))


if __name__ == "__main__":
    main()
