"""The shipped models on shapes drawn by hand."""

from pathlib import Path

import pytest
import torch

from shapevae.judge import judge_shapes
from shapevae.weights import load_model
from tests.support.drawings import Drawing, drawings

WEIGHTS = Path(__file__).parents[2] / "weights"


def right(name: str, drawn: list[Drawing]) -> int:
    """How many drawings a shipped model rebuilds as their kind."""
    rebuilt = load_model(WEIGHTS / name).reconstruct(torch.cat([drawing.picture for drawing in drawn])).detach()
    return int((judge_shapes(rebuilt).kind == torch.tensor([drawing.kind for drawing in drawn])).sum())


@pytest.mark.parametrize("name", ["vae", "mmd"])
def test_an_outline_of_each_kind_is_rebuilt_as_its_kind(name: str) -> None:
    assert right(name, drawings(3, seed=0)) == 3


@pytest.mark.parametrize("name", ["vae", "mmd"])
def test_of_a_hundred_drawings_as_many_are_rebuilt_as_their_kind_as_the_readme_says(name: str) -> None:
    assert right(name, drawings(100, seed=0)) >= 98


def test_the_drawings_are_what_they_are_meant_to_be() -> None:
    drawn = drawings(100, seed=0)
    judgement = judge_shapes(torch.cat([drawing.picture for drawing in drawn]))
    assert (judgement.kind == torch.tensor([drawing.kind for drawing in drawn])).all()
