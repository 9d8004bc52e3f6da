"""Screenshots: `python -m tests.browser.screenshots docs` draws on the running app and saves what is shown, and the preview."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from demo.presets import load_presets
from demo.server.preview import PICTURE
from tests.browser.acts import CHROMIUM_FLAGS, CHROMIUM_NAMES, TRIANGLE, choose, draw
from tests.support.app_server import running

ROOT = Path(__file__).parent.parent.parent


def main(folder: Path) -> None:
    """Save reconstruct.png, sample.png, explore.png and information.png into `folder`, and what a link's preview shows."""
    folder.mkdir(parents=True, exist_ok=True)
    path = next(found for name in CHROMIUM_NAMES if (found := shutil.which(name)))
    with running(*load_presets(ROOT / "weights")) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(f"{url}?tab=reconstruct")
        page.locator("#pad canvas[data-ready]").wait_for()
        draw(page, TRIANGLE)
        expect(page.locator("[data-word=input]")).to_have_text(re.compile("triangle"))
        save(page, folder / "reconstruct.png")
        for tab in ("Sample", "Explore", "Information"):
            choose(page, tab)
            page.get_by_role("tabpanel").locator("visible=true").first.wait_for()
            page.wait_for_timeout(4000)  # for the pictures that the page asks for
            save(page, folder / f"{tab.lower()}.png")
        page.set_viewport_size({"width": 1200, "height": 630})
        page.goto(url)
        page.locator("#see .plane").first.wait_for()
        save(page, PICTURE)
        browser.close()


def save(page: Any, file: Path) -> None:
    """A picture of the page when it has come to rest."""
    page.mouse.move(0, 0)
    page.evaluate("() => document.fonts.ready")
    page.screenshot(path=file, animations="disabled")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
