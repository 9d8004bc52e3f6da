"""The shipped models on shapes drawn by hand."""

from pathlib import Path

import pytest
import torch

from shapevae.judge import judge_shapes
from shapevae.weights import load_model
from tests.drawings import drawings

WEIGHTS = Path(__file__).parent.parent / "weights"


@pytest.mark.parametrize("name", ["vae", "mmd"])
def test_drawn_shapes_are_rebuilt_as_their_kind(name: str) -> None:
    drawn = drawings(100, seed=0)
    rebuilt = load_model(WEIGHTS / name).reconstruct(torch.cat([drawing.picture for drawing in drawn])).detach()
    kinds = torch.tensor([drawing.kind for drawing in drawn])
    assert (judge_shapes(rebuilt).kind == kinds).sum() >= 95


def test_the_drawings_are_what_they_are_meant_to_be() -> None:
    drawn = drawings(100, seed=0)
    judgement = judge_shapes(torch.cat([drawing.picture for drawing in drawn]))
    assert (judgement.kind == torch.tensor([drawing.kind for drawing in drawn])).all()
