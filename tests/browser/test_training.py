"""The Train tab and shared links in a real browser: what is shown before, during and after a training."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.presets import PresetInfo, read_metrics
from demo.tabs.train import USUAL_DIMS
from demo.training import session as training
from shapevae.weights import load_model
from tests.browser.acts import TRIANGLE, choose, draw, pictures, source, wait_for_change, wait_for_picture
from tests.browser.conftest import Open
from tests.support.app_server import running, untrained

WEIGHTS = Path(__file__).parent.parent.parent / "weights"
BRIEF = "?tab=train&epochs=1&pictures=500&training_seed=3&latent_dim=2"
LIVE = """() => {
  const training = document.querySelector('#training'), seen = window.seen = { sheet: new Set(), point: new Set() };
  const look = () => {
    const point = training.querySelector('circle.now');
    seen.sheet.add(training.querySelector('.sheet')?.src);
    if (point) seen.point.add(point.getAttribute('cx') + ' ' + point.getAttribute('cy'));
  };
  new MutationObserver(look).observe(training, { subtree: true, childList: true, attributes: true });
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(untrained(), PresetInfo(WEIGHTS, metrics=read_metrics(WEIGHTS))) as url:
        yield url


def test_epochs_of_the_presets_are_shown_before_any_click(visit: Open) -> None:
    page = visit("?tab=train")
    expect(page.locator("#epoch img")).to_have_count(2)
    expect(page.get_by_alt_text("by report-vae after epoch 10")).to_be_visible()
    expect(page.get_by_role("slider", name="range slider for Epoch", exact=True)).to_have_value("10")
    before = source(page, "#epoch img >> nth=0")
    page.get_by_role("slider", name="range slider for Epoch", exact=True).press("ArrowLeft")
    wait_for_change(page, "#epoch img", before)
    expect(page.get_by_alt_text("by report-vae after epoch 9")).to_be_visible()
    page.get_by_role("radio", name="mmd", exact=True).check()
    expect(page.get_by_alt_text("by mmd after epoch 300")).to_be_visible()


def test_each_model_brings_its_usual_latent_size(visit: Open) -> None:
    page = visit("?tab=train")
    size = page.get_by_role("slider", name="range slider for Latent size d")
    expect(size).to_have_value(str(USUAL_DIMS["vae"]))
    for title, name in (("Adjusted VAE", "mmd"), ("VAE", "vae")):
        page.get_by_role("radio", name=title, exact=True).check()
        expect(size).to_have_value(str(USUAL_DIMS[name]))


def test_everything_moves_during_a_training_and_its_weights_can_be_taken_away(visit: Open, tmp_path: Path) -> None:
    page = visit("?tab=train&epochs=3&pictures=1500&latent_dim=2")
    expect(page.get_by_role("slider", name="range slider for Epochs")).to_have_value("3")
    page.evaluate(LIVE)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#training .status")).to_contain_text("Done.", timeout=120_000)
    assert page.evaluate("[seen.sheet.size, seen.point.size].every((count) => count > 2)")
    expect(page.get_by_role("img", name=re.compile(r"^Loss curves: loss \d"))).to_be_visible()
    page.get_by_role("radio", name="this training").check()
    expect(page.get_by_alt_text("by this training after epoch 3")).to_be_visible()
    page.get_by_role("button", name="Get the weights").click()
    for file in ("model.safetensors", "config.json"):
        with page.expect_download() as download:
            page.get_by_role("link", name=file).click()
        download.value.save_as(tmp_path / file)
    assert load_model(tmp_path).config.latent_dim == 2
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.locator("#training .status")).to_contain_text("Press Start")


def test_a_second_visitor_waits_with_a_word(visit: Open) -> None:
    first, second = visit("?tab=train"), visit(BRIEF)
    first.get_by_role("button", name="Start").click()
    expect(first.locator("#training .status")).to_have_text(re.compile(r"step [1-9]\d* of"))
    second.get_by_role("button", name="Start").click()
    expect(second.locator("#training .status")).to_contain_text("Somebody else is training")
    first.get_by_role("button", name="Stop").click()
    expect(second.locator("#training .status")).to_contain_text("Done.", timeout=120_000)
    assert not training._TURN.locked()


def test_a_failure_is_one_click_and_its_link_names_its_settings(visit: Open) -> None:
    page = visit("?tab=train")
    page.get_by_role("button", name="Huge pixel variance").click()
    expect(page.locator("#lesson")).to_contain_text("posterior collapse")
    expect(page.locator("#training .status")).to_have_text(re.compile(r"step [1-9]\d* of"))
    page.wait_for_url(re.compile("pixel_variance=500"))
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#training .status")).to_contain_text("Stopped.")


def test_a_link_shows_somebody_elses_drawing(visit: Open, address: str) -> None:
    page = visit()
    draw(page, TRIANGLE)
    page.wait_for_url(re.compile("drawing="))
    expect(page.locator("[data-word=input]")).to_have_text(re.compile("triangle"))
    assert len(page.url) < 2100
    again = visit(page.url.removeprefix(address))
    wait_for_picture(again, "#rebuilt .input .shot", source(page, "#rebuilt .input .shot"))
    wait_for_picture(again, "#rebuilt .vae .shot", pictures(page)[0])
    page.get_by_role("button", name="Circle").first.click()
    page.wait_for_url(re.compile("^(?!.*drawing=).*kind=circle"))


def test_each_tab_that_has_it_shows_idea_formula_and_code(visit: Open) -> None:
    page = visit()
    for tab, code in (
        ("Sample", "def sample("),
        ("Explore", "def slerp("),
        ("Information", "def rate_terms("),
        ("Train", "def train_epoch("),
    ):
        choose(page, tab)
        page.get_by_role("tabpanel").get_by_role("button", name="The idea, the formula, the code").locator(
            "visible=true"
        ).click()
        expect(page.locator(".listing", has_text=code).locator("visible=true")).to_have_count(1)
        expect(page.locator(".katex").locator("visible=true").first).to_be_visible()
        choose(page, "Reconstruct")
