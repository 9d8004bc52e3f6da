"""The other tabs in a real browser: sampling, exploring, training, the tour, shared links, both themes, a phone."""

import base64
import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from demo.views.latent import latent_map
from demo.views.links import TABS
from demo.views.nearby import sample_code
from demo.views.results import sample_settings
from tests.browser.acts import act_until, choose, source, wait_for_change, wait_for_picture
from tests.browser.conftest import Open
from tests.support.app_server import untrained

FOCUSED = """() => {
  const at = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(at);
  return [at === document.body ? null : at.outerHTML.slice(0, 200), `${outlineStyle} ${outlineWidth}`];
}"""


def test_samples_change_with_the_seed_and_get_marks(visit: Open) -> None:
    page = visit()
    choose(page, "Sample")
    before = source(page, "#samples .vae .sheet")
    expect(page.locator("#samples .vae .marks li")).to_have_count(25)
    expect(page.locator("#samples .mmd .counted")).to_have_text(re.compile(r"of 25 are shapes: .*In 2021, by eye: 20 of 25"))
    page.get_by_role("button", name="Next seed").click()
    wait_for_change(page, "#samples .vae .sheet", before)
    expect(page.locator("#samples .mmd .counted")).to_have_text(re.compile(r"of 50 so far are shapes"))
    page.get_by_role("checkbox", name="The judge's marks").uncheck()
    expect(page.locator("#samples .marks")).to_have_count(0)
    page.wait_for_url(re.compile("marks=false"))
    again = visit(page.url[page.url.index("?") :])
    expect(again.get_by_role("checkbox", name="The judge's marks")).not_to_be_checked()
    expect(again.locator("#samples .marks")).to_have_count(0)


def test_samples_pass_through_the_models_again_and_a_link_says_how_often(visit: Open) -> None:
    page = visit("?tab=sample")
    before = [source(page, f"#samples .{name} .sheet") for name in ("vae", "mmd")]
    passes = page.get_by_label("number input for Passes")
    act_until(lambda: passes.fill("2"), lambda: expect(page).to_have_url(re.compile("passes=2"), timeout=10_000))
    for name, picture in zip(("vae", "mmd"), before, strict=True):
        wait_for_change(page, f"#samples .{name} .sheet", picture)
    shown = source(page, "#samples .vae .sheet")
    again = visit(f"?{page.url.partition('?')[2]}")
    wait_for_picture(again, "#samples .vae .sheet", shown)


def test_both_grids_are_taken_away_in_one_file(visit: Open) -> None:
    page = visit()
    choose(page, "Sample")
    sides = [page.locator(f"#samples .{name} .sheet").get_attribute("width") for name in ("vae", "mmd")]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download both grids").click()
    assert download.value.suggested_filename == "vae-mmd-25-samples-seed-7.png"
    with Image.open(download.value.path()) as picture:
        assert picture.width == sum(map(int, sides)) + 16
        both = np.asarray(picture.convert("L"))[44:]  # below the models' names and their counts
    shown = [source(page, f"#samples .{name} .sheet") for name in ("vae", "mmd")]
    for place, sheet in zip((slice(None, both.shape[0]), slice(-both.shape[0], None)), shown, strict=True):
        with Image.open(io.BytesIO(base64.b64decode(sheet.partition(",")[2]))) as picture:
            assert np.array_equal(both[:, place], np.asarray(picture))


def test_a_sample_that_is_no_shape_opens_its_code_in_explore_beside_the_nearest_shapes(visit: Open) -> None:
    page = visit("?tab=sample&seed=9")
    bad = page.locator("#samples .vae .marks li:has(button)").first
    place = bad.evaluate("li => [...li.parentElement.children].indexOf(li)")
    bad.get_by_role("button").press("Enter")
    expect(page.get_by_role("tab", name="Explore")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#explorer [data-word=vae]")).to_have_text(re.compile("^no clear shape; nearest: "))
    expect(page.locator("#explorer .vae [data-role=distance]")).to_have_text(re.compile(r"is \d+\.\d sd away"))
    expect(page.locator("#explorer .vae [data-role=nearest]")).to_have_attribute("src", re.compile("^data:image/png"))
    model = untrained()["vae"]
    code = sample_code(model, latent_map(model), sample_settings(25, 9), place)
    page.wait_for_url(re.compile("code=vae%3A" + "%2C".join(f"{round(value, 3):g}" for value in code)))


def test_a_map_says_how_well_it_separates_and_shows_what_is_drawn_there(visit: Open) -> None:
    page = visit("?tab=explore")
    note = page.locator("#explorer .mmd [data-role=map-note]")
    pair = latent_map(untrained()["mmd"]).best_pair
    words = f"Across dimension {pair[0] + 1}, up dimension {pair[1] + 1}, of 4 in use: .* in all dimensions .* by chance 33 %"
    expect(note).to_have_text(re.compile(words))
    drawn = "document.querySelector('#explorer .mmd .map').toDataURL()"
    page.wait_for_timeout(1000)  # for the pictures behind the points
    before = page.evaluate(drawn)
    page.get_by_label(re.compile("^Adjusted VAE, dimension")).nth(({0, 1, 2, 3} - set(pair)).pop()).press("End")
    page.wait_for_function(
        f"before => {drawn} !== before", arg=before
    )  # the code does not move on the map, what is behind it does
    page.get_by_label("Map across").select_option(f"dimension {pair[1] + 1}")
    expect(note).to_have_text(f"Across dimension {pair[1] + 1}, up dimension {pair[1] + 1}, of 4 in use.")


@pytest.mark.parametrize("tab", ["sample", "about"])
def test_a_word_says_what_it_means_when_it_is_tapped(visit: Open, tab: str) -> None:
    page = visit(f"?tab={tab}", width=375, has_touch=True, is_mobile=True)
    meaning = page.get_by_text("the Gaussian that codes are held to").locator("visible=true")
    expect(meaning).to_have_count(0)
    page.get_by_role("tabpanel").get_by_role("button", name="prior", exact=True).first.tap()
    expect(meaning).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(meaning).to_have_count(0)


def test_the_quiz_answers(visit: Open) -> None:
    page = visit()
    choose(page, "Sample")
    page.get_by_role("button", name="Real", exact=True).click()
    expect(page.get_by_text(re.compile(r"that was .* You are right on"))).to_be_visible()


def test_sliders_and_maps_move_both_models(visit: Open) -> None:
    page = visit()
    choose(page, "Explore")
    decoded = [f"#explorer .{name} [data-role=decoded]" for name in ("vae", "mmd")]
    before = [source(page, selector) for selector in decoded]
    page.get_by_label(re.compile("^VAE, dimension 1")).press("End")
    for selector, picture in zip(decoded, before, strict=True):
        wait_for_change(page, selector, picture)
    before = [source(page, selector) for selector in decoded]
    page.locator("#explorer .mmd .map").click(position={"x": 20, "y": 30})
    for selector, picture in zip(decoded, before, strict=True):
        wait_for_change(page, selector, picture)
    page.wait_for_url(re.compile("code=vae"))


def test_a_walk_between_shapes_changes_with_its_end(visit: Open) -> None:
    page = visit()
    choose(page, "Explore")
    before = source(page, "#film .vae .strip")
    page.get_by_role("button", name="Rectangle").nth(1).click()
    wait_for_change(page, "#film .vae .strip", before)
    page.wait_for_url(re.compile("a=triangle-21&b=rectangle-23"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the film").click()
    assert download.value.suggested_filename == "vae-mmd-walk.gif"
    with Image.open(download.value.path()) as picture:
        assert (picture.format, picture.size) == ("GIF", (1032, 560))


def test_information_is_told_for_both_models_with_the_scale_of_a_loss_and_answers(visit: Open) -> None:
    page = visit("?tab=information")
    expect(page.locator("#rates dt", has_text="Rate")).to_have_count(2)
    expect(page.locator("#rate-distortion circle")).to_have_count(2)
    page.get_by_role("button", name="What does the weight in your loss mean").click()
    says = page.locator("#scale-says")
    expect(says).to_contain_text("c = 0.2")
    weight = page.get_by_label("Its weight")
    act_until(lambda: weight.fill("5000"), lambda: expect(says).to_contain_text("c = 1e+03", timeout=10_000))
    expect(says).to_contain_text("posterior collapse")
    page.get_by_role("button", name="What people ask").click()
    expect(page.locator("#questions-information")).to_contain_text("a mean over n values for c = w · n/2")


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_tour_leads_through_the_tabs(visit: Open, by: str) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    take, following = (page.get_by_role("button", name=name) for name in ("Take the two-minute tour", re.compile("^Next$")))
    press = (lambda button: button.click()) if by == "mouse" else (lambda button: page.keyboard.press("Enter"))
    take.focus()
    press(take)
    steps, text = [tab for tab in TABS if tab != "about"], page.locator("#tour-text")
    for number, tab in enumerate(steps, 1):
        expect(page.get_by_role("status").filter(has_text=f"Step {number} of {len(steps)}")).to_be_visible()
        expect(page.get_by_role("tab", name=tab.title())).to_have_attribute("aria-selected", "true")
        expect(page.locator("[role=tabpanel]:visible .pointed, [role=tabpanel].pointed")).to_be_in_viewport()
        expect(following).to_be_focused()
        asked = text.inner_text()
        answer = page.locator("#tour button").nth(1)
        answer.focus()
        press(answer)
        expect(text).to_contain_text(asked.strip())
        expect(text).not_to_have_text(asked)
        expect(answer).to_have_count(1)  # Next, in its place
        following.focus()
        press(following)
    expect(text).to_have_text(re.compile(r"You predicted \d of \d right\..*Which is better\?"))
    share = page.locator("#tour").get_by_role("button", name="Share this view")
    expect(share).to_be_focused()
    press(share)
    expect(page.locator("#tour").get_by_role("button", name="Link copied")).to_be_visible()
    page.get_by_role("button", name="End the tour").click()
    expect(take).to_be_focused()
    expect(page.locator(".pointed")).to_have_count(0)


def test_a_shared_link_shows_the_same(visit: Open, address: str) -> None:
    page = visit()
    page.get_by_role("button", name="Rectangle").first.click()
    expect(page.locator("[data-word=input]")).to_have_text(re.compile("rectangle"))
    page.wait_for_url(re.compile("kind=rectangle"))
    choose(page, "Sample")
    page.get_by_role("button", name="Next seed").click()
    page.wait_for_url(re.compile("seed=8"))
    page.wait_for_function("document.querySelector('#samples .vae .sheet').alt.includes('seed 8')")
    shown = source(page, "#samples .vae .sheet"), source(page, "#rebuilt .input .shot")
    again = visit(page.url.removeprefix(address))
    expect(again.get_by_role("tab", name="Sample")).to_have_attribute("aria-selected", "true")
    wait_for_picture(again, "#samples .vae .sheet", shown[0])
    choose(again, "Reconstruct")
    wait_for_picture(again, "#rebuilt .input .shot", shown[1])


def test_a_shared_link_shows_the_same_samples_code_map_and_walk(visit: Open) -> None:
    page = visit("?tab=sample&count=9&spread=0.5")
    expect(page.get_by_alt_text("9 random pictures by the VAE, seed 7, spread 0.5")).to_be_visible()
    page = visit("?tab=sample&count=9&spread=0.5&seed=12")
    page.get_by_alt_text("9 random pictures by the VAE, seed 12, spread 0.5").wait_for()
    choose(page, "Explore")
    before = source(page, "#film .vae .strip")
    page.get_by_role("group", name="Shape B").get_by_role("button", name="My drawing").click()
    wait_for_change(page, "#film .vae .strip", before)
    before = source(page, "#film .vae .strip")
    page.get_by_role("radio", name="spherical").check()
    wait_for_change(page, "#film .vae .strip", before)
    page.get_by_label("Map across").select_option("dimension 3")
    decoded = source(page, "#explorer .vae [data-role=decoded]")
    page.locator("#explorer .mmd .map").click(position={"x": 30, "y": 70})
    wait_for_change(page, "#explorer .vae [data-role=decoded]", decoded)
    page.wait_for_url(re.compile(r"path=spherical.*axes=dim2"))
    page.wait_for_timeout(500)  # for the code in the address
    again = visit(page.url[page.url.index("?") :])
    expect(again.get_by_label("Map across")).to_have_value("dim2")
    for shown in (
        "#explorer .vae [data-role=decoded]",
        "#explorer .mmd [data-role=decoded]",
        "#film .vae .strip",
        "#film .mmd .strip",
    ):
        wait_for_picture(again, shown, source(page, shown))
    expect(again.get_by_alt_text("Shape B")).to_have_attribute("src", str(page.get_by_alt_text("Shape B").get_attribute("src")))
    expect(again.get_by_role("radio", name="spherical")).to_be_checked()


def test_a_seed_that_is_retyped_is_no_mistake_and_a_wrong_one_gets_a_sentence(visit: Open) -> None:
    page = visit("?tab=sample")
    seed = page.get_by_role("spinbutton", name="Seed")
    drawn = expect(page.get_by_alt_text("25 random pictures by the VAE, seed 12"))
    act_until(lambda: [seed.fill(text) for text in ("", "12")], lambda: drawn.to_be_visible(timeout=10_000))
    expect(page.get_by_text("The seed must be")).to_have_count(0)
    seed.fill("-1")
    expect(page.get_by_text("The seed must be a whole number from 0 to 2147483647.")).to_be_visible()


def test_back_turns_to_the_tab_before_and_the_link_can_be_shared(visit: Open, address: str) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    for tab in ("Sample", "Information"):
        choose(page, tab)
        page.wait_for_url(re.compile(f"tab={tab.lower()}"))
    page.get_by_role("button", name="Share this view").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url == f"{address}?tab=information"
    for tab in ("Sample", "Reconstruct"):
        page.go_back()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    page.go_forward()
    expect(page.get_by_role("tab", name="Sample")).to_have_attribute("aria-selected", "true")


def test_the_page_around_a_space_learns_the_query(chromium: Any, address: str) -> None:
    page = chromium.new_page()
    listening = "<script>said = []; onmessage = ({ data }) => { if (data.queryString) said.push(data.queryString); };</script>"
    around = f"{listening}<iframe width=1200 height=800 src='{address}?__sign=secret&seed=9'></iframe>"
    page.route("https://huggingface.co/**", lambda route: route.fulfill(body=around, content_type="text/html"))
    page.goto("https://huggingface.co/spaces/user/app")
    app = page.frame_locator("iframe")
    app.get_by_role("tab", name="Sample").click()
    app.get_by_alt_text("25 random pictures by the VAE, seed 9").wait_for()
    page.wait_for_function("said.length && said.at(-1).includes('tab=sample')")
    said = page.evaluate("said")
    assert "seed=9" in said[-1] and not any("secret" in query for query in said)
    page.close()


def test_whatever_the_tab_key_reaches_shows_that_it_has_the_focus(visit: Open) -> None:
    for tab, theme in (("Reconstruct", "light"), ("Sample", "dark"), ("Explore", "light")):
        page = visit(f"?tab={tab.lower()}", theme=theme)
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        reached = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            name, outline = page.evaluate(FOCUSED)
            if name is None:
                break
            assert outline == "solid 3px", (tab, name, outline)
            reached.add(name)
        assert len(reached) > 15, tab


def test_unused_dimensions_are_folded_away_and_the_maps_legend_has_its_colours(visit: Open) -> None:
    page = visit("?tab=explore")
    page.locator(".vae .kinds").wait_for()
    for name in ("vae", "mmd"):
        active = page.evaluate(f"document.querySelectorAll('#explorer .{name} > .dims li').length")
        unused = page.evaluate(f"document.querySelectorAll('#explorer .{name} .unused li').length")
        expect(page.locator(f"#explorer .{name} .unused summary")).to_have_count(int(unused > 0))
        assert active + unused == 4 and active == sum(latent_map(untrained()[name]).active)
    signs = [f"getComputedStyle(document.querySelector('.k{kind}'), '::first-letter').color" for kind in range(3)]
    colours = page.evaluate(f"[{','.join(signs)}]")
    displays = page.locator(".vae .kinds span").evaluate_all("spans => spans.map(span => getComputedStyle(span).display)")
    assert len(set(colours)) == 3 and displays == ["inline-block"] * 3  # an inline element has no first letter of its own


@pytest.mark.parametrize(("width", "theme"), [(375, "dark"), (768, "light"), (1920, "light")])
def test_no_tab_scrolls_sideways_and_every_picture_has_words(visit: Open, theme: str, width: int) -> None:
    page = visit(width=width, theme=theme)
    for tab in TABS:
        choose(page, tab.title())  # none is hidden in a menu
        page.get_by_role("tabpanel").locator("visible=true").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
        assert page.locator("img:not([alt]):visible, img[alt='']:visible").count() == 0, tab
