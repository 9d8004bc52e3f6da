"""Commands in terminals that expand no pattern or can't show every letter, and what is checked before any work."""

from __future__ import annotations

import errno
import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from shapevae import __version__, cli
from shapevae.model import Autoencoder
from shapevae.table import scoreboard, which_is_better
from shapevae.weights import save_model
from tests.conftest import tiny
from tests.core.conftest import Command
from tests.support.processes import end, prepare, start

QUICK = ["--epochs", "1", "--images", "32", "--evaluate-images", "16", "--device", "cpu", "--set", "batch_size=16"]
QUICK += ["--set", "image_size=16", "--set", "decoder_width=8", "--set", "hidden=32"]
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


def train(folder: Path, words: Path) -> None:
    """`shapevae train` in a process of its own, its words in a file of code page 1252."""
    prepare()
    sys.stdout = sys.stderr = words.open("w", encoding="cp1252")
    sys.argv = ["shapevae", "train", "report-mmd", *QUICK, "--out", str(folder)]
    cli.main()


def test_a_training_into_a_folder_that_can_not_be_shown_ends_well(tmp_path: Path) -> None:
    folder, words = tmp_path / NAME / "cp1", tmp_path / "words"
    assert end(start(train, folder, words)) == 0
    assert "trained report-mmd" in words.read_text(encoding="cp1252") and (folder / "model.safetensors").exists()


def test_a_log_that_is_no_terminal_gets_a_line_an_epoch(shapevae: Command) -> None:
    code, _, err = shapevae("train", "report-mmd", *QUICK, "--epochs", 2, "--out", "run")
    assert code == 0 and "\r" not in err
    lines = err.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"shapevae: epoch {epoch} of 2" for epoch in (1, 2)]


def no_memory(*_: object) -> None:
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


@pytest.mark.parametrize("lack", [lambda *_: torch.empty(10**14), no_memory, lambda *_: bytearray(10**17)])
def test_too_little_memory_is_no_fault_of_the_disk(
    lack: Callable[..., object], shapevae: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapevae.runs.train.training_images", lack)
    code, out, err = shapevae("train", "report-mmd", *QUICK, "--out", "run")
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
        code, _, err = shapevae("train", "report-mmd", *QUICK, "--out", "run")
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
        values = {"squared_error_per_image": (error, 0.02), "sample_quality": (shapes, 0.01), "marginal_kl_bits": (1.0, 0.1)}
        known = {f"{key}{end}": value + sign * half for key, (value, half) in values.items() for end, sign in ENDS.items()}
        return {"images": 1000, **known, **{f"rate_bits{end}": rate for end in ENDS}}

    vae, mmd = figures(1.5, 0.9), figures(0.5, 0.905, None)
    table = scoreboard({"VAE": vae, "Adjusted VAE": mmd}).splitlines()
    assert table[2] == "| VAE | 1.50 [1.48, 1.52] | 90.0 [89.0, 91.0] | 30.0 [30.0, 30.0] | 1.0 [0.9, 1.1] |"
    assert table[3].startswith("| Adjusted VAE | 0.50 ") and "| not finite |" in table[3]
    assert which_is_better(vae, mmd).startswith("The adjusted VAE rebuilds better (0.50 against 1.50), and both sample equally")
    assert "and the VAE draws more samples that are shapes (90.0 % against 50.0 %)" in which_is_better(vae, figures(1.5, 0.5))
    assert "the adjusted VAE draws more" in which_is_better(figures(1.5, 0.5), vae)


ENDS = {"": 0, "_low": -1, "_high": 1}
