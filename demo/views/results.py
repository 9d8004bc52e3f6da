"""What the app shows, as pure functions: models and inputs in, pictures and figures out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from demo.views.checks import choice, number, whole
from shapevae.config import MAX_SEED, ShapeConfig
from shapevae.images.read import SIZE, ImageError, open_picture, to_tensor
from shapevae.images.write import grid_columns
from shapevae.information import BITS, rate_terms
from shapevae.judge import Judgement, judge_shapes
from shapevae.losses import squared_error
from shapevae.model import Autoencoder, Code
from shapevae.shapes import KINDS, place, render

Models = Mapping[str, Autoencoder]

NAMES = {"vae": "VAE", "mmd": "Adjusted VAE"}
KIND_CHOICES = ("random", *KINDS)
SHAPES = ShapeConfig(rotated=True)
LEAST_SAMPLES, MOST_SAMPLES = 4, 100
LEAST_SPREAD, MOST_SPREAD = 0.25, 2.0
MOST_PASSES = 3
FIRST_SEED = 7


@dataclass(frozen=True)
class Setting:
    """Everything that fixes a generated shape: size, across and down in [0, 1], angle in degrees, aspect width over height."""

    kind: str
    size: float
    angle: float
    across: float
    down: float
    aspect: float = 1.0


@dataclass(frozen=True)
class Rebuilt:
    """One picture through one model. image: (1, H, W); bits: (d,) a latent dimension, None where the rate is not finite."""

    image: Tensor
    squared_error: float
    mse_per_pixel: float
    bits: Tensor | None

    @property
    def total_bits(self) -> float | None:
        return None if self.bits is None else float(self.bits.sum())


def seed_setting(kind: object, seed: object) -> Setting:
    """The shape that a seed names; a kind other than "random" replaces the seed's own."""
    kind = choice(kind, "The kind", KIND_CHOICES)
    seed = whole(seed, "The seed", 0, MAX_SEED)
    u = torch.rand(6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    drawn = KINDS[int(3 * u[0])] if kind == "random" else kind
    low, high = SHAPES.min_aspect, SHAPES.max_aspect
    aspect = 1.0 if drawn == "circle" else low * (high / low) ** u[5]
    return Setting(drawn, round(u[1], 2), round(360 * u[2]), round(u[3], 2), round(u[4], 2), aspect)


def draw_setting(kind: object, size: object, angle: object, seed: object, across: object = None, down: object = None) -> Tensor:
    """One generated shape, (1, 1, SIZE, SIZE): place and aspect come from the seed where they are not given."""
    own = seed_setting(kind, seed)
    return draw(
        Setting(
            own.kind,
            number(size, "The size", 0, 1),
            number(angle, "The angle", -360, 360),
            own.across if across is None else number(across, "Across", 0, 1),
            own.down if down is None else number(down, "Down", 0, 1),
            own.aspect,
        )
    )


def draw(setting: Setting) -> Tensor:
    """The picture of a setting, (1, 1, SIZE, SIZE) in [0, 1]."""
    turn = 0.0 if setting.kind == "circle" else math.radians(setting.angle)
    values = torch.tensor([setting.size, setting.aspect, turn, setting.across, setting.down], dtype=torch.float64)
    size, aspect, angle, across, down = values[:, None]
    return render(place(torch.tensor([KINDS.index(setting.kind)]), size, aspect, angle, across, down, SHAPES), SIZE)


def read_upload(data: object) -> Tensor:
    """A picture file's bytes as the models see it, (1, 1, SIZE, SIZE). Raises ImageError."""
    if not isinstance(data, bytes):
        raise ImageError("Send a picture file.")
    return to_tensor(open_picture(data))


@torch.inference_mode()
def reconstruct(models: Models, x: Tensor) -> dict[str, Rebuilt]:
    """One picture, (1, 1, SIZE, SIZE), through each model by its mean code."""
    return {name: _rebuild(model, x) for name, model in models.items()}


def _rebuild(model: Autoencoder, x: Tensor) -> Rebuilt:
    code = model.encode(x)
    x_hat = model.decode(code.mean)
    error = float(squared_error(x, x_hat))
    return Rebuilt(x_hat[0], error, error / x[0].numel(), code_bits(code, model.config.prior_variance))


def code_bits(code: Code, prior_variance: float) -> Tensor | None:
    """KL(N(mean, std²) ‖ N(0, v)) in bits, of the first image, a dimension: (d,). None where the channel has no noise."""
    return rate_terms(code.mean, code.std, prior_variance)[0].float() * BITS if bool((code.std > 0).all()) else None


@dataclass(frozen=True)
class Draws:
    """Which samples: how many, of which seed, the prior's standard deviation times `spread`, reconstructed `passes` times."""

    count: int
    seed: int
    spread: float = 1.0
    passes: int = 0

    def __str__(self) -> str:
        return f"seed {self.seed}" + (f", passes {self.passes}" if self.passes else "")


def check_draws(count: object, seed: object, spread: object = 1.0, passes: object = 0) -> Draws:
    """The draws that somebody asks for. Raises InputError."""
    return Draws(
        whole(count, "The count", LEAST_SAMPLES, MOST_SAMPLES),
        whole(seed, "The seed", 0, MAX_SEED),
        number(spread, "The spread", LEAST_SPREAD, MOST_SPREAD),
        whole(passes, "The number of passes", 0, MOST_PASSES),
    )


def sample(models: Models, draws: Draws) -> dict[str, Tensor]:
    """The samples, (count, 1, SIZE, SIZE), of each model; one with fewer dimensions gets the first of the numbers."""
    return {
        name: model.sample(draws.count, draws.seed, spread=draws.spread, passes=draws.passes) for name, model in models.items()
    }


def verdict(judged: Judgement, index: int = 0) -> str:
    """The judge's word on one picture, such as "triangle, 97 % match"."""
    kind, match = nearest_kind(judged, index), f"{100 * float(judged.iou[index]):.0f} % match"
    return f"{kind}, {match}" if judged.distinguishable[index] else f"no clear shape: {kind}, {match}"


def nearest_kind(judged: Judgement, index: int = 0) -> str:
    return KINDS[int(judged.kind[index])]


def snap(x: Tensor) -> Tensor:
    """The nearest true shape to a picture, drawn: (1, 1, SIZE, SIZE) -> the same."""
    return render(judge_shapes(x).nearest, SIZE)


def figures(rebuilt: Rebuilt) -> dict[str, float | None]:
    """A reconstruction's figures for a program."""
    return {"squared_error": rebuilt.squared_error, "mse_per_pixel": rebuilt.mse_per_pixel, "bits": rebuilt.total_bits}


def judged_figures(judged: Judgement) -> dict[str, str | float | bool]:
    """The judge's word on one picture for a program."""
    distinguishable = bool(judged.distinguishable[0])
    return {"kind": nearest_kind(judged), "iou": float(judged.iou[0]), "distinguishable": distinguishable}


def grid_figures(draws: Draws) -> dict[str, int]:
    """Which samples a grid holds, and how it is laid out."""
    return {"count": draws.count, "seed": draws.seed, "columns": grid_columns(draws.count), "gap": 2, "size": SIZE}
