"""The Reconstruct tab in a real browser: drawing, generating, uploading."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from demo.markup import elements as html
from demo.views import drawing, results
from shapevae.images.read import from_hex
from tests.browser.acts import (
    BOX,
    TRIANGLE,
    act_until,
    choose,
    draw,
    pictures,
    slide,
    source,
    touch_with,
    wait_for_change,
    wait_for_picture,
)
from tests.browser.conftest import Open
from tests.support.app_server import untrained
from tests.support.outlines import outline


def test_a_drawn_triangle_changes_both_pictures_while_it_is_drawn(visit: Open) -> None:
    page = visit()
    page.evaluate("() => { CanvasRenderingContext2D.prototype.getImageData = null; }")  # some browsers falsify it
    before = pictures(page)
    draw(page, TRIANGLE[:3], release=False)
    wait_for_change(page, "#rebuilt .vae .shot", before[0])
    wait_for_change(page, "#rebuilt .mmd .shot", before[1])
    page.mouse.up()
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"triangle, \d+ % match"))


def test_undo_and_clear(visit: Open) -> None:
    page = visit()
    start = source(page, "#rebuilt .input .shot")
    draw(page, BOX)
    wait_for_change(page, "#rebuilt .input .shot", start)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#pad [role=status]")).to_have_text("The pad is empty: draw a shape.")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    wait_for_picture(page, "#rebuilt .input .shot", start)
    expect(page.locator("#pad [role=status]")).to_have_text("")


def test_a_shape_is_drawn_with_the_keyboard(visit: Open) -> None:
    page = visit()
    page.locator("#pad canvas").focus()
    for keys in (["ArrowUp"] * 8, ["ArrowDown"] * 14 + ["ArrowRight"] * 9, ["ArrowLeft"] * 18):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"triangle, \d+ % match"))
    page.keyboard.press("Delete")
    expect(page.locator("#pad [role=status]")).to_have_text("The pad is empty: draw a shape.")


def test_touch_draws_and_does_not_scroll(visit: Open) -> None:
    page = visit(width=375, height=800, has_touch=True, is_mobile=True)
    before = pictures(page)[0]
    touch_with(page, "#pad canvas", BOX)
    wait_for_change(page, "#rebuilt .vae .shot", before)
    assert page.evaluate("scrollY") == 0
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"rectangle, \d+ % match"))


def test_only_the_finger_that_began_a_stroke_draws_it(visit: Open) -> None:
    drawings, codes = [], []
    for second in ([], [(0.9, 0.1), (0.1, 0.9)]):
        page = visit(width=375, height=800, has_touch=True, is_mobile=True)
        touch_with(page, "#pad canvas", BOX, second)
        drawings.append(page.evaluate("window.shapevae.drawing"))
        page = visit("?tab=explore", width=375, height=800, has_touch=True, is_mobile=True)
        touch_with(page, "#explorer .vae .map", BOX, second)
        codes.append(page.locator("#explorer .vae [type=range]").evaluate_all("sliders => sliders.map(({ value }) => value)"))
    assert drawings[0] == drawings[1] and codes[0] == codes[1]


def test_a_pen_takes_over_from_the_palm_of_its_hand(visit: Open) -> None:
    page = visit()
    box = page.locator("#pad canvas").bounding_box()
    page.evaluate("Element.prototype.setPointerCapture = () => {}")  # that of a pointer which only a script has
    palm, pen = {"pointerId": 11, "pointerType": "touch"}, {"pointerId": 12, "pointerType": "pen"}
    for kind, pointer, (u, v) in [
        ("down", palm, (0.9, 0.9)),
        ("down", pen, BOX[0]),
        *(step for at in BOX for step in (("move", palm, (0.95, 0.9)), ("move", pen, at))),
        ("up", pen, BOX[0]),
        ("up", palm, (0.9, 0.9)),
    ]:
        at = {"clientX": box["x"] + u * box["width"], "clientY": box["y"] + v * box["height"]}
        page.locator("#pad canvas").dispatch_event(f"pointer{kind}", {**pointer, **at})
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"rectangle, (9[5-9]|100) % match"))


def test_without_a_server_what_is_shown_is_pale_until_the_last_question_is_answered(chromium: Any, address: str) -> None:
    """Where the page has no weights, and so asks the server while somebody draws."""
    page = chromium.new_page()
    page.route("**/page/models/*", lambda route: route.fulfill(status=404))
    page.goto(f"{address}?tab=reconstruct")
    page.locator("#pad canvas[data-ready]").wait_for()
    draw(page, TRIANGLE)
    said = "The weights can't be loaded: 404. The server computes instead."
    expect(page.locator("#pad [role=status]")).to_have_text(said)
    page.wait_for_url(re.compile("drawing="))  # Gradio's own events are over, which would load the page again
    page.evaluate("window.here = true")
    page.context.set_offline(True)
    draw(page, BOX)
    page.get_by_role("button", name="Clear").click()
    draw(page, BOX)
    note = page.locator("#unanswered")
    expect(note).to_have_text(re.compile("The server does not answer"))
    expect(page.locator("#rebuilt .cards")).to_have_css("opacity", "0.35")
    expect(page.locator("#rebuilt .belief")).to_have_css("opacity", "0.35")
    page.context.set_offline(False)
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"rectangle, (9\d|100) % match"))
    expect(note).to_have_text("")
    expect(page.locator("#rebuilt .cards")).to_have_css("opacity", "1")
    assert page.evaluate("window.here")  # and was not loaded again
    page.context.close()


def test_with_its_weights_the_page_rebuilds_without_a_server_what_only_the_judge_is_missed_for(visit: Open) -> None:
    page = visit()
    before = source(page, "#rebuilt .vae .shot")
    draw(page, TRIANGLE)
    wait_for_change(page, "#rebuilt .vae .shot", before)
    page.wait_for_function("async () => (await import('./page/widgets/answers.js')).models.encoding !== null")
    page.wait_for_url(re.compile("drawing="))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.route("**/component_server/", lambda route: route.fulfill(json=None))
    draw(page, BOX)
    x = from_hex(page.evaluate("window.shapevae.drawing"))
    sent = {name: model.half().float() for name, model in untrained().items()}  # as the page gets them
    for name, result in results.reconstruct(sent, x).items():
        wait_for_picture(page, f"#rebuilt .{name} .shot", html.source(result.image), levels=2)
    expect(page.locator("#rebuilt .cards")).to_have_css("opacity", "1")
    expect(page.locator("#rebuilt .vae .word")).to_have_css("opacity", "0.35")
    assert not [body for body in asked if '"rebuild"' in body or '"draw"' in body]


def test_generated_shapes_are_named_and_sliders_turn_them(visit: Open) -> None:
    page = visit()
    for kind in ("Rectangle", "Circle", "Triangle"):
        page.get_by_role("button", name=kind, exact=False).first.click()
        expect(page.locator("[data-word=input]")).to_have_text(re.compile(rf"{kind.lower()}, (9\d|100) % match"))
    page.get_by_role("button", name="Set size, angle, place and seed").click()
    slide(page, "Size", "End", shows="1")
    shape = html.source(drawing.draw_setting("triangle", 1, 45, drawing.FIRST_SEED + 3)[0])
    act_until(
        lambda: page.get_by_label("number input for Angle").fill("45"),
        lambda: wait_for_picture(page, "#rebuilt .input .shot", shape, seconds=20),
    )
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"triangle, (9\d|100) % match"))
    page.locator("#set-size button").click()  # back to where it began
    size = page.get_by_label("number input for Size")
    expect(size).not_to_have_value("1")
    shape = drawing.draw_setting("triangle", float(size.input_value()), 45, drawing.FIRST_SEED + 3)
    wait_for_picture(page, "#rebuilt .input .shot", html.source(shape[0]))
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"triangle, (9\d|100) % match"))


def test_a_setting_outside_its_limits_gets_a_sentence_and_is_drawn_as_it_is_put_right(visit: Open) -> None:
    page = visit()
    page.get_by_role("button", name="Set size, angle, place and seed").click()
    size, note = page.get_by_label("number input for Size"), page.locator("#pad [role=status]")

    def type_and_leave() -> None:
        size.fill("5")
        expect(note).to_have_text("The size must be a number from 0 to 1.")
        expect(page.locator("#rebuilt.stale, #rebuilt .stale")).to_have_count(1)
        size.press("Tab")

    act_until(type_and_leave, lambda: expect(size).to_have_value("1", timeout=10_000))
    expect(note).to_have_text("")
    own = drawing.seed_setting("random", drawing.FIRST_SEED)
    shape = drawing.draw_setting("random", 1, own.angle, drawing.FIRST_SEED)
    wait_for_picture(page, "#rebuilt .input .shot", html.source(shape[0]))
    expect(page.locator("#rebuilt.stale, #rebuilt .stale")).to_have_count(0)


def test_a_sketch_draws_itself_and_gets_a_sentence(visit: Open) -> None:
    page = visit("", reduced_motion="no-preference")  # the tab is not the one that the page opens with
    choose(page, "Reconstruct")
    for name in ("two shapes", "star"):
        before = source(page, "#rebuilt .input .shot")
        page.get_by_role("button", name=name).click()
        wait_for_change(page, "#rebuilt .input .shot", before)
    expect(page.locator("[data-word=belief]")).to_have_text(re.compile("^(Both models settle|The VAE settles) on .*"))
    expect(page.locator("[data-word=input]")).to_have_text(re.compile("no clear shape; nearest: "))


def test_outlines_are_filled_unless_that_is_switched_off_and_a_link_says_so(visit: Open, address: str) -> None:
    page = visit()
    draw(page, BOX)
    expect(page.locator("[data-word=input]")).to_have_text(re.compile("^rectangle"))
    page.get_by_label("Fill outlines").uncheck()
    expect(page.locator("[data-word=input]")).to_have_text(re.compile("^no clear shape"))
    page.wait_for_url(re.compile("drawing=.*filling=off|filling=off.*drawing="))
    page.wait_for_timeout(500)  # for the drawing in the address
    again = visit(page.url.removeprefix(address))
    expect(again.get_by_label("Fill outlines")).not_to_be_checked()
    wait_for_picture(again, "#rebuilt .input .shot", source(page, "#rebuilt .input .shot"))


def test_snapping_makes_a_wobbly_drawing_exact(visit: Open) -> None:
    page = visit()
    draw(page, [(0.3, 0.3), (0.52, 0.27), (0.72, 0.32), (0.7, 0.5), (0.74, 0.71), (0.5, 0.68), (0.28, 0.72), (0.33, 0.5)])
    expect(page.locator("[data-word=input]")).to_have_text(re.compile("rectangle"))
    page.get_by_role("button", name="Snap").click()
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"rectangle, (99|100) % match"))


def test_a_picture_is_uploaded(visit: Open, tmp_path: Path) -> None:
    page = visit()
    outline(2).save(tmp_path / "drawing.png")
    page.locator("#bench-controls input[type=file]").set_input_files(tmp_path / "drawing.png")
    expect(page.locator("[data-word=input]")).to_have_text(re.compile(r"triangle, (9\d|100) % match"))
