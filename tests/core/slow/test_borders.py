"""The width of a border between two kinds, on a decoder whose border is known."""

import pytest
import torch
from torch import Tensor

from docs.borders import border_width
from shapevae.config import ModelConfig
from shapevae.model import Autoencoder
from shapevae.shapes import CIRCLE, RECTANGLE, Factors, render

SIZE = 32


class Half(Autoencoder):
    """A circle on one side of a plane in the latent space, a square on the other, and noise in a slab of given width."""

    def __init__(self, width: float, variance: float) -> None:
        super().__init__(ModelConfig(image_size=SIZE, latent_dim=3, prior_variance=variance))
        self.width, self.normal = width, torch.tensor([0.6, 0.0, -0.8])
        grey = torch.rand(SIZE, SIZE, generator=torch.Generator().manual_seed(1))
        circle, square = (render(self.shape(kind), SIZE)[0, 0] for kind in (CIRCLE, RECTANGLE))
        self.pictures = torch.stack([circle, square, grey])

    @staticmethod
    def shape(kind: int) -> Factors:
        return Factors(torch.tensor([kind]), *torch.tensor([[0.0], [0.0], [0.5], [0.5], [0.0]]))

    def decode(self, z: Tensor) -> Tensor:
        along = z @ self.normal / self.config.prior_variance**0.5
        which = torch.where(along.abs() < self.width / 2, 2, (along > 0).long())
        return self.pictures[which][:, None]


@pytest.mark.parametrize(("width", "variance"), [(0.32, 1.0), (0.08, 5.0)])
def test_a_slab_has_its_own_width_in_standard_deviations_of_the_prior(width: float, variance: float) -> None:
    assert border_width(Half(width, variance)).value == pytest.approx(width, rel=0.35)  # offsets lie a factor of 2 apart


def test_a_border_without_a_gap_has_no_width() -> None:
    assert border_width(Half(0.0, 1.0)).value == pytest.approx(0, abs=0.02)
