"""Configuration of a run: frozen dataclasses, their JSON, and the preset table."""

from __future__ import annotations

import dataclasses
import json
import sys
import typing
from dataclasses import dataclass, field
from typing import Any

# Seeds of the pictures: training uses its own range, so that no training picture is ever judged.
MAX_SEED = 2**31 - 1
TRAIN_SEEDS, TEST_SEED = 2**32, 2**33

_RENAMED = {"draws": "codes_per_image"}  # older names of keys in saved configurations
# Settings that older saved configurations lack, with the values that held then.
ADDED: dict[str, Any] = {"encoder_layers": 1, "gate_sharpness": 4.0, "shaped_noise": False, "gate_sharpness_start": None}
ADDED |= {"sharpen": 1.0, "cells_per_image": 256, "kernel_scale": 1.0, "kl_weight": 1.0, "centred": False}


class ConfigError(ValueError):
    """A configuration that can't be used; the message says which value and why."""


@dataclass(frozen=True)
class ShapeConfig:
    """How pictures are drawn. Lengths are in frame units: the frame is [-1, 1] × [-1, 1].

    size is the geometric mean of the half extents; it lies between min_size and the largest, at most max_size, that fits.
    aspect is width over height. Where centred, the middle of the shape's box is the frame's; else its place is free.
    """

    image_size: int = 64
    rotated: bool = False
    centred: bool = False
    min_size: float = 0.25
    max_size: float = 0.7
    min_aspect: float = 0.5
    max_aspect: float = 2.0
    margin: float = 0.0625

    def __post_init__(self) -> None:
        _check(self, at_least_0=("margin",))
        if self.image_size % 16:
            raise ConfigError(f"image_size must be a multiple of 16, got {self.image_size}")
        if not 0 <= self.margin < 1 - self.min_size * max(self.max_aspect, 1 / self.min_aspect):
            raise ConfigError(f"margin {self.margin} leaves no room for the smallest shapes: lower margin or min_size")
        if self.min_size > self.max_size or self.min_aspect > self.max_aspect:
            raise ConfigError("min_size and min_aspect must not exceed max_size and max_aspect")


@dataclass(frozen=True)
class ModelConfig:
    """The autoencoder: sizes of its networks and its latent layer.

    noise_variance is σ², the variance of the code given the image, or None where the encoder learns it (VAE). With shaped_noise
    the encoder sets the variance of each dimension for each image, and σ² is their geometric mean.
    gate_sharpness is that of the decoder's gates.
    prior_variance is v: codes are sampled from N(0, v I).
    """

    image_size: int = 64
    latent_dim: int = 16
    encoder_width: int = 32
    encoder_layers: int = 2
    decoder_width: int = 32
    decoder_grid: int = 16
    decoder_layers: int = 4
    trunk_layers: int = 3
    hidden: int = 192
    gate_sharpness: float = 12.0
    prior_variance: float = 1.0
    noise_variance: float | None = None
    shaped_noise: bool = False

    def __post_init__(self) -> None:
        _check(self, at_least_0=("noise_variance",))
        if self.image_size % 16 or self.image_size % self.decoder_grid:
            raise ConfigError(f"image_size must be a multiple of 16 and of decoder_grid, got {self.image_size}")
        if self.shaped_noise and not 0 < (self.noise_variance or 0) < self.prior_variance:
            raise ConfigError("shaped_noise needs a noise_variance above 0 and below prior_variance")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that fixes a training run: the model, the pictures, the loss and the optimiser.

    penalty is "kl" or "mmd"; kl_weight multiplies the KL, mmd_weight is λ, in nats. kernel is "imq" or "rbf"; kernel_scale
    multiplies every C of the inverse multiquadrics. pixel_variance is c, the decoder's variance a pixel, at the end of
    training; it starts at pixel_variance_start (same value if None) and moves geometrically while the first `anneal` of the
    steps are done. The sharpness of the decoder's gates goes likewise, from gate_sharpness_start, during the first `sharpen` of
    the steps. With fresh_images each epoch draws new pictures; with mirror each picture is mirrored left to right half of the
    times, an exact symmetry of the data. codes_per_image codes are sampled for each image; they share cells_per_image cells of
    the decoder's grid, at most all, which are decoded (see cells.choose_cells). learning_rate is AdamW's, muon_rate Muon's;
    with a muon_rate of 0 AdamW takes all weights.
    """

    name: str = "custom"
    model: ModelConfig = field(default_factory=ModelConfig)
    shapes: ShapeConfig = field(default_factory=ShapeConfig)
    images: int = 10_000
    fresh_images: bool = False
    epochs: int = 20
    batch_size: int = 50
    learning_rate: float = 6e-3
    muon_rate: float = 7e-3
    penalty: str = "kl"
    pixel_variance: float = 0.2
    pixel_variance_start: float | None = None
    anneal: float = 1.0
    mirror: bool = False
    gate_sharpness_start: float | None = None
    sharpen: float = 1.0
    codes_per_image: int = 2
    cells_per_image: int = 96
    mmd_weight: float = 100.0
    kl_weight: float = 1.0
    kernel: str = "imq"
    kernel_scale: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self, at_least_0=("seed", "muon_rate", "kl_weight"), any_sign=("mmd_weight",))
        if self.penalty not in ("kl", "mmd"):
            raise ConfigError(f"penalty must be 'kl' or 'mmd', got {self.penalty!r}")
        if self.kernel not in ("imq", "rbf"):
            raise ConfigError(f"kernel must be 'imq' or 'rbf', got {self.kernel!r}")
        if (self.penalty == "kl") != (self.model.noise_variance is None):
            raise ConfigError("penalty 'kl' goes with a learned variance (noise_variance null), 'mmd' with a constant one")
        if self.penalty == "kl" and self.model.prior_variance != 1:
            raise ConfigError(f"penalty 'kl' has the prior N(0, I): prior_variance must be 1, got {self.model.prior_variance}")
        if self.seed > MAX_SEED:
            raise ConfigError(f"seed must be at most {MAX_SEED}, got {self.seed}")
        if self.batch_size < 2 or self.images < self.batch_size:
            raise ConfigError(f"batch_size must be at least 2 and at most images ({self.images}), got {self.batch_size}")
        if min(self.cells_per_image, self.model.decoder_grid**2) % self.codes_per_image:
            raise ConfigError(f"codes_per_image must divide cells_per_image ({self.cells_per_image}) and decoder_grid²")
        if self.model.image_size != self.shapes.image_size:
            raise ConfigError(f"the model's image_size {self.model.image_size} is not the pictures' {self.shapes.image_size}")

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in an epoch; images that are left over are not used in it."""
        return self.images // self.batch_size

    def replace(self, **changes: Any) -> TrainConfig:
        """A copy with some fields changed; those of the model and of the pictures may be named directly."""
        own = {key: value for key, value in changes.items() if key in _names(TrainConfig)}
        for part in ("model", "shapes"):
            whole, kind = own.get(part, getattr(self, part)), type(getattr(self, part))
            if not isinstance(whole, kind):
                raise ConfigError(f"{part} must be a {kind.__name__}, got {whole!r}")
            own[part] = dataclasses.replace(whole, **{key: changes[key] for key in changes if key in _names(kind)})
        unknown = set(changes) - _names(TrainConfig) - _names(ModelConfig) - _names(ShapeConfig)
        if unknown:
            raise ConfigError(f"unknown setting: {', '.join(sorted(unknown))}")
        return dataclasses.replace(self, **own)

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        """What to_json wrote, keys of older versions included. Raises ConfigError for any other key and any other type."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"not valid JSON: {error}") from None
        return _from_dict(cls, values, "")


def _from_dict(cls: type[Any], values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise ConfigError(f"{where or 'the configuration'} must be a JSON object")
    if old := next((key for key, new in _RENAMED.items() if key in values and new in values), None):
        raise ConfigError(f"{where}{old} is the old name of {_RENAMED[old]}, and both are given")
    values = {_RENAMED.get(key, key): value for key, value in values.items()}
    known = typing.get_type_hints(cls)
    values = {key: value for key, value in ADDED.items() if key in known} | values
    for problem, names in (("unknown", values.keys() - known), ("missing", known.keys() - values)):
        if names:
            raise ConfigError(f"{problem} key {where}{min(names)}")
    return cls(**{key: _typed(value, known[key], where + key) for key, value in values.items()})


def _typed(value: Any, hint: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint) and not isinstance(value, hint):  # type: ignore[arg-type]
        return _from_dict(hint, value, where + ".")  # type: ignore[arg-type]
    kinds = typing.get_args(hint) or (hint,)
    if type(value) in kinds or (type(value) is int and float in kinds):
        return value
    raise ConfigError(f"{where} must be {' or '.join(getattr(kind, '__name__', str(kind)) for kind in kinds)}, got {value!r}")


def _names(cls: type[Any]) -> set[str]:
    return {f.name for f in dataclasses.fields(cls)}


def _check(config: Any, at_least_0: tuple[str, ...] = (), any_sign: tuple[str, ...] = ()) -> None:
    """Raises ConfigError where a value has another type, or a number is not finite or not above 0; None passes."""
    for name, hint in typing.get_type_hints(type(config)).items():
        value = _typed(getattr(config, name), hint, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not abs(value) <= sys.float_info.max:  # nor where it is NaN
            raise ConfigError(f"{name} must be a finite number")
        if name not in any_sign and (value < 0 or (value == 0 and name not in at_least_0)):
            raise ConfigError(f"{name} must be {'0 or more' if name in at_least_0 else 'greater than 0'}, got {value}")


_REPORT = TrainConfig(
    pixel_variance=0.2, pixel_variance_start=3.0, anneal=0.7, gate_sharpness_start=4.0, sharpen=0.5, mirror=True
)
_SHAPED = {"penalty": "mmd", "mmd_weight": 100.0, "shaped_noise": True}
_LARGER = {"encoder_width": 64, "decoder_width": 48, "decoder_layers": 5, "batch_size": 400, "learning_rate": 4e-3}
_LONG = _REPORT.replace(rotated=True, fresh_images=True, images=100_000, epochs=410, **_LARGER)
_PLAIN = {"centred": True, "image_size": 32, "min_size": 0.35, "max_size": 0.9, "min_aspect": 0.4, "max_aspect": 2.5}
_SMALL = {"hidden": 64, "encoder_width": 16, "encoder_layers": 1, "trunk_layers": 2, "decoder_width": 16, "decoder_layers": 2}
_OFTEN = {"images": 16_000, "batch_size": 100, "cells_per_image": 64, "mirror": False}
_PLANE = _REPORT.replace(latent_dim=2, pixel_variance=0.3, **_PLAIN, **_SMALL, **_OFTEN)

PRESETS: dict[str, TrainConfig] = {
    "report-vae": _REPORT.replace(name="report-vae"),
    "report-mmd": _REPORT.replace(name="report-mmd", prior_variance=5.0, noise_variance=0.47, **_SHAPED),
    "vae": _LONG.replace(name="vae"),
    "mmd": _LONG.replace(name="mmd", noise_variance=0.065, **_SHAPED),
    "plane-vae": _PLANE.replace(name="plane-vae"),
    "plane-mmd": _PLANE.replace(name="plane-mmd", penalty="mmd", mmd_weight=300.0, prior_variance=5.0, noise_variance=0.0065),
}
