"""The command line through its entry point: what it writes, what it refuses and how."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from shapevae.model import Autoencoder
from shapevae.weights import save_model
from tests.conftest import tiny
from tests.core.conftest import Command

ROOT = Path(__file__).parents[2]
QUICK = ["--epochs", "1", "--images", "64", "--evaluate-images", "16", "--device", "cpu", "--set", "batch_size=16"]


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["fly"], 2)])
def test_as_a_process_and_as_a_module_it_is_the_same(shapevae: Command, arguments: list[str], code: int) -> None:
    here = shapevae(*arguments, encoding="utf-8")
    for start in ([Path(sys.executable).with_name("shapevae")], [sys.executable, "-m", "shapevae"]):
        command = subprocess.run(
            [*start, *arguments], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120
        )
        assert (command.returncode, command.stdout, command.stderr) == (code, here.stdout, here.stderr)


@pytest.mark.parametrize("command", ["train", "evaluate", "sample", "report", "push-weights", "push-space"])
def test_every_command_explains_itself(shapevae: Command, command: str) -> None:
    result = shapevae(command, "--help")
    assert result.returncode == 0 and result.stderr == ""
    assert f"shapevae {command}" in result.stdout


def test_train_then_evaluate_then_sample(shapevae: Command, tmp_path: Path) -> None:
    out = tmp_path / "run"
    trained = shapevae("train", "report-mmd", *QUICK, "--out", out)
    assert trained.returncode == 0, trained.stderr
    assert "distortion" in trained.stderr and "penalty" in trained.stderr and "nats per image" in trained.stderr
    evaluated = shapevae("evaluate", out, "--images", "32", "--json", tmp_path / "figures.json")
    assert evaluated.returncode == 0, evaluated.stderr
    assert "squared error" in evaluated.stdout
    figures = json.loads((tmp_path / "figures.json").read_text())[str(out)]
    assert figures["images"] == 32 and figures["mse_per_pixel"] > 0
    sampled = shapevae("sample", out, "--count", "9", "--seed", "1", "--out", tmp_path / "grid.png")
    assert sampled.returncode == 0, sampled.stderr
    assert Image.open(tmp_path / "grid.png").width >= 3 * 64


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "nonsense"], 2, "unknown preset 'nonsense': take one of report-vae"),
        (["train", "vae", "--epochs", "0"], 2, "--epochs"),
        (["train", "vae", "--images", "-5"], 2, "--images"),
        (["train", "vae", "--seed", "-1"], 2, "--seed"),
        (["train", "vae", "--set", "latent_dim"], 2, "name=value"),
        (["train", "vae", "--set", "colour=3"], 1, "unknown setting: colour"),
        (["train", "vae", "--set", "latent_dim=0"], 1, "latent_dim must be greater than 0"),
        (["train", "vae", "--set", "latent_dim=red"], 1, "latent_dim"),
        (["train", "vae", "--device", "abacus"], 1, "device 'abacus' is not available"),
        (["train", "vae", "--colour"], 2, "--colour"),
        (["evaluate", "nowhere"], 1, "nowhere"),
        (["evaluate", "nowhere", "--images", "0"], 2, "--images"),
        (["sample", "nowhere", "--out", "x.png", "--count", "0"], 2, "--count"),
    ],
)
def test_a_mistake_is_one_line_on_stderr(shapevae: Command, arguments: list[str], code: int, words: str) -> None:
    result = shapevae(*arguments)
    assert result.returncode == code
    assert words in result.stderr
    assert result.stderr.count("\n") == 1 and result.stdout == ""


def test_an_unwritable_folder_is_one_line(shapevae: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = shapevae("train", "vae", *QUICK, "--out", tmp_path / "file" / "run")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "can't write" in result.stderr


def test_a_finished_run_is_kept(shapevae: Command, tmp_path: Path) -> None:
    config = tiny("report-vae")
    save_model(Autoencoder(config.model), config, tmp_path)
    before = (tmp_path / "model.safetensors").read_bytes()
    result = shapevae("train", "report-vae", *QUICK, "--out", tmp_path)
    assert result.returncode == 1 and "--force" in result.stderr
    assert (tmp_path / "model.safetensors").read_bytes() == before
