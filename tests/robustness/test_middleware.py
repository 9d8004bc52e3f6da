"""What stands before Gradio: how much is read, under which names the app answers, and to whose pages."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.testclient import TestClient

from demo.server.middleware import API as PREFIX
from demo.server.middleware import LOCAL_NAMES, middleware
from tests.support.raw import API, Raw


def chunks(size: int) -> Iterator[bytes]:
    yield b'{"data": ["'
    for _ in range(size // 2**16):
        yield b"x" * 2**16


def test_bodies_without_end_are_refused(raw: Raw) -> None:
    assert raw.upload(bytes(11 * 2**20)).status_code == 413
    two = [("files", ("a.png", bytes(6 * 2**20))), ("files", ("b.png", bytes(6 * 2**20)))]
    assert raw.client.post(f"{API}upload", files=two).status_code == 413
    for route in ("call/sample", "queue/join", "cancel"):
        answer = raw.client.post(API + route, content=chunks(2**22), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413 and "too large" in answer.text
    form = {"data": "1", "component_id": "1", "fn_name": "rebuild", "session_hash": "a"}
    answer = raw.client.post(f"{API}component_server", data=form, files={"file": bytes(2**22)})
    assert answer.status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:7860", "[::2]", "10.0.0.1", ""])
def test_other_names_for_this_machine_are_refused(raw: Raw, host: str) -> None:
    for route in ("", "config", f"{API}info"):
        answer = raw.client.get(route, headers={"Host": host})
        assert answer.status_code in (400, 403) and "shapevae" not in answer.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "https://localhost.evil", "x"]
)
def test_pages_of_other_sites_are_refused(raw: Raw, origin: str) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
    assert raw.upload(b"x", headers={"Origin": origin}).status_code == 403
    for route in ("component_server", "call/sample", "queue/join"):
        assert raw.client.post(API + route, content=b"{}", headers=headers).status_code == 403
    assert raw.client.get("config", headers=headers).status_code == 403


def test_the_page_itself_is_let_in(raw: Raw, url: str) -> None:
    own = url.removeprefix("http://").rstrip("/")
    for name in (own, own.replace("127.0.0.1", "localhost")):
        assert raw.client.get("config", headers={"Host": name, "Origin": f"http://{name}"}).status_code == 200
    proxied = {"Origin": "https://hub.example", "Sec-Fetch-Site": "same-origin"}
    assert raw.client.get("config", headers=proxied).status_code == 200


def served_as(*names: str) -> TestClient:
    """A client of an app with our middleware alone, which it knows as https://user-shapevae.hf.space."""
    app = Starlette(routes=[Mount("/", PlainTextResponse("hello"))], middleware=middleware(names))
    return TestClient(app, base_url="https://user-shapevae.hf.space")


@pytest.mark.parametrize("route", ["deep_link", "proxy=https://a.example", "file=https://a.example/b.png", "vibe-code"])
def test_on_a_space_other_names_and_pages_are_let_in_and_no_other_route(route: str) -> None:
    """There the name is the Space's, and anybody's program may ask."""
    assert served_as("*").get("/", headers={"Origin": "https://a.example"}).status_code == 200
    assert served_as("*").get(f"{PREFIX}{route}").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("user-shapevae.hf.space", 200), ("*.hf.space", 200), ("hf.space", 400)])
def test_an_app_that_serves_others_answers_under_the_names_it_was_given(name: str, status: int) -> None:
    client = served_as(*LOCAL_NAMES, name)
    for origin in ({}, {"Origin": "https://user-shapevae.hf.space"}):
        assert client.get("/", headers=origin).status_code == status
    for origin in ("https://evil.example", "https://hf.space.evil.example", "null"):
        assert client.get("/", headers={"Origin": origin}).status_code in (400, 403)
