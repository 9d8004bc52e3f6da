"""The See tab in a real browser: the page opens on both planes; point, walk, switch layers, drop shapes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from demo.presets import PresetInfo
from tests.browser.acts import BOX, TRIANGLE, choose, draw, touch_with
from tests.browser.conftest import Open
from tests.support.app_server import measured, running, untrained
from tests.support.patience import comes_true

PIXELS = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    models = untrained()
    plane = untrained(latent_dim=2, image_size=32)
    with running(models, PresetInfo(metrics=measured(models).metrics, plane=plane)) as url:
        yield url


def shots(page: Any) -> list[str]:
    return [page.locator(f"#see .{name} .shot").evaluate(PIXELS) for name in ("vae", "mmd")]


def until_both_change(page: Any, before: list[str]) -> None:
    page.wait_for_function(
        "before => [...document.querySelectorAll('#see .shot')].every((shot, i) => shot.toDataURL() !== before[i])",
        arg=before,
    )


@pytest.mark.parametrize(("width", "touch"), [(1280, False), (375, True)])
def test_a_place_is_pointed_at_walked_to_and_linked(visit: Open, address: str, width: int, touch: bool) -> None:
    page = visit("", width=width, has_touch=touch)
    expect(page.get_by_role("tab", name="See")).to_have_attribute("aria-selected", "true")
    word = page.locator("#see .mmd .word")
    expect(word).to_have_text(re.compile(r" at \(0\.40, 0\.40\)"))
    plane, before = page.locator("#see .vae canvas.plane"), shots(page)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    (page.touchscreen.tap if touch else page.mouse.move)(box["x"] + box["width"] / 6, box["y"] + box["height"] / 2)
    expect(word).to_have_text(re.compile(r" at \(−[12]\.\d\d, −?0\.0\d\)"))
    until_both_change(page, before)
    plane.focus()
    for key in ("Shift+ArrowRight", "ArrowUp"):
        plane.press(key)
    expect(word).to_have_text(re.compile(r" at \(−1\.[45]\d, 0\.1\d\)|at \(−1\.[45]\d, 0\.0\d\)"))
    page.wait_for_url(re.compile("place=-1"))
    page.wait_for_timeout(500)  # for the second key's place in the address
    again = visit(page.url.removeprefix(address))
    expect(again.locator("#see .mmd .word")).to_have_text(str(word.text_content()))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_layers_switch_and_shapes_drop(visit: Open) -> None:
    page = visit("")
    plane = page.locator("#see .mmd canvas.plane")
    for layer in ("Pictures", "Colour by kind", "No shape", "Codes", "Noise", "Prior"):
        before = plane.evaluate(PIXELS)
        button = page.get_by_role("button", name=layer, exact=True)
        pressed = button.get_attribute("aria-pressed")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false" if pressed == "true" else "true")
        assert plane.evaluate(PIXELS) != before, layer
    page.get_by_role("button", name="Drop my drawing").click()
    expect(page.locator(".drop-note")).to_have_text("Draw a shape on the tab Reconstruct first.")
    choose(page, "Explore")
    page.get_by_role("button", name="Start from my drawing").click()
    expect(page.locator("#explorer [data-role=said]")).to_have_text("Draw a shape on the tab Reconstruct first.")
    choose(page, "See")
    page.get_by_role("button", name="Drop a circle").click()
    expect(page.locator("#see .dropped")).to_be_visible()
    choose(page, "Reconstruct")
    draw(page, TRIANGLE)
    choose(page, "See")
    before = page.locator(".drop-note").text_content()
    page.get_by_role("button", name="Drop my drawing").click()
    expect(page.locator(".drop-note")).not_to_have_text(str(before))


def test_only_the_finger_that_began_points(visit: Open) -> None:
    said = []
    for second in ([], [(0.9, 0.1), (0.1, 0.9)]):
        page = visit("?tab=see", width=375, height=800, has_touch=True, is_mobile=True)
        touch_with(page, "#see .vae canvas.plane", BOX[:3], second)
        said.append(page.locator("#see [data-word=vae]").inner_text())
    assert said[0] == said[1]


def test_on_a_phone_the_tour_leaves_the_plane_that_it_asks_about_in_sight(visit: Open) -> None:
    page = visit("", width=375, height=800, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Take the two-minute tour").tap()
    expect(page.locator("#see .cards")).to_have_class(re.compile("pointed"))
    plane, tour = page.locator("#see .vae .plane"), page.locator("#tour")

    def in_sight() -> bool:
        box = plane.bounding_box()
        return 0 <= box["y"] and box["y"] + 0.75 * box["height"] < tour.bounding_box()["y"]

    assert comes_true(in_sight)
