"""Trainings that are killed, told to end, doubled or out of disk: nothing is lost, and they go on to the same weights."""

import random
import resource
import signal
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from shapevae.config import TrainConfig
from shapevae.errors import RunError
from shapevae.files import MODEL
from shapevae.runs.folder import checkpoints, locked
from shapevae.runs.train import train
from tests.conftest import tiny
from tests.support.processes import (
    CONTEXT,
    Disk,
    command,
    end,
    start,
    terminate,
    terminate_in_a_step,
    train_and_die,
    train_and_list,
    train_on,
    weights_of,
)

KILLED = -signal.SIGKILL
SMALL = {"images": 32, "image_size": 16}


def leftovers(folder: Path) -> list[Path]:
    """Hidden files: a lock, or files that were being written."""
    return list(folder.rglob(".*"))


def test_killed_at_20_random_moments_a_run_ends_in_the_same_weights(tmp_path: Path) -> None:
    config, chance = tiny("report-mmd", epochs=12, **SMALL), random.Random(8)
    whole = weights_of(config, tmp_path / "whole")
    kills, resumed, ends, folder = 0, 0, 0, tmp_path / "0"
    while kills < 20:
        before = newest(folder)
        process = start(train_on, config, folder)
        target = before + chance.randint(0, 2)  # the epoch in whose course it is killed, 0 and 1 while it starts
        while process.is_alive() and newest(folder) < target:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.15 if target == before else 0.03))
        process.kill()
        code = end(process)
        kills, resumed = kills + (code == KILLED), resumed + (code == KILLED and before > 0)
        if (folder / MODEL).exists() and not checkpoints(folder):  # it was quicker
            assert (folder / MODEL).read_bytes() == whole
            ends += 1
            folder = tmp_path / str(ends)
    assert resumed >= 5
    assert weights_of(config, folder) == whole
    assert not leftovers(folder)


def newest(folder: Path) -> int:
    """The epoch of the newest checkpoint, or 0."""
    return max((int(file.stem[-3:]) for file in checkpoints(folder)), default=0)


def test_killed_in_the_midst_of_a_write_a_run_ends_in_the_same_weights(tmp_path: Path) -> None:
    """In and around each write and removal of a checkpoint, and at 8 other operations on the disk."""
    config = tiny("report-vae", **SMALL)
    assert end(start(train_and_list, config, tmp_path / "whole", tmp_path / "names")) == 0
    whole = (tmp_path / "whole" / MODEL).read_bytes()
    names = (tmp_path / "names").read_text().splitlines()
    last = max(number for number, name in enumerate(names) if "unlink of checkpoint" in name)
    telling = [number for number, name in enumerate(names[:last]) if "checkpoint-" in name]
    assert sum(names[number].startswith("half of") for number in telling) == config.epochs
    others = random.Random(8).sample(sorted(set(range(last)) - set(telling)), 8)
    for number in (*telling, *others):
        folder = tmp_path / str(number)
        assert end(start(train_and_die, config, folder, number)) == KILLED
        assert weights_of(config, folder) == whole, f"killed {names[number]}"
        assert not leftovers(folder), f"killed {names[number]}"


COMMAND = ["train", "report-mmd", "--epochs", "3", "--images", "32", "--evaluate-images", "16", "--device", "cpu"]
COMMAND += ["--set", "batch_size=16", "--set", "image_size=16", "--set", "decoder_width=8", "--set", "hidden=32", "--resume"]


def in_a_write() -> None:
    """SIGTERM in the midst of the second checkpoint."""
    Disk(lambda what: terminate() if what.startswith("half of .checkpoint-002") else None).watch()


def in_the_evaluation() -> None:
    """SIGTERM when all is trained."""
    import shapevae.runs.train

    shapevae.runs.train.evaluate = terminate  # type: ignore[assignment]


@pytest.mark.parametrize(("place", "epochs"), [(terminate_in_a_step, 1), (in_a_write, 1), (in_the_evaluation, 3)])
def test_sigterm_ends_a_run_with_one_line_and_it_goes_on_to_the_same_weights(place, epochs: int, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    whole, cut, words = tmp_path / "whole", tmp_path / "cut", tmp_path / "words"
    assert end(start(command, [*COMMAND, "--out", str(whole)], tmp_path / "others")) == 0
    assert end(start(command, [*COMMAND, "--out", str(cut)], words, {0: place})) == 143
    text = words.read_text()
    assert text.splitlines()[-1] == "shapevae: stopped; a training goes on from its last epoch with --resume"
    assert "Traceback" not in text and text.count("shapevae:") == 1 + text.count("shapevae: epoch ")
    assert newest(cut) == epochs and not leftovers(cut) and not (cut / MODEL).exists()
    assert end(start(command, [*COMMAND, "--out", str(cut)], words)) == 0
    assert (cut / MODEL).read_bytes() == (whole / MODEL).read_bytes()


def hold(folder: Path, held: Event) -> None:
    """Take the folder's lock and keep it."""
    with locked(folder):
        held.set()
        signal.pause()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[BaseProcess]:
    """A process that writes to the folder."""
    event = CONTEXT.Event()
    process = start(hold, tmp_path, event)
    assert event.wait(60)
    yield process
    process.kill()
    process.join()


def test_a_second_run_into_a_folder_is_refused_until_the_first_is_dead(tmp_path: Path, holder: BaseProcess) -> None:
    config = tiny("report-mmd", **SMALL)
    for options in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(RunError, match=f"another training writes to {tmp_path}: wait for its end, or name another"):
            train(config, tmp_path, device="cpu", evaluate_images=16, progress=False, **options)
    assert [file.name for file in tmp_path.iterdir()] == [".lock"]
    holder.kill()
    assert end(holder) == KILLED
    train(config, tmp_path, device="cpu", evaluate_images=16, progress=False)
    assert not leftovers(tmp_path)


def test_a_refused_run_leaves_no_lock_and_no_lock_is_kept_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "new"):
        raise ZeroDivisionError
    assert not leftovers(tmp_path)
    with locked(tmp_path / "new"):
        assert [path.name for path in leftovers(tmp_path)] == [".lock"]


def fill(config: TrainConfig, folder: Path) -> None:
    """Train until there is no room for the second checkpoint: the system refuses to let its file grow."""

    def limit(what: str) -> None:
        if what.startswith("half of .checkpoint-002"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))

    Disk(limit).watch()
    with pytest.raises(RunError, match=r"^can't write .*: File too large; mend that, then go on with --resume$"):
        train_on(config, folder)


def test_a_disk_that_is_really_full_loses_nothing(tmp_path: Path) -> None:
    config = tiny("report-vae", **SMALL)
    whole = weights_of(config, tmp_path / "whole")
    assert end(start(fill, config, tmp_path / "full")) == 0
    assert newest(tmp_path / "full") == 1 and not leftovers(tmp_path / "full")
    assert weights_of(config, tmp_path / "full") == whole
