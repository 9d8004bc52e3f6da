"""What people ask: the loss scale of known recipes, the answers and their links; what the tab About tells."""

import math
import re
from pathlib import Path

import pytest

from demo.markup.text import TEXT
from demo.tabs import about
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


def test_every_claim_and_figure_is_that_of_the_report() -> None:
    page = about.PAGE.read_text(encoding="utf-8")
    claims, shown = about.findings(about.PAGE)
    assert [line[:7] for line in claims.splitlines()] == [f"- **({letter})" for letter in "abcd"]
    for line in claims.splitlines():
        verdict = line.rpartition("**: **" if "**: **" in line else ": **")[2].removesuffix("**.")
        assert line in page and f"## Claim {line[4:7]}: {verdict}\n" in shown
    assert shown.count("\n|") == page.count("\n|") > 30 and "12.022" in shown
    assert "![" not in shown and ".md)" not in shown  # neither is served


def test_without_the_report_it_says_how_to_make_it(tmp_path: Path) -> None:
    claims, page = about.findings(tmp_path / "docs" / "report" / "README.md")
    assert "shapevae report --out docs/report" in claims and page == ""


def test_it_is_installed_as_the_readme_says() -> None:
    readme = (about.PAGE.parents[2] / "README.md").read_text(encoding="utf-8")
    for command in ("\npip install -r requirements.txt && python app.py\n", 'pip install -e ".[mcp]"'):
        assert command in readme and command in TEXT["about.use"]
