"""What a person does on the page."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-features=LocalNetworkAccessChecks"),
]
TRIANGLE = [(0.5, 0.2), (0.8, 0.75), (0.2, 0.75), (0.5, 0.2)]
BOX = [(0.25, 0.3), (0.75, 0.3), (0.75, 0.7), (0.25, 0.7), (0.25, 0.3)]


def draw(page: Any, points: Sequence[tuple[float, float]], release: bool = True) -> None:
    """A stroke on the pad with the mouse; points in parts of the pad."""
    pad = page.locator("#pad canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    places = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=10)
    if release:
        page.mouse.up()


def touch_with(
    page: Any, selector: str, first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]] = ()
) -> None:
    """A finger goes from point to point, in parts of the element; another one, if any, after each of its steps."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        places = [
            {"x": box["x"] + u * box["width"], "y": box["y"] + v * box["height"], "id": i} for i, (u, v) in enumerate(points)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    send("touchStart", first[0])
    if second:
        send("touchStart", first[0], second[0])
    for at in first[1:]:
        send("touchMove", at, *second[:1])
        if second:
            send("touchMove", at, second[1])
    send("touchEnd")


def slide(page: Any, name: str, key: str, shows: str) -> None:
    """Move a slider with a key until it shows a value."""
    from playwright.sync_api import expect  # conftest.py says what is missing where there is no playwright

    slider = page.get_by_role("slider", name=name)
    act_until(lambda: slider.press(key), lambda: expect(slider).to_have_value(shows, timeout=10_000))


def act_until(act: Callable[[], object], holds: Callable[[], object]) -> None:
    """Act, up to three times, until an expectation holds, which has a timeout of its own."""
    # Gradio gives a component its first value once more while the panel around it, just opened, is still mounting.
    for _ in range(2):
        with contextlib.suppress(AssertionError):
            act()
            holds()
            return
    act()
    holds()


def source(page: Any, selector: str) -> str:
    """The picture an <img> shows, once it has one."""
    return str(page.locator(f"{selector}[src]").get_attribute("src"))


def pictures(page: Any) -> tuple[str, str]:
    """Both reconstructions as they are shown."""
    return source(page, "#rebuilt .vae .shot"), source(page, "#rebuilt .mmd .shot")


def wait_for_change(page: Any, selector: str, before: str) -> None:
    """Until the <img> shows another picture than `before`, the address of one."""
    _wait_for_difference(page, selector, before, lambda levels: levels > 1)


def wait_for_picture(page: Any, selector: str, like: str, levels: int = 1, seconds: int = 60) -> None:
    """Until the <img> shows the picture of the address `like`, up to so many of 255 levels: the page rounds differently."""
    _wait_for_difference(page, selector, like, lambda found: found <= levels, seconds)


def _wait_for_difference(page: Any, selector: str, address: str, enough: Callable[[int], bool], seconds: int = 60) -> None:
    """By pixels: server and page send the same picture as different files."""
    for _ in range(10 * seconds):  # not wait_for_function, which takes the promise itself for an answer
        if enough(found := page.evaluate(_LARGEST_DIFFERENCE, [selector, address])):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{selector} differs by {found} levels")


# The largest difference of two pictures in levels; 256 where their sizes differ, or there is none.
_LARGEST_DIFFERENCE = """async ([selector, address]) => {
  const pixels = async (source) => {
    const image = Object.assign(new Image(), { src: source });
    await image.decode();
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height).data;
  };
  const shown = document.querySelector(selector)?.getAttribute("src");
  if (!shown) return 256;
  const [a, b] = await Promise.all([shown, address].map(pixels));
  return a.length === b.length ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0) : 256;
}"""


def choose(page: Any, tab: str) -> None:
    """Click a tab."""
    page.get_by_role("tab", name=tab).click()
