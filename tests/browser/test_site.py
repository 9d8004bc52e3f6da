"""The static page as `shapevae page` writes it, served by Python's own http.server: it computes what the models compute, with
the network cut after loading, on a desk and on a phone, and says so where it can't."""

import copy
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import expect

from demo.markup.elements import source
from demo.presets import load_presets
from demo.site.build import site_files
from demo.views import results
from shapevae.images.read import from_hex
from shapevae.images.write import grid
from tests.browser.acts import BOX, TRIANGLE, draw, wait_for_change, wait_for_picture
from tests.browser.acts import source as shown
from tests.browser.conftest import Open
from tests.support.site import served

ROOT = Path(__file__).parents[2]
MODELS, INFO = load_presets(ROOT / "weights")
SENT = {name: copy.deepcopy(model).half().float() for name, model in MODELS.items()}  # with the page's weights
READY = "#pad canvas[data-ready]"
SHOTS = [f"#rebuilt .{name} .shot" for name in MODELS]
SHEETS = [f"#samples .{name} .sheet" for name in MODELS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    for path, content in site_files(MODELS, INFO, "https://example.org/app").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture
def page(visit: Open) -> Any:
    return visit("", ready=READY)


def drawn(page: Any) -> torch.Tensor:
    """What is on the pad, (1, 1, H, W), as the models see it."""
    return from_hex(page.evaluate("window.shapevae.drawing"))


def test_with_the_network_cut_everything_goes_on(page: Any) -> None:
    before = shown(page, SHOTS[0])
    draw(page, TRIANGLE)
    wait_for_change(page, SHOTS[0], before)  # all weights are there
    before = shown(page, SHEETS[0])
    page.locator("#draw-passes input").press("ArrowRight")
    wait_for_change(page, SHEETS[0], before)  # those of the worker, too
    page.context.set_offline(True)

    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#pad [role=status]")).to_have_text("The pad is empty: draw a shape.")
    draw(page, BOX)
    expect(page.locator("#pad [role=status]")).to_have_text("")
    rebuilt = results.reconstruct(SENT, drawn(page))
    for selector, result in zip(SHOTS, rebuilt.values(), strict=True):
        wait_for_picture(page, selector, source(result.image))
        error, bits = page.locator(f"{selector.replace(' .shot', '')} .figure b").all_inner_texts()
        assert float(error) == pytest.approx(result.squared_error, abs=0.06)
        assert result.total_bits is not None and float(bits) == pytest.approx(result.total_bits, abs=0.06)

    page.locator("#draw-count input").fill("36")
    page.get_by_role("button", name="Next seed").click()
    settings = results.sample_settings(36, 8, 1, 1)
    for selector, images in zip(SHEETS, results.sample(SENT, settings).values(), strict=True):
        wait_for_picture(page, selector, source(grid(images)))
    expect(page.locator(SHEETS[1])).to_have_attribute("alt", "36 random pictures by the Adjusted VAE, seed 8, passes 1")

    page.locator("#explorer").scroll_into_view_if_needed()
    decoded = "#explorer .mmd [data-role=decoded]"
    page.wait_for_function(f"() => document.querySelector('{decoded}')?.src")
    before, strip = shown(page, decoded), shown(page, "#explorer .mmd [data-dim='0'] .strip")
    page.get_by_role("button", name="Start from my drawing").click()
    wait_for_picture(page, decoded, source(rebuilt["mmd"].image))
    assert before != shown(page, decoded)
    page.wait_for_function("before => document.querySelector('#explorer .mmd .strip').src !== before", arg=strip)


def test_a_shape_follows_its_settings_by_keyboard_on_a_phone_in_the_dark(visit: Open) -> None:
    page = visit("", width=375, height=800, theme="dark", ready=READY, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(11, 18, 32)"
    before = shown(page, SHOTS[0])
    page.get_by_role("button", name="■ Rectangle").press("Enter")
    wait_for_change(page, SHOTS[0], before)
    page.get_by_text("Set size, angle, place and seed").press("Enter")
    first, before = drawn(page), page.evaluate("window.shapevae.drawing")
    page.get_by_role("slider", name="Size").press("End")
    page.wait_for_function("before => window.shapevae.drawing !== before", arg=before)
    assert drawn(page).sum() > first.sum()
    assert page.locator("img:not([alt]), canvas:not([aria-label]):not([hidden])").count() == 0
    expect(page.get_by_role("link", name="full app")).to_have_attribute("href", "https://example.org/app")


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_weights_that_cannot_be_used_get_a_sentence_and_the_first_pictures_stay(
    chromium: Any, folder: Path, damage: str, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "page")
    file = tmp_path / "page/models/models/vae-decoder.safetensors"
    content = file.read_bytes()
    file.unlink()
    if damage == "changed":
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    sentence = "can't be loaded: 404" if damage == "missing" else "file can't be used: its checksum differs"
    with served(tmp_path / "page") as address:
        page = chromium.new_page()
        page.goto(address)
        page.locator(READY).wait_for()
        before = shown(page, SHOTS[0])
        draw(page, BOX)
        expect(page.locator("#pad [role=status]")).to_have_text(f"The weights {sentence}. The first pictures stay.")
        assert shown(page, SHOTS[0]) == before
        page.close()


def test_the_planes_answer_where_somebody_points(page: Any) -> None:
    assert INFO.plane, "no weights of two dimensions"
    page.locator("#planes canvas.plane").first.scroll_into_view_if_needed()
    pixels = "() => document.querySelector('#planes .vae canvas.shot').getContext('2d').getImageData(0, 0, 32, 32).data.join()"
    page.wait_for_function(f"() => ({pixels})().includes('255,255,255')")
    before = page.evaluate(pixels)
    page.locator("#planes .vae canvas.plane").press("Shift+ArrowLeft")
    page.wait_for_function(f"before => ({pixels})() !== before", arg=before)
    page.get_by_role("button", name="Drop a circle").click()
    expect(page.locator(".drop-note")).to_have_text(re.compile(r"^Its code: VAE \(.*\), noise .*; Adjusted VAE"))


def test_what_is_listed_is_there(folder: Path) -> None:
    for listed in folder.glob("models/*.json"):
        for model in json.loads(listed.read_text()).values():
            assert all((listed.parent / part["file"]).is_file() for part in model["files"].values())
