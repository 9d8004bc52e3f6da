"""What a training leaves, as HTML: sample grids of epochs, weights to take away."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from safetensors.torch import save

from demo.markup.elements import as_source, card, cards
from demo.training.run import Run, Side
from demo.views.results import NAMES


def epoch_pictures(whose: str, pictures: Mapping[int, bytes], usual: str = "") -> str:
    """Sample grids, PNG, by epoch, side by side; `usual` is said of the first one."""
    parts: list[str] = []
    for epoch, data in pictures.items():
        alt = f"25 random pictures by {whose} after epoch {epoch}"
        image = f'<img class="sheet" alt="{escape(alt)}" src="{as_source(data)}">'
        parts.append(card(f"{whose}, epoch {epoch}", "the last" if parts else usual or "\u00a0", image))
    return cards(parts)


def download(run: Run) -> str:
    """Links to the weights and the configuration of both models of a run."""
    links = "".join(_links(side, number) for number, side in enumerate(run.sides, 1))
    return (
        f"{links}<p>Put both into one folder and name it to <code>shapevae sample</code> or <code>shapevae evaluate</code>.</p>"
    )


def _links(side: Side, number: int) -> str:
    tensors = {name: tensor.detach().contiguous() for name, tensor in side.training.model.state_dict().items()}
    weights = as_source(save(tensors, metadata={"format": "pt"}), "application/octet-stream")
    config = as_source(side.config.to_json().encode(), "application/json")
    title = NAMES["vae" if side.config.penalty == "kl" else "mmd"]
    return (
        f'<p>{number}. {title}: <a class="download" download="model.safetensors" href="{weights}">model.safetensors</a>'
        f'<a class="download" download="config.json" href="{config}">config.json</a></p>'
    )
