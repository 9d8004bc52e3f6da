"""Training: it learns, it repeats, and a killed run goes on to the same weights."""

import json
from pathlib import Path

import pytest
import torch

from shapevae.config import PRESETS, TrainConfig
from shapevae.errors import RunError
from shapevae.files import MODEL
from shapevae.losses import Moment, kl_divergence, squared_error
from shapevae.runs import folder as files
from shapevae.runs.train import choose_device, train
from shapevae.shapes import draw_shapes
from shapevae.training import (
    kl_penalty,
    loss_terms,
    mmd_penalty,
    pixel_variance_at,
    start_training,
    train_epoch,
    training_images,
    training_step,
)
from shapevae.weights import load_config
from tests.conftest import tiny


def run(config: TrainConfig, out: Path, **options: object) -> bytes:
    """Train quietly and give the bytes of the weights."""
    train(config, out, device="cpu", evaluate_images=16, progress=False, **options)  # type: ignore[arg-type]
    return (out / MODEL).read_bytes()


def test_same_seed_same_bytes_other_seed_other_bytes(config: TrainConfig, tmp_path: Path) -> None:
    first, again = run(config, tmp_path / "a"), run(config, tmp_path / "b")
    assert first == again
    assert run(config.replace(seed=1), tmp_path / "c") != first


def test_a_run_leaves_its_files(config: TrainConfig, tmp_path: Path) -> None:
    run(config, tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    pictures = {f"epochs/{epoch:03d}.png" for epoch in (1, 2, 3)}
    assert names == {"config.json", "model.safetensors", "metrics.json", "metrics.jsonl"} | pictures
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert all(line["loss"] == pytest.approx(line["distortion"] + line["penalty"], rel=1e-4) for line in lines)
    assert load_config(tmp_path) == config
    assert json.loads((tmp_path / "metrics.json").read_text())["train_seconds"] > 0


def test_one_batch_overfits(config: TrainConfig) -> None:
    training = start_training(config.replace(epochs=400, images=16, decoder_width=16, pixel_variance_start=None))
    images = draw_shapes(16, 0).images
    losses = []
    while training.epoch < 400:
        losses += [terms.distortion.item() for terms in train_epoch(training, images)]
    assert losses[-1] < losses[0] / 10


def test_the_loss_is_distortion_plus_the_penalty_in_closed_form() -> None:
    config = tiny("report-vae", pixel_variance=0.5, pixel_variance_start=0.5, codes_per_image=1, cells_per_image=256)
    model, x = start_training(config).model, draw_shapes(8, 0).images
    terms = loss_terms(model, x, config, config.pixel_variance, torch.Generator().manual_seed(0))
    code = model.encode(x)
    z = code.rsample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(terms.distortion, squared_error(x, model.decode(z)).mean())
    assert terms.penalty == kl_divergence(code.mean, code.std).sum(1).mean() == kl_penalty(code, z, config)
    assert terms.loss == terms.distortion + terms.penalty


def test_the_mmd_penalty_scales_with_its_weight_and_has_zero_mean_on_the_prior() -> None:
    config = tiny("report-mmd", mmd_weight=7.0)
    model = start_training(config).model
    code = model.encode(draw_shapes(8, 0).images)
    one, seven = (mmd_penalty(code, code.mean, config.replace(mmd_weight=weight)) for weight in (1.0, 7.0))
    assert seven.item() == pytest.approx(7 * one.item())
    on_prior = [mmd_penalty(code, model.draw_prior(64, seed), config).item() / 7 for seed in range(200)]
    mean = torch.tensor(on_prior).mean().item()
    assert abs(mean) < 4 * torch.tensor(on_prior).std().item() / 200**0.5


def test_pixel_variance_moves_geometrically() -> None:
    config = PRESETS["report-vae"].replace(pixel_variance=0.1, pixel_variance_start=10.0, anneal=0.5)
    assert [round(pixel_variance_at(config, done), 6) for done in (0, 0.25, 0.5, 1)] == [10, 1, 0.1, 0.1]
    assert pixel_variance_at(config.replace(pixel_variance_start=None), 0) == 0.1


def test_gates_sharpen_geometrically_and_stay() -> None:
    config = tiny("report-vae", gate_sharpness_start=4.0, gate_sharpness=16.0, sharpen=0.5, epochs=4)
    training, images, seen = start_training(config), training_images(config, 0), []
    while training.epoch < 4:
        seen += [training.model.decoder.sharpness for _ in train_epoch(training, images)]
    assert seen == pytest.approx([4 * 4 ** (step / 8) for step in range(1, 9)] + [16] * 8)
    assert training.model.decoder.sharpness == 16


@pytest.mark.parametrize("name", ["report-vae", "report-mmd"])
def test_a_step_takes_its_moment_as_numbers_or_as_tensors(name: str) -> None:
    """A GPU records a step with tensors, to fill in each time what the schedules say."""
    config, images = tiny(name), draw_shapes(16, 0).images
    moment = Moment(0.7, 0.4, 6.0)
    weights = []
    for given in (moment, Moment(*map(torch.tensor, moment))):
        training = start_training(config)
        for _ in range(3):
            training_step(training, images, given)
        weights.append(torch.cat([parameter.detach().flatten() for parameter in training.model.parameters()]))
    torch.testing.assert_close(*weights, atol=1e-6, rtol=1e-4)
    assert not torch.equal(weights[0], torch.cat([p.detach().flatten() for p in start_training(config).model.parameters()]))


def test_fresh_pictures_are_new_each_epoch_and_others_are_not() -> None:
    config = tiny("vae", images=16, fresh_images=True)
    first, second = (training_images(config, epoch) for epoch in (0, 1))
    assert not any(torch.equal(a, b) for a in first for b in second)
    same = config.replace(fresh_images=False)
    assert torch.equal(training_images(same, 0), training_images(same, 1))


@pytest.mark.parametrize("fresh", [False, True])
def test_resume_after_an_interruption_gives_the_same_weights(config: TrainConfig, tmp_path: Path, fresh: bool) -> None:
    config = config.replace(fresh_images=fresh)
    whole = run(config, tmp_path / "whole")
    stop_at_epoch(config, tmp_path / "cut", 2)
    assert run(config, tmp_path / "cut", resume=True) == whole
    assert (tmp_path / "cut" / "metrics.jsonl").read_text().count("\n") == 3


def stop_at_epoch(config: TrainConfig, out: Path, epochs: int) -> None:
    """Train for some epochs of a run, in the middle of the next one stop as Ctrl-C does."""
    patch = pytest.MonkeyPatch()
    log = files.log_epoch

    def interrupt(folder: Path, values: dict[str, object]) -> None:
        if values["epoch"] == epochs + 1:
            raise KeyboardInterrupt
        log(folder, values)

    patch.setattr(files, "log_epoch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(config, out)
    patch.undo()


def test_a_finished_run_is_not_written_over(config: TrainConfig, tmp_path: Path) -> None:
    before = run(config, tmp_path)
    with pytest.raises(RunError, match="holds a finished run with epochs 3, not 4; latent_dim .*, not 3: .*--force"):
        run(config.replace(epochs=4, latent_dim=3), tmp_path)
    with pytest.raises(RunError, match="--force"):
        run(config, tmp_path, resume=True)
    assert (tmp_path / MODEL).read_bytes() == before
    assert run(config.replace(seed=1), tmp_path, force=True) != before


def test_an_unfinished_run_asks_and_another_configuration_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    stop_at_epoch(config, tmp_path, 1)
    kept = {file: file.read_bytes() for file in files.checkpoints(tmp_path)}
    with pytest.raises(RunError, match="--resume"):
        run(config, tmp_path)
    with pytest.raises(RunError, match="another configuration, with epochs 3, not 5: "):
        run(config.replace(epochs=5), tmp_path, resume=True)
    assert kept and {file: file.read_bytes() for file in files.checkpoints(tmp_path)} == kept


def test_devices_are_checked() -> None:
    assert choose_device("cpu").type == "cpu"
    for name in ("tpu", "cuda" if not torch.cuda.is_available() else "abacus"):
        with pytest.raises(ValueError, match="not available"):
            choose_device(name)
