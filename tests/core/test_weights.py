"""Weights: saved and loaded the same, missing files named; robustness/test_hostile_weights.py has what else can be wrong."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from shapevae.config import PRESETS, TrainConfig
from shapevae.errors import WeightsError
from shapevae.files import CONFIG, MODEL, write_whole
from shapevae.model import Autoencoder
from shapevae.shapes import draw_shapes
from shapevae.weights import load_config, load_model, save_model

ROOT = Path(__file__).parents[2]
PRESET_FOLDERS = sorted((ROOT / "weights").glob("*/model.safetensors"))


@pytest.fixture
def folder(config: TrainConfig, model: Autoencoder, tmp_path: Path) -> Path:
    save_model(model, config, tmp_path)
    return tmp_path


def test_save_then_load_is_identical(folder: Path, model: Autoencoder, config: TrainConfig) -> None:
    loaded = load_model(folder)
    assert loaded.config == config.model and load_config(folder) == config
    assert not loaded.training
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), loaded.parameters(), strict=True))
    x = draw_shapes(4, 0).images
    assert torch.equal(model.reconstruct(x), loaded.reconstruct(x))


def test_bfloat16_weights_load_as_float32(folder: Path) -> None:
    tensors = load_file(folder / MODEL)
    save_file({name: tensor.bfloat16() for name, tensor in tensors.items()}, folder / MODEL)
    assert {param.dtype for param in load_model(folder).parameters()} == {torch.float32}


def test_missing_files_are_named(folder: Path) -> None:
    (folder / MODEL).unlink()
    with pytest.raises(WeightsError, match=MODEL):
        load_model(folder)
    (folder / CONFIG).unlink()
    with pytest.raises(WeightsError, match=CONFIG):
        load_model(folder)
    with pytest.raises(WeightsError, match="nowhere"):
        load_model(folder / "nowhere")


def test_write_whole_leaves_the_old_file_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write_whole(file, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_bytes() == b"old"


def test_all_presets_are_shipped() -> None:
    assert {path.parent.name for path in PRESET_FOLDERS} == set(PRESETS)


@pytest.mark.parametrize("file", PRESET_FOLDERS, ids=lambda path: path.parent.name)
def test_shipped_weights_load_and_rebuild(file: Path) -> None:
    config, model = load_config(file.parent), load_model(file.parent)
    assert file.stat().st_size <= 4_000_000
    assert config == PRESETS[file.parent.name]
    shapes = draw_shapes(200, 0, config.shapes)
    error = (model.reconstruct(shapes.images) - shapes.images).square().sum((1, 2, 3)).mean()
    blank = shapes.images.square().sum((1, 2, 3)).mean()
    assert error < 0.05 * blank
    metrics = json.loads((file.parent / "metrics.json").read_text())
    assert metrics["images"] >= 10_000
