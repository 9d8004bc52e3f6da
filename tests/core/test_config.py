"""Configuration: JSON and back, nothing unknown, nothing out of range."""

import json
import math

import pytest

from shapevae.config import PRESETS, ConfigError, ShapeConfig, TrainConfig


@pytest.mark.parametrize("name", PRESETS)
def test_json_and_back_is_the_same(name: str) -> None:
    assert TrainConfig.from_json(PRESETS[name].to_json()) == PRESETS[name]


def test_presets_know_their_names_and_share_their_networks() -> None:
    assert all(config.name == name for name, config in PRESETS.items())
    assert list(PRESETS) == ["report-vae", "report-mmd", "vae", "mmd", "plane-vae", "plane-mmd"]
    for kl, mmd in (("report-vae", "report-mmd"), ("vae", "mmd"), ("plane-vae", "plane-mmd")):
        model = {"noise_variance": None, "prior_variance": 1.0, "shaped_noise": False}
        penalty = {key: getattr(PRESETS[kl], key) for key in ("name", "penalty", "mmd_weight", "kernel_scale")}
        assert PRESETS[mmd].replace(**model, **penalty) == PRESETS[kl]  # they differ in their penalty alone


def test_the_report_presets_keep_to_the_report() -> None:
    for name in ("report-vae", "report-mmd"):
        config = PRESETS[name]
        assert (config.images, config.epochs, config.fresh_images, config.shapes.rotated) == (10_000, 20, False, False)
    assert PRESETS["report-mmd"].model.prior_variance == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"images": -1},
        {"learning_rate": math.nan},
        {"pixel_variance": math.inf},
        {"penalty": "gan"},
        {"kernel": "linear"},
        {"penalty": "mmd"},
        {"prior_variance": 5.0},
        {"batch_size": 1},
        {"batch_size": 20_000},
        {"codes_per_image": 5},
        {"cells_per_image": 95},
        {"sharpen": 0.0},
        {"shaped_noise": True},
        {"seed": -1},
        {"seed": 2**31},
        {"image_size": 60},
        {"latent_dim": 0},
        {"min_size": 0.9},
        {"margin": 0.9},
        {"nonsense": 1},
    ],
)
def test_a_value_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        PRESETS["report-vae"].replace(**changes)


def test_replace_reaches_the_model_and_the_pictures_at_once() -> None:
    config = PRESETS["vae"].replace(image_size=32, latent_dim=3, rotated=False, seed=7)
    assert (config.model.image_size, config.shapes.image_size) == (32, 32)
    assert (config.model.latent_dim, config.shapes.rotated, config.seed) == (3, False, 7)
    assert config.shapes == ShapeConfig(image_size=32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values.update(extra=1), "unknown key extra"),
        (lambda values: values["model"].update(extra=1), "unknown key model.extra"),
        (lambda values: values.pop("epochs"), "missing key epochs"),
        (lambda values: values.update(epochs="ten"), "epochs must be int"),
        (lambda values: values.update(epochs=True), "epochs must be int"),
        (lambda values: values.update(model=[]), "model. must be a JSON object"),
        (lambda values: values.update(epochs=0), "epochs must be greater than 0"),
    ],
)
def test_foreign_json_is_refused_with_the_key(change, message: str) -> None:  # type: ignore[no-untyped-def]
    values = json.loads(PRESETS["vae"].to_json())
    change(values)
    with pytest.raises(ConfigError, match=message):
        TrainConfig.from_json(json.dumps(values))


def test_a_configuration_saved_under_an_old_name_loads() -> None:
    values = json.loads(PRESETS["vae"].replace(codes_per_image=16).to_json())
    values["draws"] = values.pop("codes_per_image")
    assert TrainConfig.from_json(json.dumps(values)) == PRESETS["vae"].replace(codes_per_image=16)
    with pytest.raises(ConfigError, match="draws is the old name of codes_per_image, and both are given"):
        TrainConfig.from_json(json.dumps({**values, "codes_per_image": 4}))


def test_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(ConfigError, match="not valid JSON"):
        TrainConfig.from_json("{")
