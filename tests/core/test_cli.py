"""The command line: what it writes, what it refuses and how, also in terminals that expand no pattern or lack letters."""

import errno
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from shapevae import __version__
from shapevae.model import Autoencoder
from shapevae.table import scoreboard, which_is_better
from shapevae.weights import save_model
from tests.conftest import tiny
from tests.core.conftest import Command

ROOT = Path(__file__).parents[2]
QUICK = ["--epochs", "1", "--images", "64", "--evaluate-images", "16", "--device", "cpu", "--set", "batch_size=16"]


@pytest.mark.parametrize(
    ("start", "arguments"),
    [([Path(sys.executable).with_name("shapevae")], ["--help"]), ([sys.executable, "-m", "shapevae"], ["fly"])],
)
def test_as_a_process_and_as_a_module_it_is_the_same(shapevae: Command, start: list[str], arguments: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = subprocess.run([*start, *arguments], capture_output=True, text=True, env=environment, timeout=120)
    assert (command.returncode, command.stdout, command.stderr) == shapevae(*arguments, encoding="utf-8")


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
        (["train", "vae", "--out", f"{os.devnull}/run", "--device", "cpu"], 1, f"can't write {os.devnull}"),
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


SMALL = ["--epochs", "1", "--images", "32", "--evaluate-images", "16", "--device", "cpu", "--set", "batch_size=16"]
SMALL += ["--set", "image_size=16", "--set", "decoder_width=8", "--set", "hidden=32"]
NAME = "模型"  # no letter of code page 1252


def model_in(folder: Path) -> Path:
    config = tiny("report-mmd", image_size=16)
    folder.mkdir(parents=True)
    save_model(Autoencoder(config.model, config.shapes), config, folder)
    return folder


def test_version(shapevae: Command) -> None:
    assert shapevae("--version") == (0, f"shapevae {__version__}\n", "")


@pytest.mark.parametrize("absolute", [False, True])
def test_a_pattern_that_the_shell_leaves_is_expanded_to_folders(absolute: bool, shapevae: Command, tmp_path: Path) -> None:
    for name in ("b", "a"):
        model_in(tmp_path / "weights" / name)
    (tmp_path / "weights" / "README.md").touch()
    pattern = tmp_path / "weights" / "*" if absolute else Path("weights/*")
    code, out, err = shapevae("evaluate", pattern, "--images", 4, "--json", "figures.json")
    assert (code, err) == (0, "")
    folders = [str(pattern.with_name(name)) for name in ("a", "b")]
    assert out.splitlines()[0].split() == folders == list(json.loads(Path("figures.json").read_text()))


def test_a_pattern_without_a_match_and_a_folder_named_like_one(shapevae: Command, tmp_path: Path) -> None:
    code, _, err = shapevae("evaluate", "weights/*", "--images", 4)
    assert code == 1 and err.count("\n") == 1 and str(Path("weights/*")) in err
    model_in(tmp_path / "run [1]")
    assert shapevae("evaluate", "run [1]", "--images", 4)[0] == 0


def test_no_code_page_is_too_narrow_for_words(shapevae: Command, tmp_path: Path) -> None:
    folder = model_in(tmp_path / NAME / "cp1").relative_to(tmp_path)
    code, out, err = shapevae("evaluate", folder, "--images", 4, "--json", f"{NAME}.json")
    assert (code, err) == (0, "") and "\\u6a21\\u578b" in out
    assert list(json.loads(Path(f"{NAME}.json").read_text())) == [str(folder)]
    assert shapevae("evaluate", folder, "--images", 4, encoding="utf-8")[1].split()[0] == str(folder)
    code, out, err = shapevae("sample", folder, "--out", f"{NAME}.png")
    assert (code, out, err) == (0, "wrote \\u6a21\\u578b.png\n", "") and Path(f"{NAME}.png").exists()
    code, _, err = shapevae("sample", f"no {NAME}", "--out", "x.png")
    assert code == 1 and err.count("\n") == 1 and "\\u6a21\\u578b" in err


def test_a_log_that_is_no_terminal_gets_a_line_an_epoch_and_any_name_of_a_folder_will_do(shapevae: Command) -> None:
    code, out, err = shapevae("train", "report-mmd", *SMALL, "--epochs", 2, "--out", Path(NAME) / "cp1")
    assert code == 0 and "\r" not in err
    assert "trained report-mmd" in out and "\\u6a21\\u578b" in out and (Path(NAME) / "cp1" / "model.safetensors").exists()
    lines = err.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"shapevae: epoch {epoch} of 2" for epoch in (1, 2)]


def no_memory(*_: object) -> None:
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


@pytest.mark.parametrize("lack", [lambda *_: torch.empty(10**14), no_memory, lambda *_: bytearray(10**17)])
def test_too_little_memory_is_no_fault_of_the_disk(
    lack: Callable[..., object], shapevae: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapevae.runs.train.training_images", lack)
    code, out, err = shapevae("train", "report-mmd", *SMALL, "--out", "run")
    assert (code, out) == (1, "")
    assert err == "shapevae: there is too little memory for this: ask for fewer --images, or end other programs\n"


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
def test_a_file_system_without_locks_is_not_another_training(
    number: int, shapevae: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of filelock, which has a lock of its own where the system has none
        code, _, err = shapevae("train", "report-mmd", *SMALL, "--out", "run")
    if code or number == errno.ENOLCK:
        assert err == "shapevae: the file system of run has no locks: name a folder on another one with --out\n"


@pytest.mark.parametrize("command", ["evaluate", "sample"])
def test_a_missing_folder_is_found_before_the_work(command: str, shapevae: Command, tmp_path: Path) -> None:
    option = {"evaluate": "--json", "sample": "--out"}[command]
    file = Path("nowhere") / "file"
    code, out, err = shapevae(command, tmp_path / "no model is looked for", option, file)
    assert (code, out, err) == (1, "", f"shapevae: can't write {file}: there is no folder nowhere\n")


def test_all_models_are_read_before_the_first_is_measured(
    shapevae: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapevae.evaluation.evaluate", None)
    code, out, err = shapevae("evaluate", model_in(tmp_path / "a"), tmp_path / "missing")
    assert (code, out) == (1, "") and "missing" in err


def test_the_scoreboard_says_who_is_better_and_where_chance_could_say_so() -> None:
    def figures(error: float, shapes: float, rate: float | None = 30.0) -> dict[str, float | None]:
        errors = {"squared_error_per_image": (error, 0.02), "noisy_squared_error": (2.0, 0.1)}
        values = {**errors, "sample_quality": (shapes, 0.01), "marginal_kl_bits": (1.0, 0.1)}
        known = {f"{key}{end}": value + sign * half for key, (value, half) in values.items() for end, sign in ENDS.items()}
        return {"images": 1000, **known, **{f"rate_bits{end}": rate for end in ENDS}}

    vae, mmd = figures(1.5, 0.9), figures(0.5, 0.905, None)
    *_, row, other = scoreboard({"VAE": vae, "Adjusted VAE": mmd}).splitlines()
    assert row == "| VAE | 1.50 [1.48, 1.52] | 2.00 [1.90, 2.10] | 90.0 [89.0, 91.0] | 30.0 [30.0, 30.0] | 1.0 [0.9, 1.1] |"
    assert other.startswith("| Adjusted VAE | 0.50 ") and "| not finite |" in other
    told = which_is_better(vae, mmd)
    assert told.startswith("From mean codes the adjusted VAE rebuilds better (0.50 against 1.50), from noisy ones both rebuild")
    assert "and both sample equally" in told and "at 30.0 and infinitely many bits" in told
    assert "and the VAE draws more samples that are shapes (90.0 % against 50.0 %)" in which_is_better(vae, figures(1.5, 0.5))
    assert "the adjusted VAE draws more" in which_is_better(figures(1.5, 0.5), vae)


ENDS = {"": 0, "_low": -1, "_high": 1}
