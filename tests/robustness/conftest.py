"""The app with small models, running, and a line to it."""

from collections.abc import Iterator

import gradio as gr
import pytest

from tests.support.app_server import launched
from tests.support.raw import Raw


@pytest.fixture(scope="package")
def app() -> Iterator[gr.Blocks]:
    with launched() as demo:
        yield demo


@pytest.fixture(scope="package")
def url(app: gr.Blocks) -> str:
    return str(app.local_url)


@pytest.fixture(scope="package")
def raw(url: str) -> Raw:
    return Raw(url)
