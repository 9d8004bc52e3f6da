"""The networks: shapes, ranges, what is random and what is not."""

import dataclasses
import math

import pytest
import torch

from shapevae.config import PRESETS, TrainConfig
from shapevae.losses import squared_error
from shapevae.model import Autoencoder, Code, prior_draws
from shapevae.optimiser import Muon, build_optimisers, one_cycle, orthogonalise
from shapevae.shapes import draw_shapes
from shapevae.training import loss_terms
from tests.conftest import tiny


def test_shapes_and_range(model: Autoencoder) -> None:
    x = draw_shapes(5, 0).images
    code = model.encode(x)
    assert code.mean.shape == (5, model.config.latent_dim)
    assert torch.broadcast_shapes(code.std.shape, code.mean.shape) == code.mean.shape
    x_hat = model.reconstruct(x)
    assert x_hat.shape == x.shape
    assert 0 <= x_hat.min() and x_hat.max() <= 1


def test_a_vae_learns_its_std_and_the_adjusted_model_has_one() -> None:
    x = draw_shapes(4, 0).images
    vae, mmd = (Autoencoder(PRESETS[name].model) for name in ("report-vae", "report-mmd"))
    assert vae.encode(x).std.std() > 0
    assert mmd.encode(x).std.item() == pytest.approx(math.sqrt(mmd.config.noise_variance or 0))


def test_reconstruct_is_the_mean_code_without_noise(model: Autoencoder) -> None:
    x = draw_shapes(3, 0).images
    assert torch.equal(model.reconstruct(x), model.decode(model.encode(x).mean))
    assert torch.equal(model.reconstruct(x), model.reconstruct(x))


def test_samples_of_a_code_follow_mean_and_std(model: Autoencoder) -> None:
    code = model.encode(draw_shapes(1, 0).images.expand(20_000, -1, -1, -1))
    z = code.rsample(torch.Generator().manual_seed(0))
    assert torch.allclose(z.mean(0), code.mean[0], atol=0.05)
    assert torch.allclose(z.std(0), code.std.expand_as(code.mean)[0], rtol=0.05)


def test_decoding_together_takes_every_other_cell_from_each_code(model: Autoencoder) -> None:
    z = torch.randn(3, 4, model.config.latent_dim, generator=torch.Generator().manual_seed(0))
    together, cells = model.decode_together(z), model.decoder.grid
    for index in range(4):
        row, column = divmod(index, 2)
        alone = model.decode(z[:, index]).unflatten(2, (cells, -1)).unflatten(4, (cells, -1))
        parts = together.unflatten(2, (cells, -1)).unflatten(4, (cells, -1))
        pick = (slice(None), slice(None), slice(row, None, 2), slice(None), slice(column, None, 2))
        assert torch.allclose(parts[pick], alone[pick], atol=1e-6)


def test_several_codes_an_image_leave_the_mean_of_the_loss_as_it_is(model: Autoencoder) -> None:
    x = draw_shapes(1, 0).images.expand(4000, -1, -1, -1)
    code, generator = model.encode(x[:1]), torch.Generator().manual_seed(0)
    code = Code(code.mean.expand(4000, -1), code.std.expand(4000, -1) if code.std.shape[1] > 1 else code.std)
    with torch.no_grad():
        one, four = (squared_error(x, model.decode_together(code.rsample_many(count, generator))) for count in (1, 4))
    assert one.mean().item() == pytest.approx(four.mean().item(), rel=0.02)


def test_samples_are_fixed_by_the_seed_and_shared_by_both_models() -> None:
    vae, mmd = (Autoencoder(PRESETS[name].model) for name in ("vae", "mmd"))
    assert torch.equal(vae.sample(4, 1), vae.sample(4, 1))
    assert not torch.equal(vae.sample(4, 1), vae.sample(4, 2))
    assert torch.equal(vae.draw_prior(20, 1)[:7], vae.draw_prior(7, 1))
    shared = mmd.config.latent_dim
    assert torch.allclose(vae.draw_prior(6, 3)[:, :shared] * math.sqrt(mmd.config.prior_variance), mmd.draw_prior(6, 3))
    assert torch.allclose(vae.sample(4, 1, spread=0.5), vae.decode(0.5 * prior_draws(4, vae.config.latent_dim, 1)))


def test_refined_samples_have_been_reconstructed_again_and_again() -> None:
    model = Autoencoder(PRESETS["vae"].model)
    again = model.reconstruct(model.reconstruct(model.sample(4, 1)))
    assert torch.equal(model.sample(4, 1, passes=2), again)
    assert torch.equal(model.sample(4, 1, passes=0), model.sample(4, 1))


def test_the_prior_has_its_variance() -> None:
    z = Autoencoder(PRESETS["report-mmd"].model).draw_prior(50_000, 0)
    assert torch.allclose(z.T.cov(), 5 * torch.eye(z.shape[1]), atol=0.2)


def test_every_weight_gets_a_gradient(model: Autoencoder, config: TrainConfig) -> None:
    terms = loss_terms(model, draw_shapes(16, 0).images, config, 0.0, torch.Generator().manual_seed(0))
    terms.loss.backward()
    for name, param in model.named_parameters():
        assert param.grad is not None and param.grad.abs().sum() > 0, name


@pytest.mark.parametrize("shape", [(1, 64, 64), (3, 32, 96), (2, 96, 32)])
def test_orthogonalise_brings_singular_values_near_one(shape: tuple[int, ...]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(matrices))
    assert values.max() < 1.3
    assert values.median() > 0.6
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    alignment = (orthogonalise(matrices) * (u @ v)).sum((1, 2)) / values.sum(1)
    assert alignment.min() > 0.95


def test_optimisers_share_out_all_parameters() -> None:
    model = Autoencoder(PRESETS["vae"].model)
    muon, adam = build_optimisers(model, 1e-3, 1e-2, learns_std=model.learns_std)
    assert isinstance(muon, Muon)
    groups = [param for optimiser in (muon, adam) for group in optimiser.param_groups for param in group["params"]]
    assert len(groups) == len(set(groups)) == len(list(model.parameters()))


@pytest.mark.parametrize("preset", ["report-vae", "report-mmd"])
@pytest.mark.parametrize("latent_dim", [1, 16, 17, 64])
def test_the_latent_size_does_not_change_what_muon_updates(preset: str, latent_dim: int) -> None:
    assert muons(preset, latent_dim) == muons(preset, 5)


def test_the_encoders_last_layer_is_muons_in_a_vae_alone() -> None:
    assert muons("report-vae", 5) - muons("report-mmd", 5) == {"encoder.out.weight"}


def muons(preset: str, latent_dim: int) -> set[str]:
    model = Autoencoder(dataclasses.replace(PRESETS[preset].model, latent_dim=latent_dim))
    muon, _ = build_optimisers(model, 1e-3, 1e-2, learns_std=model.learns_std)
    chosen = {param for group in muon.param_groups for param in group["params"]}
    return {name for name, param in model.named_parameters() if param in chosen}


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    rates = [one_cycle(step, 100) for step in range(100)]
    peak = rates.index(max(rates))
    assert 3 <= peak <= 6 and max(rates) == pytest.approx(1, abs=0.01)
    assert rates[:peak] == sorted(rates[:peak]) and rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 0.01


def test_image_size_and_grid_may_change() -> None:
    config = tiny("vae", image_size=32, decoder_grid=8)
    assert Autoencoder(config.model).reconstruct(torch.zeros(2, 1, 32, 32)).shape == (2, 1, 32, 32)
