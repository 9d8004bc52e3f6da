"""Every estimator against a closed form: a linear-Gaussian channel, whose rate and its split are known exactly."""

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from shapevae import information
from shapevae.estimates import balance_estimate, mean_estimate, share_estimate
from shapevae.information import (
    BITS,
    active_units,
    designed_rate,
    entropy_terms,
    gaussian_entropy,
    gaussianity,
    measure_information,
    mixture_terms,
    mmd_estimate,
    rate_terms,
)

COUNT = 4000


@dataclass
class LinearChannel:
    """z = A x + s ε, x and ε standard normal: q(z) = N(0, A Aᵀ + s²)."""

    mean: Tensor
    std: Tensor
    z: Tensor
    information: float
    marginal_kl: float
    entropy: float


def linear_channel(latent_dim: int, noise: float, prior_variance: float = 1.0, count: int = COUNT) -> LinearChannel:
    generator = torch.Generator().manual_seed(latent_dim)
    mixing = torch.randn(latent_dim, latent_dim, generator=generator) / math.sqrt(latent_dim) + torch.eye(latent_dim)
    mixing *= math.sqrt(prior_variance)
    std = noise * (0.5 + torch.rand(latent_dim, generator=generator))
    mean = torch.randn(count, latent_dim, generator=generator) @ mixing.T
    z = mean + std * torch.randn(count, latent_dim, generator=generator)
    covariance = (mixing @ mixing.T + std.square().diag()).double()
    log_det = torch.logdet(covariance).item()
    power = (covariance.trace() / prior_variance).item()
    return LinearChannel(
        mean,
        std.expand(count, latent_dim),
        z,
        information=0.5 * log_det - std.double().log().sum().item(),
        marginal_kl=0.5 * (power - latent_dim - log_det + latent_dim * math.log(prior_variance)),
        entropy=0.5 * (log_det + latent_dim * math.log(2 * math.pi * math.e)),
    )


@pytest.mark.parametrize("latent_dim", [1, 2, 5, 8, 16])
@pytest.mark.parametrize(("noise", "prior_variance"), [(1.0, 1.0), (0.02, 1.0), (0.3, 5.0)])
def test_the_split_of_the_rate_is_that_of_the_linear_channel(latent_dim: int, noise: float, prior_variance: float) -> None:
    channel = linear_channel(latent_dim, noise, prior_variance)
    found = measure_information(channel.mean, channel.std, channel.z, prior_variance)
    assert found is not None
    exact = {
        "rate": channel.information + channel.marginal_kl,
        "mutual_information": channel.information,
        "marginal_kl": channel.marginal_kl,
    }
    for name, value in exact.items():
        estimate = getattr(found, name)
        spread = estimate.high - estimate.low  # 3.9 standard errors
        assert estimate.value == pytest.approx(value, abs=spread + 1e-9), name
        assert spread < 0.25 * math.sqrt(latent_dim) + 0.05 * abs(value), name
    assert found.rate.value == pytest.approx(found.mutual_information.value + found.marginal_kl.value)
    assert sum(found.rate_per_dimension) == pytest.approx(found.rate.value)
    assert found.gaussian_bound == pytest.approx(channel.information, abs=0.05 * math.sqrt(latent_dim))


def test_nearest_neighbours_resolve_28_bits_where_a_mixture_stops_at_its_cap() -> None:
    channel = linear_channel(5, 0.02)
    found = measure_information(channel.mean, channel.std, channel.z, 1.0)
    assert found is not None
    assert 25 < channel.information * BITS < 35
    assert found.mutual_information.value * BITS == pytest.approx(channel.information * BITS, abs=0.2)
    assert found.mixture_cap == pytest.approx(math.log(COUNT))
    assert found.mixture_cap - 0.1 < found.mixture_information.value <= found.mixture_cap
    assert found.mixture_marginal_kl.value > found.marginal_kl.value + 5


def test_the_mixture_agrees_with_the_channel_well_below_its_cap() -> None:
    channel = linear_channel(2, 1.0)
    terms = mixture_terms(channel.mean, channel.std, channel.z)
    assert mean_estimate(terms).value == pytest.approx(channel.information, abs=0.1)
    assert terms.max() <= math.log(COUNT) + 1e-9


def test_the_mixture_is_the_plain_double_sum() -> None:
    channel = linear_channel(3, 0.5, count=700)
    densities = torch.distributions.Normal(channel.mean.double(), channel.std.double())
    table = torch.stack([densities.log_prob(z).sum(1) for z in channel.z.double()])
    naive = table.diagonal() - table.logsumexp(1) + math.log(700)
    torch.testing.assert_close(mixture_terms(channel.mean, channel.std, channel.z), naive)


def test_rate_terms_are_the_divergence_from_the_prior() -> None:
    channel = linear_channel(4, 0.5)
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(channel.mean, channel.std), normal(0.0, math.sqrt(5.0)))
    torch.testing.assert_close(rate_terms(channel.mean, channel.std, 5.0).float(), expected)


@pytest.mark.parametrize("latent_dim", [2, 5, 8, 16])
def test_a_gaussian_code_of_the_adjusted_model_reaches_its_designed_rate(latent_dim: int) -> None:
    generator = torch.Generator().manual_seed(0)
    prior_variance, noise_variance = 5.0, 0.01
    mean = math.sqrt(prior_variance - noise_variance) * torch.randn(COUNT, latent_dim, generator=generator)
    std = torch.full((1, 1), math.sqrt(noise_variance))
    z = mean + std * torch.randn(mean.shape, generator=generator)
    found = measure_information(mean, std, z, prior_variance)
    designed = designed_rate(latent_dim, prior_variance, noise_variance)
    assert found is not None and designed is not None
    assert designed == pytest.approx(latent_dim / 2 * math.log(500))
    assert found.mutual_information.value == pytest.approx(designed, abs=0.08 * math.sqrt(latent_dim))
    assert found.marginal_kl.value == pytest.approx(0, abs=0.1 + 0.02 * latent_dim)


def test_without_noise_there_is_no_finite_rate() -> None:
    z = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    assert measure_information(z, torch.zeros(1, 1), z, 1.0) is None
    assert designed_rate(2, 1.0, 0.0) is None
    assert designed_rate(2, 1.0, None) is None


def test_too_few_codes_for_a_covariance_give_nothing() -> None:
    z = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    assert measure_information(z, torch.ones(1, 1), z, 1.0) is None


def test_a_code_that_ignores_its_image_carries_nothing() -> None:
    z = torch.randn(COUNT, 5, generator=torch.Generator().manual_seed(0))
    found = measure_information(torch.zeros(COUNT, 5), torch.ones(1, 1), z, 1.0)
    assert found is not None
    assert found.rate.value == 0
    assert found.mutual_information.value == pytest.approx(0, abs=0.15)
    assert found.mixture_information.value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("latent_dim", [1, 2, 5, 8, 16])
def test_entropy_of_a_gaussian(latent_dim: int) -> None:
    channel = linear_channel(latent_dim, 0.3)
    assert gaussian_entropy(channel.z) == pytest.approx(channel.entropy, abs=0.06 * math.sqrt(latent_dim))
    assert entropy_terms(channel.z).mean().item() == pytest.approx(channel.entropy, abs=0.1 + 0.02 * latent_dim)


@pytest.mark.parametrize(("latent_dim", "bias"), [(1, 0.0), (2, 0.0), (5, 0.3), (8, 0.9)])
def test_entropy_of_a_cube_is_off_by_the_stated_bias(latent_dim: int, bias: float) -> None:
    z = 3 * torch.rand(COUNT, latent_dim, generator=torch.Generator().manual_seed(1))
    error = entropy_terms(z).mean().item() - latent_dim * math.log(3)
    assert error == pytest.approx(bias, abs=0.15)


def test_entropy_of_separate_clusters_is_far_below_the_gaussian_bound() -> None:
    generator = torch.Generator().manual_seed(2)
    centres = 100 * torch.eye(3)[torch.randint(3, (COUNT,), generator=generator)]
    z = centres + torch.randn(COUNT, 3, generator=generator)
    exact = math.log(3) + 1.5 * math.log(2 * math.pi * math.e)
    assert entropy_terms(z).mean().item() == pytest.approx(exact, abs=0.1)
    assert gaussian_entropy(z) > exact + 3


def test_entropy_follows_a_linear_map_and_a_shift() -> None:
    z = torch.rand(1000, 3, generator=torch.Generator().manual_seed(3))
    mapping = torch.tensor([[2.0, 0.3, 0.0], [0.0, 0.05, 1.0], [0.7, 0.0, 9.0]])
    moved = entropy_terms(z.double() @ mapping.double().T + 4).mean() - entropy_terms(z).mean()
    assert moved.item() == pytest.approx(mapping.double().det().abs().log().item(), abs=1e-3)


def test_the_neighbour_search_is_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    z = torch.randn(500, 3, generator=torch.Generator().manual_seed(4))
    whole = entropy_terms(z)
    monkeypatch.setattr(information, "_ROWS", 64)
    torch.testing.assert_close(entropy_terms(z), whole)
    distances = torch.cdist(z.double(), z.double()).fill_diagonal_(math.inf).amin(1)
    ball = math.log(4 / 3 * math.pi)
    torch.testing.assert_close(
        information._neighbour_terms(z), 3 * distances.log() + ball + math.log(499) + 0.57721566, rtol=0, atol=1e-4
    )


def test_active_units_scale_with_the_prior() -> None:
    mean = torch.randn(1000, 3, generator=torch.Generator().manual_seed(5)) * torch.tensor([1.0, 0.3, 0.01])
    assert active_units(mean, 1.0).tolist() == [True, True, False]
    assert active_units(mean, 15.0).tolist() == [True, False, False]


@pytest.mark.parametrize("prior_variance", [1.0, 5.0])
def test_codes_from_the_prior_pass_the_gaussianity_figures(prior_variance: float) -> None:
    z = math.sqrt(prior_variance) * torch.randn(COUNT, 8, generator=torch.Generator().manual_seed(6))
    found = gaussianity(z, prior_variance)
    assert found is not None
    assert max(found.ks) < found.ks_noise
    assert found.radius_ks < found.radius_noise
    assert found.covariance_error == pytest.approx(found.covariance_noise, rel=0.3)
    assert max(map(abs, found.skewness)) < 4 * math.sqrt(6 / COUNT)
    assert max(map(abs, found.excess_kurtosis)) < 4 * math.sqrt(24 / COUNT)


def test_uniform_codes_fail_where_mmd_passes_them() -> None:
    generator = torch.Generator().manual_seed(7)
    z = math.sqrt(12) * (torch.rand(COUNT, 16, generator=generator) - 0.5)
    found = gaussianity(z, 1.0)
    assert found is not None
    assert min(found.ks) > found.ks_noise
    assert found.excess_kurtosis == pytest.approx([-1.2] * 16, abs=0.15)
    assert found.radius_ks > 2 * found.radius_noise
    assert found.covariance_error < 1.5 * found.covariance_noise


def test_codes_on_a_sphere_fail_by_their_radius() -> None:
    z = torch.randn(COUNT, 16, generator=torch.Generator().manual_seed(8))
    found = gaussianity(4 * z / z.norm(dim=1, keepdim=True), 1.0)
    assert found is not None
    assert found.radius_ks > 0.4
    assert found.covariance_error < 1.5 * found.covariance_noise


def test_scale_and_skewness_are_seen() -> None:
    generator = torch.Generator().manual_seed(9)
    exponential = torch.distributions.Exponential(1.0)
    torch.manual_seed(9)
    skewed = gaussianity(exponential.sample((COUNT, 1)) - 1, 1.0)
    wide = gaussianity(2 * torch.randn(COUNT, 3, generator=generator), 1.0)
    assert skewed is not None and wide is not None
    assert skewed.skewness[0] == pytest.approx(2, abs=0.4)
    assert wide.covariance_error == pytest.approx(3, rel=0.1)


def test_constant_codes_have_no_certificate() -> None:
    assert gaussianity(torch.zeros(10, 2), 1.0) is None
    assert gaussianity(torch.zeros(1, 2), 1.0) is None


def test_mmd_in_blocks_covers_zero_on_equals_and_sees_a_collapse() -> None:
    generator = torch.Generator().manual_seed(10)
    codes = [math.sqrt(5.0) * torch.randn(COUNT, 5, generator=generator) for _ in range(2)]
    equal, collapsed = mmd_estimate(codes[0], codes[1], 5.0), mmd_estimate(0.5 * codes[0], codes[1], 5.0)
    assert equal is not None and equal.low is not None and equal.high is not None
    assert equal.low < 0 < equal.high
    assert collapsed is not None and collapsed.low is not None
    assert collapsed.low > 0.1
    assert mmd_estimate(codes[0][:3], codes[1][:3], 5.0) is None


def test_intervals_cover_the_truth_19_times_in_20() -> None:
    generator = torch.Generator().manual_seed(11)
    repeats = 2000
    terms = torch.rand(repeats, 50, generator=generator).unbind()
    means = [mean_estimate(part) for part in terms]
    shares = [share_estimate(int((part < 0.1).sum()), 50) for part in terms]
    for truth, estimates in ((0.5, means), (0.1, shares)):
        covered = sum((e.low or 0) <= truth <= (e.high or 0) for e in estimates) / repeats
        assert 0.93 < covered < 0.985


def test_a_share_of_nothing_and_of_all_still_has_an_interval() -> None:
    nothing, everything = share_estimate(0, 100), share_estimate(100, 100)
    assert (nothing.value, nothing.low) == (0, 0)
    assert (everything.value, everything.high) == (1, 1)
    assert nothing.high == pytest.approx(1 - (everything.low or 0))
    assert nothing.high == pytest.approx(0.0370, abs=1e-4)


@pytest.mark.parametrize(
    ("counts", "expected"), [([10, 10, 10], 0), ([30, 0, 0], 2 / 3), ([50, 50, 0], 1 / 3), ([5, 3, 2], 1 / 6)]
)
def test_kind_balance_is_the_total_variation(counts: list[int], expected: float) -> None:
    shares = [count / sum(counts) for count in counts]
    assert expected == pytest.approx(0.5 * sum(abs(share - 1 / 3) for share in shares))
    found = balance_estimate(counts)
    assert found is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(expected)
    assert 0 <= found.low <= found.value + 1e-12 <= found.high + 1e-12


def test_even_kinds_may_be_perfectly_balanced_and_no_kinds_have_no_balance() -> None:
    found = balance_estimate([3300, 3400, 3300])
    assert found is not None and found.low == 0
    assert balance_estimate([0, 0, 0]) is None


def test_one_term_has_no_interval() -> None:
    assert mean_estimate(torch.ones(1)).low is None
