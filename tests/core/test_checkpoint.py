"""Checkpoints: two of them, damage to any byte noticed, the one before used instead, and nothing that is not finite written."""

import random
import re
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from shapevae.config import TrainConfig
from shapevae.errors import CheckpointError, RunError, WeightsError
from shapevae.files import MODEL
from shapevae.losses import LossTerms
from shapevae.model import Autoencoder
from shapevae.runs.checkpoint import restore, save_checkpoint, state_of
from shapevae.runs.folder import checkpoints, claim, log_epoch
from shapevae.runs.train import EpochTerms
from shapevae.training import Training, start_training, train_epoch, training_images
from shapevae.weights import load_model, save_model
from tests.conftest import tiny
from tests.core.test_training import run as run_quietly

CONFIG = tiny("report-mmd", images=32, image_size=16)


def run(out: Path, config: TrainConfig = CONFIG, **options: object) -> bytes:
    return run_quietly(config, out, **options)


def train_some(folder: Path, epochs: int, config: TrainConfig = CONFIG) -> Training:
    """Leave in `folder` what a run leaves that is killed after some epochs."""
    training = start_training(config)
    claim(folder, config, resume=False, force=True)
    for _ in range(epochs):
        list(train_epoch(training, training_images(config, 0)))
        log_epoch(folder, {"epoch": training.epoch})
        save_checkpoint(folder, training)
    return training


def names(folder: Path) -> list[str]:
    return [file.name for file in checkpoints(folder)]


def flip(file: Path, place: int, bit: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1 << bit
    file.write_bytes(content)


def cut(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])


def test_the_last_two_checkpoints_are_kept_and_none_of_a_finished_run(tmp_path: Path) -> None:
    train_some(tmp_path, 3)
    assert names(tmp_path) == ["checkpoint-003.safetensors", "checkpoint-002.safetensors"]
    run(tmp_path, resume=True)
    assert names(tmp_path) == []


def test_checkpoints_are_in_the_order_of_their_epochs(tmp_path: Path) -> None:
    for name in ("checkpoint-1000", "checkpoint-999", "checkpoint-002", "checkpoint-x", "checkpoint-"):
        (tmp_path / f"{name}.safetensors").touch()
    assert names(tmp_path) == [f"checkpoint-{epoch}.safetensors" for epoch in ("1000", "999", "002")]


def test_a_flipped_bit_anywhere_in_a_checkpoint_and_a_cut_are_noticed(tmp_path: Path) -> None:
    """One bit of 300 bytes of the header, which holds the configuration and the progress too, and of 200 bytes after it."""
    train_some(tmp_path, 1)
    (file,) = checkpoints(tmp_path)
    content, chance = file.read_bytes(), random.Random(8)
    header = 8 + int.from_bytes(content[:8], "little")
    assert b"progress" in content[:header] and b"config" in content[:header]
    training = start_training(CONFIG)
    bits = (*range(8), *chance.sample(range(8, header), 300), *chance.sample(range(header, len(content)), 200))
    harms = [partial(flip, file, place, chance.randrange(8)) for place in bits]
    harms += [partial(cut, file, int(share * len(content))) for share in (0, 0.001, 0.1, 0.5, 0.999)]
    for harm in harms:
        file.write_bytes(content)
        harm()
        with pytest.raises(CheckpointError, match=r"checkpoint-001\.safetensors is damaged .*: start over with --force$"):
            restore(tmp_path, training)
    file.write_bytes(content)
    restore(tmp_path, training)


@pytest.mark.parametrize(
    "damage", [lambda file: cut(file, 100), lambda file: flip(file, -5, 6), lambda file: flip(file, 40, 0)]
)
def test_in_place_of_a_damaged_checkpoint_the_one_before_is_used_with_a_word(damage, tmp_path: Path, capfd) -> None:  # type: ignore[no-untyped-def]
    whole = run(tmp_path / "whole")
    train_some(tmp_path / "cut", 2)
    damage(checkpoints(tmp_path / "cut")[0])
    capfd.readouterr()
    assert run(tmp_path / "cut", resume=True) == whole
    out, err = capfd.readouterr()
    said = r"shapevae: \S+checkpoint-002\.safetensors is damaged \(.+\); going on from checkpoint-001\.safetensors\n"
    assert re.fullmatch(said, err) and out == ""
    assert (tmp_path / "cut" / "metrics.jsonl").read_text().count("\n") == 3


def test_with_both_checkpoints_damaged_one_sentence_says_so(tmp_path: Path) -> None:
    train_some(tmp_path, 2)
    for file in checkpoints(tmp_path):
        flip(file, -1, 0)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    twice = r"\S+-002\.safetensors is damaged \(.+\), and \S+-001\.safetensors is damaged \(.+\): start over with --force"
    with pytest.raises(CheckpointError, match=rf"^{twice}$"):
        run(tmp_path, resume=True)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_damaged_newer_checkpoints_do_not_push_out_a_whole_one(tmp_path: Path) -> None:
    spent = train_some(tmp_path, 1).seconds
    first = checkpoints(tmp_path)[0].read_bytes()
    train_some(tmp_path, 3)
    (tmp_path / "checkpoint-001.safetensors").write_bytes(first)  # as after a kill before it was removed
    for file in checkpoints(tmp_path)[:2]:
        cut(file, 100)
    training = start_training(CONFIG)
    restore(tmp_path, training)
    assert (training.epoch, training.seconds) == (1, spent)
    list(train_epoch(training, training_images(CONFIG, 0)))
    save_checkpoint(tmp_path, training)
    assert names(tmp_path) == [f"checkpoint-00{epoch}.safetensors" for epoch in (3, 2, 1)]


MAPS = Path("/proc/self/maps")


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux lists what a process has mapped")
def test_a_run_goes_on_where_no_mapped_file_can_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: each later epoch deletes a checkpoint, and the end of the run all that are left."""
    whole = run(tmp_path / "whole")
    train_some(tmp_path / "cut", 2)
    unlink = Path.unlink

    def refuse_mapped(file: Path, missing_ok: bool = False) -> None:
        if str(file) in MAPS.read_text():
            raise PermissionError(13, "the file is in use", str(file))
        unlink(file, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse_mapped)
    assert run(tmp_path / "cut", resume=True) == whole
    assert names(tmp_path / "cut") == []


def test_a_checkpoint_of_other_networks_is_refused(tmp_path: Path) -> None:
    train_some(tmp_path, 1)
    other = start_training(CONFIG)
    other.model = Autoencoder(CONFIG.replace(hidden=16).model)
    with pytest.raises(CheckpointError, match="of another version of shapevae: start over with --force"):
        restore(tmp_path, other)


def test_a_checkpoint_of_another_kind_of_device_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU's generator has a state of 16 bytes, which a CPU's can't take."""
    train_some(tmp_path, 1)
    training = start_training(CONFIG)
    training.epoch = 2
    state = {**state_of(training), "generator": torch.zeros(16, dtype=torch.uint8)}
    with monkeypatch.context() as patch:
        patch.setattr("shapevae.runs.checkpoint.state_of", lambda training: state)
        save_checkpoint(tmp_path, training)
    with pytest.raises(RunError, match="another kind of device: resume there"):
        run(tmp_path, resume=True)


def poison(monkeypatch: pytest.MonkeyPatch, picture: int, value: float, from_epoch: int) -> None:
    """A picture that makes the loss of its batch that value."""

    def spoilt(config: TrainConfig, epoch: int, device: object = "cpu") -> torch.Tensor:
        images = training_images(config, epoch)
        if epoch >= from_epoch:
            images[picture] = value
        return images

    monkeypatch.setattr("shapevae.runs.train.training_images", spoilt)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_loss_that_is_not_finite_ends_the_run_and_names_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    config = CONFIG.replace(fresh_images=True, images=160, seed=3)
    poison(monkeypatch, 77, value, from_epoch=1)
    found = (
        r"no longer finite at step (\d+), batch (\d+) of epoch 2 \(seed 3\); the checkpoint of epoch 1 is kept: start over with"
    )
    with pytest.raises(RunError, match=found) as caught:
        run(tmp_path, config)
    assert names(tmp_path) == ["checkpoint-001.safetensors"] and not (tmp_path / MODEL).exists()
    step, batch = map(int, re.search(found, str(caught.value)).groups())  # type: ignore[union-attr]
    assert step == 10 + batch

    import shapevae.runs.train

    training = start_training(config)
    restore(tmp_path, training)  # the checkpoint kept leads to the batch again
    images = shapevae.runs.train.training_images(config, 1)
    losses = [terms.loss.isfinite().item() for terms in train_epoch(training, images)]
    assert losses.index(False) == batch - 1


def test_a_run_that_blows_up_leaves_nothing_that_is_not_finite(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no longer finite at step .*start over with --force and a lower learning_rate"):
        run(tmp_path, CONFIG.replace(learning_rate=1e30, muon_rate=1e30))
    for file in tmp_path.rglob("*.safetensors"):
        assert all(tensor.isfinite().all() for tensor in load_file(file).values())
    assert not (tmp_path / MODEL).exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_weight_or_an_average_that_is_not_finite_is_not_written(tmp_path: Path, value: float) -> None:
    for spoil in (
        lambda training: training.model.decoder.out.bias.data[0].fill_(value),
        lambda training: next(iter(training.optimisers[1].state.values()))["exp_avg_sq"].view(-1)[0].fill_(value),
    ):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        training = train_some(folder, 1)
        before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        list(train_epoch(training, training_images(CONFIG, 0)))
        spoil(training)
        with pytest.raises(RunError, match=r"is no longer finite at step 4, the end of epoch 2 \(seed 0\); .* epoch 1 is kept"):
            save_checkpoint(folder, training)
        assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_final_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    model = Autoencoder(CONFIG.model)
    save_model(model, CONFIG, tmp_path)
    before = (tmp_path / MODEL).read_bytes()
    model.decoder.out.bias.data[0] = torch.nan
    with pytest.raises(WeightsError, match=r"decoder\.out\.bias holds values that are not finite"):
        save_model(model, CONFIG, tmp_path)
    assert (tmp_path / MODEL).read_bytes() == before and load_model(tmp_path)


def test_counting_a_batch_does_not_wait_for_the_device() -> None:
    """A tensor on the meta device has no value to wait for: reading it raises."""
    training, term = start_training(CONFIG), torch.zeros((), device="meta", requires_grad=True)
    training.model.to("meta")
    epoch = EpochTerms(training)
    for _ in range(2):
        epoch.add(LossTerms(term, term, term))
    with pytest.raises(RuntimeError, match="meta"):
        epoch.check()
    with pytest.raises(RuntimeError, match="meta"):
        epoch.means()
