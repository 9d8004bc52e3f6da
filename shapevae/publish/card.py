"""The model card: what a visitor of the repository reads, made from the configurations and the measured figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapevae.config import TEST_SEED, TrainConfig
from shapevae.publish import card_text

Figures = Mapping[str, Any]
_TASK = "unconditional-image-generation"


@dataclass(frozen=True)
class CardModel:
    """What the card says about one model: its name, its configuration and the content of its metrics.json."""

    name: str
    config: TrainConfig
    figures: Figures

    @property
    def regulariser(self) -> str:
        return "KL divergence (VAE)" if self.config.penalty == "kl" else "maximum mean discrepancy (adjusted VAE)"

    @property
    def variant(self) -> str:
        return "rotated" if self.config.shapes.rotated else "upright"

    @property
    def pictures(self) -> str:
        return f"{self.config.images:,} {self.variant}" + (", new ones each epoch" if self.config.fresh_images else "")

    @property
    def code_noise(self) -> str:
        return "learned" if self.config.model.noise_variance is None else f"{self.config.model.noise_variance:g}"


@dataclass(frozen=True)
class Row:
    """A line of the table of figures; `scale` and `digits` say how a value is shown, `unit` in what."""

    key: str
    title: str
    scale: float = 1.0
    digits: int = 2
    unit: str = ""

    def show(self, figures: Figures) -> str:
        """The value and its 95 % interval, or a dash where it was not measured or is not finite."""
        value, low, high = (figures.get(self.key + end) for end in ("", "_low", "_high"))
        if not _finite(value):
            return "–"
        interval = f" ({self._number(low)} to {self._number(high)})" if _finite(low) and _finite(high) else ""
        return f"{self._number(value)}{self.unit}{interval}"

    def _number(self, value: Any) -> str:
        return f"{value * self.scale:.{self.digits}f}"


ROWS = (
    Row("squared_error_per_image", "squared error of a reconstruction, summed over pixels"),
    Row("mse_per_pixel", "squared error of a reconstruction, mean over pixels", digits=6),
    Row("reconstruction_quality", "reconstructions judged a clean shape of the true kind", 100, 1, " %"),
    Row("sample_quality", "samples judged a clean shape", 100, 1, " %"),
    Row("sample_exact", "samples judged an exact shape", 100, 1, " %"),
    Row("refined_sample_quality", "samples judged a clean shape after two passes through the model", 100, 1, " %"),
    Row("kind_balance", "kinds of the samples: distance from a third each, 0 is best", digits=3),
    Row("rate_bits", "rate of the latent layer", unit=" bits"),
    Row("mutual_information_bits", "of it, information about the picture", unit=" bits"),
    Row("marginal_kl_bits", "of it, distance of the codes from the prior", unit=" bits"),
    Row("active_units", "dimensions in use", digits=0),
    Row("mmd", "squared maximum mean discrepancy of the codes", digits=5),
    Row("train_seconds", "training time", digits=0, unit=" s"),
)
_SETTINGS: dict[str, Callable[[CardModel], str]] = {
    "kept Gaussian by": lambda model: model.regulariser,
    "pictures": lambda model: model.pictures,
    "epochs": lambda model: str(model.config.epochs),
    "latent dimensions": lambda model: str(model.config.model.latent_dim),
    "prior variance": lambda model: f"{model.config.model.prior_variance:g}",
    "code noise": lambda model: model.code_noise,
    "pixel variance": lambda model: f"{model.config.pixel_variance:g}",
    "seed": lambda model: str(model.config.seed),
}
# The report's own figures: squared error on whichever scale it was, shapes counted by eye, seconds.
_REPORT = {
    "report-vae": ("12.022", "15 of 16", "18 of 25", "243 s"),
    "report-mmd": ("0.048484", "11 of 16", "20 of 25", "244 s"),
}


def card_metadata(models: Sequence[CardModel]) -> dict[str, Any]:
    """The card's front matter."""
    return {
        "license": "mit",
        "library_name": "shapevae",
        "pipeline_tag": _TASK,
        "tags": ["vae", "mmd-vae", "autoencoder", "generative", "shapes", "pytorch", "safetensors"],
        "model-index": [{"name": f"shapevae-{model.name}", "results": [_result(model)]} for model in models],
    }


def card_body(repo: str, models: Sequence[CardModel]) -> str:
    """The card's text, in Markdown, without front matter."""
    title = f"# {repo.partition('/')[2]}: generative autoencoders on drawn shapes"
    measured = [_samples(models), _figures(models), _report(models), _recipe(models), _loading(repo, models)]
    parts = [title, card_text.INTRODUCTION, *measured, card_text.LIMITS]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _result(model: CardModel) -> dict[str, Any]:
    metrics = [_metric(row, model.figures) for row in ROWS if _finite(model.figures.get(row.key))]
    dataset = {"type": "shapevae-shapes", "name": f"Drawn shapes, {model.variant}", "split": "test"}
    arguments = {"seed": TEST_SEED, "images": model.figures.get("images")}
    task = {"type": _TASK, "name": "Shape generation"}
    return {"task": task, "dataset": {**dataset, "args": arguments}, "metrics": metrics}


def _metric(row: Row, figures: Figures) -> dict[str, Any]:
    interval = {f"interval_95_{end}": figures.get(f"{row.key}_{end}") for end in ("low", "high")}
    metric: dict[str, Any] = {"type": row.key, "name": row.title, "value": _short(figures[row.key])}
    if all(map(_finite, interval.values())):
        metric["args"] = {name: _short(value) for name, value in interval.items()}
    return metric


def _samples(models: Sequence[CardModel]) -> str:
    rows = [
        f"**{model.name}**, {model.regulariser}:\n\n![25 samples of {model.name}]({model.name}/samples.png)" for model in models
    ]
    return "## Samples\n\nPictures of 25 random codes of each model, not selected.\n\n" + "\n\n".join(rows)


def _figures(models: Sequence[CardModel]) -> str:
    counts = [model.figures["images"] for model in models if _finite(model.figures.get("images"))]
    over = f"over {min(counts):,} test pictures and as many samples, " if counts else ""
    head = ["", *(model.name for model in models)]
    lines = [[row.title, *(row.show(model.figures) for model in models)] for row in ROWS]
    text = f"Measured {over}with 95 % intervals. {card_text.JUDGED.strip()}"
    return f"## Figures\n\n{text}\n\n{_table([head, *lines])}"


def _report(models: Sequence[CardModel]) -> str:
    """Ours beside the report's, like for like; empty where the report's two models are not among these."""
    lines = []
    keys = ("reconstruction_quality", "sample_quality", "train_seconds")
    for model in models:
        if model.name in _REPORT:
            error, *rest = _REPORT[model.name]
            both = " / ".join(row.show({row.key: model.figures.get(row.key)}) for row in ROWS[:2])
            ours = [next(row for row in ROWS if row.key == key).show(model.figures) for key in keys]
            lines += [[f"{model.name}, the report", error, *rest], [f"{model.name}, here", both, *ours]]
    if not lines:
        return ""
    head = ["", "squared error", "reconstructions that are clean shapes", "samples that are", "training"]
    return f"## Beside the report\n\n{card_text.REPORT.strip()}\n\n{_table([head, *lines])}"


def _recipe(models: Sequence[CardModel]) -> str:
    lines = [[model.name, *(show(model) for show in _SETTINGS.values())] for model in models]
    return f"## Data and training\n\n{card_text.RECIPE.strip()}\n\n{_table([['', *_SETTINGS], *lines])}"


def _loading(repo: str, models: Sequence[CardModel]) -> str:
    name = next((model.name for model in models if not model.name.startswith("report")), models[0].name)
    code = [
        "import shapevae",
        "",
        f'model = shapevae.load_model("{repo}", "{name}")  # revision="…" pins a commit',
        "pictures = model.sample(25, seed=0)  # (25, 1, 64, 64) in [0, 1]",
        "drawn = shapevae.draw_shapes(16, seed=1)",
        "again = model.reconstruct(drawn.images)",
    ]
    return "## How to load\n\n```python\n" + "\n".join(code) + f"\n```\n\n{card_text.CHECKED.strip()}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _short(value: Any) -> float | int:
    return value if isinstance(value, int) else float(f"{value:.6g}")
