"""A real browser on the running app; anything wrong on the page fails the test that met it."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.acts import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tests.support.app_server import running
from tests.support.needs import missing

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if path is None:
        missing("no Chromium found: apt-get install -y chromium")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        missing("playwright is not installed: pip install -e '.[test]'")
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Open]:
    """visit(query, width=1280, theme="light") opens the page; its errors and its requests to other hosts fail the test."""
    wrong: list[str] = []
    contexts = []

    def note_request(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            wrong.append(f"request to {request.url}")

    def note_console(message: Any) -> None:
        if message.type == "error":
            wrong.append(f"console: {message.text}")

    def visit(
        query: str = "?tab=reconstruct",
        width: int = 1280,
        height: int = 900,
        theme: str = "light",
        ready: str = "#tabs [role=tab][aria-selected=true]",
        **options: Any,
    ) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
        page.on("console", note_console)
        page.on("request", note_request)
        page.set_default_timeout(60_000)  # a busy machine is slow, not wrong
        page.goto(address + query)
        if "tab=reconstruct" in query:
            page.locator("#pad canvas[data-ready]").wait_for()
        page.locator(ready).wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not wrong
