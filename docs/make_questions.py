"""The figures in docs/questions.md: `python -m docs.make_questions` measures them and writes them there."""

from __future__ import annotations

import inspect
import json
from functools import partial
from textwrap import dedent, fill
from typing import Any

import torch

from demo.training.failures import EXHIBITS
from demo.views.scale import RECIPES, eigenvalues
from docs import make_readme
from shapevae.config import PRESETS, TEST_SEED
from shapevae.figures import where_bits_go
from shapevae.ideal import ideal_coder
from shapevae.information import BITS
from shapevae.losses import IMQ_SCALES, Gaussian, Kernel, imq_kernel
from shapevae.model import Autoencoder, Code
from shapevae.report.measure import edge_widths
from shapevae.report.plan import TITLES
from shapevae.shapes import draw_shapes
from shapevae.table import markdown_table, which_is_better
from shapevae.weights import load_model

PAGE = make_readme.ROOT / "docs" / "questions.md"

_IMAGES = 300
_lines = partial(fill, width=128, break_long_words=False, break_on_hyphens=False)


def main() -> None:
    make_readme.fill(PAGE, **{name: f"{block}\n" for name, block in blocks().items()})


def blocks() -> dict[str, str]:
    """What is measured, by the names of the page's blocks."""
    measured = {part.__name__: part() for part in (recipes, ideal, blur, collapse, kernels, trick)}
    return {**measured, **{part.__name__: part(read_metrics()) for part in (better, gaps, negative)}}


def read_metrics() -> dict[str, Any]:
    """metrics.json of the two models that the page shows."""
    weights = make_readme.ROOT / "weights"
    return {name: json.loads((weights / name / "metrics.json").read_text(encoding="utf-8")) for name in TITLES}


def recipes() -> str:
    rows = [(name, f"{loss.pixel_variance:.3g}") for name, loss in RECIPES.items() if loss.penalty == "KL"]
    return markdown_table(("recipe", "c"), rows)


def ideal() -> str:
    coders = [ideal_coder(PRESETS[name].shapes) for name in ("report-vae", "vae")]
    rows = [(f"{error:g}", *(f"{coder.rate(error).value * BITS:.1f}" for coder in coders)) for error in (0.5, 1.0, 2.0)]
    return markdown_table(("squared error", "upright shapes, bits", "rotated shapes, bits"), rows)


def better(metrics: dict[str, Any]) -> str:
    spent = "; ".join(where_bits_go(title, metrics[name]) for name, title in TITLES.items())
    return _lines(f"{which_is_better(metrics['vae'], metrics['mmd'])} Beside the ideal coder of the shapes, {spent}.")


@torch.inference_mode()
def blur() -> str:
    true = draw_shapes(_IMAGES, TEST_SEED, PRESETS["vae"].shapes).images
    widths = [f"{_width(true)} pixels in true shapes"]
    for name, title in TITLES.items():
        model = load_model(make_readme.ROOT / "weights" / name)
        rebuilt, drawn = _width(model.reconstruct(true)), _width(model.sample(_IMAGES, 0))
        widths.append(f"{rebuilt} in reconstructions and {drawn} in samples of the {title}")
    return _lines(f"An edge falls from 90 % to 10 % over {'; '.join(widths)} (medians of {_IMAGES} pictures each).")


def _width(images: torch.Tensor) -> str:
    return f"{edge_widths(images).nanmedian().item():.2f}"


def gaps(metrics: dict[str, Any]) -> str:
    return _lines(" ".join(_gap(title, metrics[name]) for name, title in TITLES.items()))


def _gap(title: str, values: dict[str, Any]) -> str:
    right, shapes, refined = (100 * values[f"{name}_quality"] for name in ("reconstruction", "sample", "refined_sample"))
    return (
        f"The {title} rebuilds {right:.1f} % of pictures as their kind; {shapes:.1f} % of its samples are shapes, "
        f"{refined:.1f} % after two passes, and its codes lie {values['marginal_kl_bits']:.1f} bits from the prior."
    )


def collapse() -> str:
    preset = PRESETS["report-vae"]
    first = ", ".join(f"{value:.0f}" for value in eigenvalues(preset.shapes)[:5].tolist())
    exhibit = next(exhibit for exhibit in EXHIBITS.values() if "pixel_variance" in exhibit.changes)
    huge = f"the exhibit *{exhibit.title}* has c = {exhibit.changes['pixel_variance']:g}"
    return _lines(
        f"Of our upright pictures the largest are {first}; our presets end at c = {preset.pixel_variance:g}, and {huge}."
    )


def negative(metrics: dict[str, Any]) -> str:
    told = []
    for name, title in TITLES.items():
        value, low, high = (metrics[name][f"mmd{end}"] for end in ("", "_low", "_high"))
        told.append(f"{value:.4f} [{low:.4f}, {high:.4f}] for the {title}")
    return _lines(f"Ours, over 10,000 codes, are {' and '.join(told)}; a single batch scatters much more.")


def kernels() -> str:
    rows = []
    for d in (2, 5, 16):
        kinds = (Gaussian(float(d * d)), imq_kernel(d, 1.0))
        rows.append((str(d), *(f"{_zero_codes(kernel, d) / _zero(kernel):.1%}" for kernel in kinds)))
    head = ("d", "Gaussian, bandwidth d²", f"{len(IMQ_SCALES)} inverse multiquadrics")
    return f"Squared MMD between codes that are all 0 and N(0, I), over k(0, 0):\n\n{markdown_table(head, rows)}"


def _zero(kernel: Kernel) -> float:
    return float(kernel(torch.zeros(1, dtype=torch.double)))


def _zero_codes(kernel: Kernel, d: int) -> float:
    """In closed form: k(0, 0) - 2 E k(0, y) + E k(y, y'), y - y' ~ N(0, 2 I)."""
    zero = torch.zeros(1, d, dtype=torch.double)
    return _zero(kernel) - 2 * float(kernel.mean_under_normal(zero, 1.0)) + float(kernel.mean_under_normal(zero, 2.0))


def trick() -> str:
    sources = (dedent(inspect.getsource(function)).strip() for function in (Code.rsample_many, Autoencoder.encode))
    return "```python\n" + "\n\n\n".join(sources) + "\n```"  # as ruff formats it


if __name__ == "__main__":
    main()
