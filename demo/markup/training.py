"""A run of training as HTML: where it is, its curves, its samples, its place between rate and distortion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from safetensors.torch import save
from torch import Tensor

from demo.markup.cards import PENALTIES
from demo.markup.charts import Line, Point, axis, chart
from demo.markup.elements import as_source, card, cards, picture
from demo.markup.information import rate_distortion
from demo.presets import TERMS
from demo.training.run import Run
from demo.views.results import NAMES
from shapevae.images.write import grid

_MOST_POINTS = 300


def family(run: Run) -> str:
    """ "vae" or "mmd"."""
    return "vae" if run.config.penalty == "kl" else "mmd"


def frame(run: Run, shipped: Mapping[str, Tensor], metrics: Mapping[str, Mapping[str, Any]], word: str = "") -> str:
    """Everything shown of a run; shipped: 25 samples, (25, 1, H, W), of each shipped model."""
    name = family(run)
    now = [Point(run.rate, run.error, "this training", "now")] if run.rate is not None else []
    samples = _sheet(run.samples, "this training's model")
    parts = (
        card("Loss", _cost(run), curves(run)),
        card("Its samples", "the same random numbers throughout", samples, name),
        card(f"Shipped {NAMES[name]}", "for comparison", _sheet(shipped[name], f"the shipped {NAMES[name]}"), name),
        card("Rate and distortion", "where it is now, and the shipped models", rate_distortion(metrics, now)),
    )
    return _status(run, word) + cards(parts, "live")


def _cost(run: Run) -> str:
    """What the curves count, and why they may rise: an error costs 1 / 2c, and c falls in the course of a training."""
    first, last = run.config.pixel_variance_start, run.config.pixel_variance
    note = "nats an image, step by step"
    return f"{note}; errors cost more as c falls from {first:g} to {last:g}" if first and first > last else note


def _sheet(images: Tensor, maker: str) -> str:
    return picture(grid(images), f"{len(images)} random pictures by {maker}", "sheet")


def _status(run: Run, word: str) -> str:
    training, config = run.training, run.config
    done = training.step / training.steps
    parts = (
        f"Epoch {min(training.epoch + 1, config.epochs)} of {config.epochs}, step {training.step} of {training.steps}",
        f"squared error {run.error:.1f}" if training.step else "untrained",
        "rate not finite" if run.rate is None else f"rate {run.rate:.1f} bits",
    )
    return (
        f'<p class="status"><b role="status">{escape(run.over or word)}</b> {", ".join(parts)}</p>'
        f'<div class="split" role="progressbar" aria-label="Training" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{100 * done:.0f}"><i style="width:{done:.1%}"></i></div>'
    )


def curves(run: Run) -> str:
    """Loss, distortion and penalty over steps."""
    return _curves("step", family(run), run.losses, run.distortions, run.penalties)


def _curves(unit: str, name: str, *series: Sequence[float]) -> str:
    """Loss, distortion and penalty, in this order, over steps or epochs; the penalty in the colour of the model."""
    steps = thinned(list(range(1, len(series[0]) + 1)))
    labels = [f"{term} {values[-1]:.1f}" if values else term for term, values in zip(TERMS, series, strict=True)]
    lines = [Line(steps, thinned(y), label, css) for y, label, css in zip(series, labels, ("now", "soft", name), strict=True)]
    up = axis("", _typical([value for line in lines for value in line.ys]))
    return chart(f"Loss curves: {', '.join(labels)}", axis(unit, [1, *steps]), up, lines=lines)


def thinned(values: Sequence[float]) -> list[float]:
    """At most _MOST_POINTS of them, the last one always."""
    every = -(-len(values) // _MOST_POINTS) or 1
    return list(values[::-1][::every][::-1])


def _typical(values: Sequence[float]) -> list[float]:
    """Without the highest few, which come at the start and would flatten the rest."""
    kept = sorted(values)
    return kept[: max(int(0.97 * len(kept)), 1)]


def epoch_pictures(whose: str, pictures: Mapping[int, bytes], usual: str = "") -> str:
    """Sample grids, PNG, by epoch, side by side; `usual` is said of the first one."""
    parts: list[str] = []
    for epoch, data in pictures.items():
        alt = f"25 random pictures by {whose} after epoch {epoch}"
        image = f'<img class="sheet" alt="{escape(alt)}" src="{as_source(data)}">'
        parts.append(card(f"{whose}, epoch {epoch}", "the last" if parts else usual or "\u00a0", image))
    return cards(parts)


def download(run: Run) -> str:
    """Links to the weights and the configuration of a run."""
    tensors = {name: tensor.detach().contiguous() for name, tensor in run.training.model.state_dict().items()}
    weights = as_source(save(tensors, metadata={"format": "pt"}), "application/octet-stream")
    config = as_source(run.config.to_json().encode(), "application/json")
    return (
        f'<a class="download" download="model.safetensors" href="{weights}">model.safetensors</a>'
        f'<a class="download" download="config.json" href="{config}">config.json</a>'
        "<p>Put both into one folder and name it to <code>shapevae sample</code> or <code>shapevae evaluate</code>.</p>"
    )


def idle(shipped: Mapping[str, Tensor], metrics: Mapping[str, Mapping[str, Any]], log: Sequence[Mapping[str, float]]) -> str:
    """What is shown before the first training: how the report's VAE learnt, and what the shipped models make."""
    learnt = _curves("epoch", "vae", *([row[term] for row in log] for term in TERMS))
    makers = {name: f"Shipped {NAMES[name]}" for name in shipped}
    parts = (
        card("Loss of report-vae", "nats an image, epoch by epoch", learnt),
        *(card(makers[name], PENALTIES[name], _sheet(images, makers[name]), name) for name, images in shipped.items()),
        card("Rate and distortion", "of the shipped models", rate_distortion(metrics)),
    )
    words = "Press Start to train one yourself. These are the shipped models."
    return f'<p class="status" role="status">{words}</p>{cards(parts, "live")}'
