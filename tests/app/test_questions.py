"""What people ask: the loss scale of known recipes, the answers and their links."""

from __future__ import annotations

import math
import re

import pytest

from demo.training.failures import EXHIBITS
from demo.views import links, scale
from demo.views.checks import InputError
from demo.views.questions import PAGE, questions
from demo.widgets.explained import FUNCTIONS
from docs import make_questions


@pytest.mark.parametrize(
    ("settings", "c"),
    [
        (("mean", 12288, 1, "KL", 0.00025), 1.536),  # w n/2
        (("sum", 1, 1, "KL", 4), 2.0),
        (("sum", 784, 0.5, "KL", 1), 1.0),  # Gaussian pixels of unit variance
        (("mean", 100, 0.5, "KL", 0.02), 2.0),
    ],
)
def test_the_pixel_variance_of_a_recipe(settings: tuple[object, ...], c: float) -> None:
    loss = scale.recipe(*settings)
    assert loss.pixel_variance == pytest.approx(c) and f"c = {c:.3g}" in scale.meaning(loss)


def test_an_mmd_weight_is_told_at_our_pixel_variance() -> None:
    loss = scale.recipe("sum", 784, 0.05, "MMD", 10)
    assert loss.mmd_weight == pytest.approx(10 / (0.05 * 2 * scale.OWN_C))
    assert f"λ = {loss.mmd_weight:.3g}" in scale.meaning(loss)


def test_what_a_pixel_variance_does_here() -> None:
    assert "would then leave a squared error of m c = 0.43" in scale.meaning(scale.recipe("sum", 1, 1, "KL", 0.2))
    assert re.search(r"above c, \d+ of them", scale.meaning(scale.recipe("sum", 1, 1, "KL", 60)))
    assert "posterior collapse" in scale.meaning(scale.recipe("sum", 1, 1, "KL", 1000))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("mean", 0, 1, "KL", 1), "whole number"),
        (("mean", 10, 0, "KL", 1), "The factor must be a number"),
        (("mean", 10, 1, "KL", math.nan), "The weight must be a number"),
        (("mean", 10, 1, "KL", None), "The weight must be a number"),
        (("median", 10, 1, "KL", 1), "sum, mean"),
        (("mean", 10, 1, "BCE", 1), "KL, MMD"),
    ],
)
def test_what_is_no_recipe_gets_a_sentence(settings: tuple[object, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        scale.recipe(*settings)


def test_every_question_is_answered_on_the_tab_that_its_link_opens() -> None:
    found = questions()
    text = PAGE.read_text(encoding="utf-8")
    assert sum(map(len, found.values())) == text.count("\n## ") == 9
    assert found.keys() <= FUNCTIONS.keys()
    assert all(
        question.endswith("?") and answer and "<!--" not in answer for part in found.values() for question, answer in part
    )
    queries = re.findall(r"127\.0\.0\.1:7860/(\?\S+?)\)", text)
    assert len(queries) == 9
    for query in queries:
        exhibits = re.findall(f"exhibit=({'|'.join(EXHIBITS)})$", query)  # which live.js reads
        assert len(links.read(query)) + len(exhibits) == query.count("=")  # all of it is read


@pytest.mark.parametrize("name", ["recipes", "ideal", "kernels", "trick", "collapse", "better", "gaps", "negative"])
def test_the_answers_are_up_to_date(name: str) -> None:
    """All but the edge widths, which take longest."""
    part = getattr(make_questions, name)
    block = part(make_questions.read_metrics()) if name in ("better", "gaps", "negative") else part()
    assert block in PAGE.read_text(encoding="utf-8"), "run `make readme`"
