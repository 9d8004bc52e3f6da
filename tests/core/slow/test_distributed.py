"""Several processes train one model: to the weights of one process, from its checkpoints, and one of them prints."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from shapevae.config import TrainConfig
from shapevae.distributed import Processes
from shapevae.errors import RunError
from shapevae.files import LOG, MODEL
from shapevae.runs import folder as files
from shapevae.runs.folder import checkpoints
from shapevae.training import start_training
from tests.support.process_group import gradients_of, gradients_together, together, train_together
from tests.support.processes import command, in_step, terminate_in_a_step, weights_of

ROOT = Path(__file__).parents[3]
SMALL = ["--epochs", "3", "--images", "32", "--evaluate-images", "16", "--device", "cpu", "--set", "batch_size=16"]
SMALL += ["--set", "decoder_width=8", "--set", "hidden=32"]


def interrupt(epoch: int) -> Callable[[], None]:
    """Ctrl-C when the epoch's line is to be written."""
    log = files.log_epoch

    def log_or_stop(folder: Path, values: dict[str, object]) -> None:
        if values["epoch"] == epoch:
            raise KeyboardInterrupt
        log(folder, values)

    files.log_epoch = log_or_stop  # type: ignore[assignment]
    return lambda: None


def train_and_stop(config: TrainConfig, folder: Path) -> None:
    interrupt(2)
    train_together(config, folder)


def test_gradients_are_those_of_one_process(config: TrainConfig, tmp_path: Path) -> None:
    """Each is a mean of two halves, or of one penalty over all codes: they differ by rounding alone."""
    assert together(gradients_together, config, tmp_path / "gradients") == [0, 0]
    theirs, ours = load_file(tmp_path / "gradients"), gradients_of(config)
    assert theirs.keys() == ours.keys()
    for name, gradient in ours.items():
        assert (theirs[name] - gradient).norm() <= 1e-5 * gradient.norm()


def test_two_processes_give_the_weights_of_one_and_the_same_files(config: TrainConfig, tmp_path: Path) -> None:
    weights_of(config, tmp_path / "one")
    assert together(train_together, config, tmp_path / "two") == [0, 0]
    one, two = ({path.relative_to(root) for path in root.rglob("*")} for root in (tmp_path / "one", tmp_path / "two"))
    assert one == two
    assert_close(tmp_path / "one", tmp_path / "two")
    ours, theirs = ((tmp_path / name / LOG).read_text().splitlines() for name in ("one", "two"))
    for one_line, two_line in zip(map(json.loads, ours), map(json.loads, theirs), strict=True):
        assert two_line == pytest.approx({**one_line, "seconds": two_line["seconds"]}, rel=1e-4)


def assert_close(one: Path, two: Path) -> None:
    """Weights of runs that differ in the order of their sums; an update's sign can turn where it was about 0."""
    a, b = load_file(one / MODEL), load_file(two / MODEL)
    assert a.keys() == b.keys()
    assert all((a[name] - b[name]).norm() <= 1e-4 * a[name].norm() for name in a)


def test_a_stopped_run_goes_on_with_any_number_of_processes(config: TrainConfig, tmp_path: Path) -> None:
    whole, cut, alone = tmp_path / "whole", tmp_path / "cut", tmp_path / "alone"
    assert together(train_together, config, whole) == [0, 0]
    assert 0 not in together(train_and_stop, config, cut)
    assert [file.stem for file in checkpoints(cut)] == ["checkpoint-001"]
    shutil.copytree(cut, alone)
    assert together(train_together, config, cut) == [0, 0]
    assert (cut / MODEL).read_bytes() == (whole / MODEL).read_bytes()
    weights_of(config, alone)
    assert_close(alone, whole)


def test_a_batch_that_can_not_be_shared_is_refused(config: TrainConfig) -> None:
    with pytest.raises(RunError, match="3 processes can't share a batch of 16 evenly"):
        start_training(config, "cpu", Processes(0, 3))


def die() -> None:
    """SIGKILL in the second epoch's first step."""
    in_step(3, lambda: os.kill(os.getpid(), signal.SIGKILL))


def run_out() -> None:
    """No more memory there."""
    in_step(3, lambda: (_ for _ in ()).throw(OSError("no memory left")))


STOPPED = "shapevae: stopped; a training goes on from its last epoch with --resume"
LOST = "shapevae: one of the processes ended; go on from the last epoch with --resume"


@pytest.mark.parametrize(
    ("trouble", "rank", "codes", "said"),
    [
        (terminate_in_a_step, 0, [143, 1], STOPPED),
        (terminate_in_a_step, 1, [1, 143], LOST),
        (die, 1, [1, -9], LOST),
        (run_out, 1, [1, 1], "shapevae: can't write "),
    ],
)
def test_what_ends_one_ends_all_with_one_sentence(
    trouble: Callable[[], None], rank: int, codes: list[int], said: str, tmp_path: Path
) -> None:
    arguments, words = ["train", "report-mmd", *SMALL, "--out", str(tmp_path / "run")], tmp_path / "words"
    assert together(command, arguments, words, {rank: trouble}) == codes
    (line,) = [line for line in words.read_text().splitlines() if line and not line.startswith("shapevae: epoch ")]
    assert line.startswith(said)
    assert [file.stem for file in checkpoints(tmp_path / "run")] == ["checkpoint-001"]
    assert not (tmp_path / "run" / ".lock").exists()
    assert together(command, [*arguments, "--resume"], words, {}) == [0, 0]


def test_torchrun_trains_and_a_refusal_is_one_sentence(tmp_path: Path) -> None:
    shapevae = ["-m", "shapevae", "train", "report-mmd", *SMALL, "--out", str(tmp_path)]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *shapevae]
    first, again = (subprocess.run(torchrun, capture_output=True, text=True, cwd=ROOT, timeout=120) for _ in range(2))
    assert first.returncode == 0 and first.stdout.count("trained report-mmd") == 1, first.stderr
    assert again.returncode != 0
    assert [line for line in again.stderr.splitlines() if line.startswith("shapevae: ")] == [
        f"shapevae: {tmp_path} holds a finished run: name another folder with --out, or write over it with --force"
    ]
