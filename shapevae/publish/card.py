"""The model card, from its template card.md, the configurations and the measured figures; what a person wrote in it stays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from huggingface_hub.repocard import REGEX_YAML_BLOCK

from shapevae.config import TEST_SEED, TRAIN_SEEDS, TrainConfig
from shapevae.reported import REPORTED
from shapevae.table import FORMATS

TEMPLATE = Path(__file__).with_name("card.md")
BEGIN, END = "<!-- shapevae: made anew by each push, write above or below this part -->", "<!-- shapevae: end -->"
TASK = "unconditional-image-generation"
TAGS = ["vae", "mmd-vae", "autoencoder", "generative", "shapes", "pytorch", "safetensors"]


@dataclass(frozen=True)
class CardModel:
    """What the card says about one model: its name, its configuration and the content of its metrics.json."""

    name: str
    config: TrainConfig
    figures: Mapping[str, Any]

    @property
    def regulariser(self) -> str:
        return "KL divergence (VAE)" if self.config.penalty == "kl" else "maximum mean discrepancy (adjusted VAE)"

    @property
    def variant(self) -> str:
        return "rotated" if self.config.shapes.rotated else "upright"


FIGURES = {  # and their titles in the table
    "squared_error_per_image": "squared error of a reconstruction, summed over pixels",
    "mse_per_pixel": "squared error of a reconstruction, mean over pixels",
    "reconstruction_quality": "reconstructions judged a clean shape of the true kind",
    "reconstruction_overlap": "reconstructions that overlap their picture by at least 0.9",
    "sample_quality": "samples judged a clean shape",
    "sample_exact": "samples judged an exact shape",
    "refined_sample_quality": "samples judged a clean shape after two passes through the model",
    "kind_balance": "kinds of the samples: distance from a third each, 0 is best",
    "rate_bits": "rate of the latent layer",
    "mutual_information_bits": "of it, information about the picture",
    "marginal_kl_bits": "of it, distance of the codes from the prior",
    "active_units": "dimensions in use",
    "mmd": "squared maximum mean discrepancy of the codes",
    "train_seconds": "training time",
}


def show(figures: Mapping[str, Any], key: str, *, interval: bool = True) -> str:
    """A value and its 95 % interval, or a dash where it was not measured or is not finite."""
    value, low, high = (figures.get(key + end) for end in ("", "_low", "_high"))
    if not _is_finite(value):
        return "–"
    form, scale = FORMATS[key]
    unit = " %" if scale == 100 else " bits" if key.endswith("_bits") else " s" if key == "train_seconds" else ""
    ends = f" ({low * scale:{form}} to {high * scale:{form}})" if interval and _is_finite(low) and _is_finite(high) else ""
    return f"{value * scale:{form}}{unit}{ends}"


def make_card(repo: str, models: Sequence[CardModel], existing: str = "") -> str:
    """The card of a repository: our part made anew, and of `existing` the text outside it and other keys kept.

    The same arguments give the same text, and a card that is up to date comes back as it is.
    """
    new, old = _new_card(repo, models), _read(existing)
    before, _, rest = old.text.partition(BEGIN)
    ours, after = new.text.partition(BEGIN)[2], rest.partition(END)[2]
    for key in ("license", "library_name", "pipeline_tag", "model_name", "eval_results"):
        old.data[key] = new.data[key]
    old.data["tags"] = [*TAGS, *(tag for tag in old.data.get("tags", []) if tag not in TAGS)]
    old.text = "\n" + "\n\n".join(part for part in (before.strip(), BEGIN + ours.rstrip(), after.strip()) if part) + "\n"
    return str(old)


def _new_card(repo: str, models: Sequence[CardModel]) -> ModelCard:
    data = ModelCardData(
        license="mit",
        library_name="shapevae",
        pipeline_tag=TASK,
        tags=TAGS,
        model_name="shapevae",
        eval_results=[_result(model, key) for model in models for key in FIGURES if _is_finite(model.figures.get(key))],
    )
    counts = [model.figures["images"] for model in models if _is_finite(model.figures.get("images"))]
    context: dict[str, Any] = {
        "begin": BEGIN,
        "end": END,
        "repo": repo,
        "title": repo.partition("/")[2],
        "models": models,
        "figures": FIGURES,
        "show": show,
        "redone": [(model, REPORTED[model.name]) for model in models if model.name in REPORTED],
        "example": next((model.name for model in models if model.name not in REPORTED), models[0].name),
        "images": f"{min(counts):,}" if counts else "",
        "train_seeds": f"{TRAIN_SEEDS:,}",
        "test_seed": f"{TEST_SEED:,}",
    }
    return ModelCard.from_template(data, template_path=str(TEMPLATE), **context)


def _read(existing: str) -> ModelCard:
    """A card; with an empty front matter where it has none that can be read."""
    text = existing.replace("\r\n", "\n").lstrip("\ufeff") or "---\n{}\n---\n"
    try:
        return ModelCard(text, ignore_metadata_errors=True)
    except Exception:  # of several libraries: it is no YAML, or not of the kind that a card has
        return ModelCard(REGEX_YAML_BLOCK.sub("", text, count=1))


def _result(model: CardModel, key: str) -> EvalResult:
    interval = {f"interval_95_{end}": model.figures.get(f"{key}_{end}") for end in ("low", "high")}
    return EvalResult(
        task_type=TASK,
        task_name="Shape generation",
        dataset_type="shapevae-shapes",
        dataset_name=f"Drawn shapes, {model.variant}",
        dataset_config=model.variant,
        dataset_split="test",
        dataset_args={"seed": TEST_SEED},
        metric_type=key,
        metric_name=f"{model.name}: {FIGURES[key]}",
        metric_config=model.name,
        metric_value=_rounded(model.figures[key]),
        metric_args={end: _rounded(value) for end, value in interval.items() if _is_finite(value)} or None,
    )


def _is_finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _rounded(value: Any) -> float | int:
    return value if isinstance(value, int) else float(f"{value:.6g}")
