"""Weights: saved and loaded the same, and whatever is wrong with a file is said of that file."""

import json
import struct
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


def edit(folder: Path, change) -> None:  # type: ignore[no-untyped-def]
    tensors = load_file(folder / MODEL)
    change(tensors)
    save_file(tensors, folder / MODEL)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("decoder.out.bias"), "missing tensor decoder.out.bias"),
        (lambda t: t.update(extra=torch.zeros(1)), "unknown tensor extra"),
        (lambda t: t.update({"decoder.out.bias": torch.zeros(3)}), r"decoder.out.bias is F32 \(3,\), expected"),
        (lambda t: t.update({"decoder.out.bias": t["decoder.out.bias"].long()}), "decoder.out.bias is I64"),
        (lambda t: t["decoder.out.bias"].fill_(torch.nan), "decoder.out.bias holds values that are not finite"),
    ],
)
def test_foreign_tensors_are_refused_by_name(folder: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    edit(folder, change)
    with pytest.raises(WeightsError, match=message) as caught:
        load_model(folder)
    assert str(folder / MODEL) in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95pickle",
        struct.pack("<Q", 10 * 2**30) + b"{}",
        struct.pack("<Q", 2) + b"{}" + bytes(100),
        b"not a model at all " * 100,
    ],
)
def test_a_file_that_is_no_safetensors_is_refused(folder: Path, content: bytes) -> None:
    (folder / MODEL).write_bytes(content)
    with pytest.raises(WeightsError, match=MODEL):
        load_model(folder)


def test_a_truncated_file_is_refused(folder: Path) -> None:
    content = (folder / MODEL).read_bytes()
    (folder / MODEL).write_bytes(content[: len(content) // 2])
    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        load_model(folder)


def test_a_huge_file_is_not_read(folder: Path) -> None:
    with (folder / MODEL).open("wb") as stream:
        stream.truncate(2**33)
    with pytest.raises(WeightsError, match="larger than"):
        load_model(folder)


def test_missing_files_are_named(folder: Path) -> None:
    (folder / MODEL).unlink()
    with pytest.raises(WeightsError, match=MODEL):
        load_model(folder)
    (folder / CONFIG).unlink()
    with pytest.raises(WeightsError, match=CONFIG):
        load_model(folder)
    with pytest.raises(WeightsError, match="nowhere"):
        load_model(folder / "nowhere")


@pytest.mark.parametrize("text", ["", "[]", "{}", "\xff", '{"model": 1}'])
def test_a_foreign_configuration_is_refused(folder: Path, text: str) -> None:
    (folder / CONFIG).write_bytes(text.encode("latin-1"))
    with pytest.raises(WeightsError, match=CONFIG):
        load_model(folder)


def test_write_whole_leaves_the_old_file_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write_whole(file, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_bytes() == b"old"


def test_all_presets_are_shipped() -> None:
    assert {path.parent.name for path in PRESET_FOLDERS} >= {"report-vae", "report-mmd", "vae", "mmd"}


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
