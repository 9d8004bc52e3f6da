"""The Train tab in a real browser: a run as a film, knobs and buttons, an exhibit, weights to take away; shared drawings."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from demo.presets import PresetInfo, read_metrics
from demo.training import session
from shapevae.weights import load_model
from tests.browser.acts import TRIANGLE, choose, draw, pictures, source, wait_for_change, wait_for_picture
from tests.browser.conftest import Open
from tests.support.app_server import running, untrained
from tests.support.patience import comes_true

WEIGHTS = Path(__file__).parent.parent.parent / "weights"
BRIEF = "?tab=train&epochs=2&pictures=500&training_seed=3"
PIXELS = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(untrained(), PresetInfo(WEIGHTS, metrics=read_metrics(WEIGHTS))) as url:
        yield url


def button(page: Any, name: str) -> Any:
    return page.locator("#training").get_by_role("button", name=name, exact=True)


def step(page: Any) -> int:
    """The step that the status tells of, once there is one."""
    status = page.locator("#training .status")
    expect(status).to_have_text(re.compile(r"step \d+ of"))
    return int(re.search(r"step (\d+) of", status.inner_text())[1])  # type: ignore[index]


def test_both_train_to_their_end_as_a_film_and_their_weights_can_be_taken_away(visit: Open, tmp_path: Path) -> None:
    page = visit(BRIEF)
    planes, status = page.locator("#training canvas.plane"), page.locator("#training .status")
    assert planes.first.bounding_box()["y"] < 500  # results are seen without scrolling
    for name, enabled in (("Start", True), ("Pause", False), ("Step", True), ("Reset", False)):
        (expect(button(page, name)).to_be_enabled if enabled else expect(button(page, name)).to_be_disabled)()
    button(page, "Start").click()
    expect(status).to_contain_text("Done.", timeout=120_000)
    expect(page.locator("#training .figures .held")).to_have_text([re.compile(r"nats = .* bits"), re.compile(r"squared MMD")])
    expect(page.locator("#training .chart path")).to_have_count(6)
    film, last = page.get_by_role("slider", name="Frame of the film"), [plane.evaluate(PIXELS) for plane in planes.all()]
    film.press("Home")
    assert all(plane.evaluate(PIXELS) != picture for plane, picture in zip(planes.all(), last, strict=True))
    page.get_by_role("button", name="Get the weights").click()
    for file in ("model.safetensors", "config.json"):
        with page.expect_download() as download:
            page.get_by_role("link", name=file).first.click()
        download.value.save_as(tmp_path / file)
    assert load_model(tmp_path).config.latent_dim == 2
    button(page, "Reset").click()
    expect(status).to_have_text("Press Start to train both.")
    assert not session._going


def test_a_run_pauses_steps_goes_on_and_its_knobs_act_meanwhile(visit: Open) -> None:
    page = visit("?tab=train&epochs=50")
    status = page.locator("#training .status")
    button(page, "Start").click()
    step(page)
    expect(page.locator("#training [data-set=epochs]")).to_be_disabled()
    page.get_by_role("checkbox", name="MMD holds the adjusted VAE").uncheck()
    expect(page.locator("#training .side-1 .figures")).to_contain_text("0.0 nats of it penalty")
    page.get_by_role("slider", name="v, prior variance").press("End")
    page.wait_for_url(re.compile("mmd=false.*prior_variance=50"))
    button(page, "Pause").click()
    expect(status).to_contain_text("Paused.")
    at = step(page)
    button(page, "Step").click()
    expect(status).to_have_text(re.compile(rf"One step\. Epoch .* step {at + 1} of"))
    button(page, "Go on").click()
    expect(status).to_have_text(re.compile(rf"^Epoch .* step (?!{at + 1} )"))
    page.close()
    assert comes_true(lambda: not session._going)  # closing the page ends its training


def test_one_goes_wrong_beside_a_healthy_one_after_a_prediction(visit: Open) -> None:
    page = visit("?tab=train")
    button(page, "λ = 0").click()
    button(page, "Reconstructions").click()
    told = page.locator("#training .told")
    expect(told).to_contain_text("it is “Random samples”")
    expect(told).to_have_text(re.compile(r"squared error 1\.\d\d against .* \d % of the prior draws shapes, against 8\d %"))
    page.wait_for_url(re.compile("exhibit=no-penalty"))
    expect(page.locator("#training .settings")).to_be_hidden()
    button(page, "Start").click()
    for film in ("100", "0"):  # the recorded one's end, the own one's begin
        expect(page.locator("#training .split")).not_to_have_attribute("aria-valuenow", film)
    expect(page.locator("#training h3").first).to_have_text(re.compile("λ = 0"))
    button(page, "Reset").click()


def test_an_older_link_that_names_one_model_trains_both_of_its_family(visit: Open) -> None:
    page = visit("?tab=train&model=mmd&latent_dim=3&epochs=2")
    expect(page.get_by_role("combobox", name="Models")).to_have_value("report")
    for name, value in {"latent_dim": "3", "epochs": "2"}.items():
        expect(page.locator(f"#training [data-set={name}]")).to_have_value(value)


def test_epochs_of_the_shipped_presets_can_be_looked_at(visit: Open) -> None:
    page = visit("?tab=train")
    expect(page.get_by_alt_text("by report-vae after epoch 10")).to_be_visible()
    before = source(page, "#epoch .card:first-child img")
    page.get_by_role("slider", name="range slider for Epoch", exact=True).press("ArrowLeft")
    wait_for_change(page, "#epoch .card:first-child img", before)
    page.get_by_role("radio", name="plane-mmd", exact=True).check()
    expect(page.get_by_alt_text("by plane-mmd after epoch 20")).to_be_visible()


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
