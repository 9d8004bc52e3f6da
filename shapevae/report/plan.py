"""What the report trains: every run by a name that says how it differs from the two presets."""

from __future__ import annotations

from dataclasses import dataclass

from shapevae.config import PRESETS, TrainConfig
from shapevae.reported import REPORTED

VAE, ADJUSTED = "vae", "mmd"
MODELS = (VAE, ADJUSTED)
TITLES = {VAE: "VAE", ADJUSTED: "adjusted VAE"}
GIVEN = {VAE: REPORTED["report-vae"], ADJUSTED: REPORTED["report-mmd"]}

# How "Gaussian noise of variance v" may be read.
CHANNEL, UNIT, NOISE = "channel", "unit", "noise"


@dataclass(frozen=True)
class Scale:
    """The size of the work: two presets, the values that are swept, and how many pictures measure a run.

    table_images: test pictures, and samples, of the runs over seeds; sweep_images: of the others. variances are the v at which
    every reading is tried; rate_variances are further v, for the rate curve alone. fixed_noise_dims are the d of
    the adjusted model with noise of one size, at the preset's rate. pixel_factors multiply the VAE's c.
    """

    vae: TrainConfig = PRESETS["report-vae"]
    adjusted: TrainConfig = PRESETS["report-mmd"]
    table_images: int = 10_000
    sweep_images: int = 2000
    sizes: tuple[int, ...] = (1000, 3000)
    epochs: tuple[int, ...] = (10, 50)
    latent_dims: tuple[int, ...] = (2, 4, 8, 20, 32)
    variances: tuple[float, ...] = (1.0, 2.0, 5.0, 15.0)
    rate_variances: tuple[float, ...] = (3.0, 8.0)
    fixed_noise_dims: tuple[int, ...] = (5, 16)
    pixel_factors: tuple[float, ...] = (0.1, 10.0, 30.0, 100.0)
    image_size: int = 32

    def preset(self, model: str) -> TrainConfig:
        return {VAE: self.vae, ADJUSTED: self.adjusted}[model]

    @property
    def v(self) -> float:
        """The adjusted preset's v, the report's 5."""
        return self.adjusted.model.prior_variance

    @property
    def low_v(self) -> float:
        """The v of the report's figures "at variance 2": the largest that is tried below the preset's."""
        return max((v for v in self.variances if v < self.v), default=min(self.variances))


@dataclass(frozen=True)
class Run:
    """A training run and how many test pictures measure it."""

    config: TrainConfig
    images: int


def plan(scale: Scale, seeds: int) -> dict[str, Run]:
    """Every run by name, "MODEL CHANGE"; several names may stand for one configuration, which is trained once."""
    runs: dict[str, Run] = {}
    for model in MODELS:
        preset = scale.preset(model)
        for seed in range(seeds):
            runs[seed_name(model, seed)] = Run(preset.replace(seed=seed), scale.table_images)
        changes = _shared_changes(scale, model) | (_vae_changes(scale) if model == VAE else _adjusted_changes(scale))
        runs |= {name: Run(preset.replace(**change), scale.sweep_images) for name, change in changes.items()}
    table = {run.config: run for run in runs.values() if run.images == scale.table_images}
    return {name: table.get(run.config, run) for name, run in runs.items()}


def seed_name(model: str, seed: int) -> str:
    """Name of a run of the main table."""
    return f"{model} seed {seed}"


def reading_name(reading: str, v: float) -> str:
    """Name of a run that tries a reading of the report's variance."""
    return f"{ADJUSTED} {reading} v {v:g}"


def fixed_noise_name(latent_dim: int) -> str:
    """Name of a run whose noise has one size for all pictures and dimensions, as the report's words have it."""
    return f"{ADJUSTED} fixed noise dims {latent_dim}"


def _shared_changes(scale: Scale, model: str) -> dict[str, dict[str, object]]:
    """Of both models, by the run's name: training pictures, epochs, latent dimensions, picture size."""
    preset = scale.preset(model)
    sizes, epochs = (*scale.sizes, preset.images), sorted({*scale.epochs, preset.epochs})
    dims = sorted({*scale.latent_dims, preset.model.latent_dim})
    least = min(sizes)
    return {
        **{f"{model} images {count}": {"images": count} for count in sizes},
        f"{model} images {least} equal steps": {"images": least, "epochs": preset.epochs * preset.images // least},
        **{f"{model} epochs {count}": {"epochs": count} for count in epochs},
        **{f"{model} dims {count}": {"latent_dim": count, **_at_rate_of(preset, count)} for count in dims},
        f"{model} pixels {scale.image_size}": {"image_size": scale.image_size},
    }


def _at_rate_of(preset: TrainConfig, latent_dim: int) -> dict[str, object]:
    """The noise that leaves the designed rate as it is with another number of latent dimensions."""
    d, v, noise = preset.model.latent_dim, preset.model.prior_variance, preset.model.noise_variance
    return {} if noise is None or latent_dim == d else {"noise_variance": v * (noise / v) ** (d / latent_dim)}


def _vae_changes(scale: Scale) -> dict[str, dict[str, object]]:
    """c, which sets the rate of the VAE; where it is annealed, it starts no lower than it ends."""
    changes: dict[str, dict[str, object]] = {}
    for factor in sorted({*scale.pixel_factors, 1.0}):
        c, start = scale.vae.pixel_variance * factor, scale.vae.pixel_variance_start
        changes[f"{VAE} c {factor:g}"] = {"pixel_variance": c, "pixel_variance_start": start and max(start, c)}
    return changes


def _adjusted_changes(scale: Scale) -> dict[str, dict[str, object]]:
    """v under each reading, and the runs of the report's own figures at a small v."""
    changes: dict[str, dict[str, object]] = {}
    for v in sorted({*scale.variances, scale.v}):
        changes[reading_name(CHANNEL, v)] = {"prior_variance": v}
        changes[reading_name(UNIT, v)] = {"prior_variance": v, "noise_variance": 1.0, "shaped_noise": False}
        changes[reading_name(NOISE, v)] = {"prior_variance": 1 + v, "noise_variance": v, "shaped_noise": False}
    for v in scale.rate_variances:
        changes[reading_name(CHANNEL, v)] = {"prior_variance": v}
    for count in scale.fixed_noise_dims:
        changes[fixed_noise_name(count)] = {"shaped_noise": False, "latent_dim": count, **_at_rate_of(scale.adjusted, count)}
    for epochs in scale.epochs:
        if epochs > scale.adjusted.epochs:
            name = f"{reading_name(CHANNEL, scale.low_v)} epochs {epochs}"
            changes[name] = {"prior_variance": scale.low_v, "epochs": epochs}
    return changes
