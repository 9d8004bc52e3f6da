"""Raw requests to every route, the private ones too: no file, no address, no other site's page gets anywhere."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
import httpx
import pytest

from demo.server.middleware import API as PREFIX
from demo.server.middleware import USED
from tests.support.outlines import encoded, outline
from tests.support.raw import API, META, Raw, is_told
from tests.support.site import served

SECRET = "not-for-visitors-3141592653"
PARTS = ("../../../../etc/passwd", quote("/etc/passwd", safe=""), "..%2f..%2f..%2fapp.py", "%00", "x" * 3000)
PLACES = {
    "the machine's temporary folder": Path(tempfile.gettempdir()),
    "the folder that all apps of Gradio share": Path(tempfile.gettempdir(), "gradio"),
    "the project": Path(__file__).parent,
}


def all_routes(routes: list[Any]) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if hasattr(inner, "routes"):
            yield from all_routes(inner.routes)
        else:
            yield from ((method, route.path) for method in sorted(getattr(route, "methods", None) or ["GET"]))


@pytest.fixture(params=PLACES)
def secret(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file that is nobody's business."""
    folder = PLACES[request.param]
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    file = folder / "diary.png"
    file.write_bytes(encoded(outline(0)) + SECRET.encode())
    yield file
    file.unlink()
    if made:
        folder.rmdir()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """Another server on this machine, in any other host's place: a picture's address, and what was asked for."""
    asked: list[str] = []
    (tmp_path / "picture.png").write_bytes(encoded(outline(0)))
    with served(tmp_path, asked) as address:
        yield f"{address}picture.png", asked


def test_unused_routes_are_closed_and_no_other_gives_a_file_away(app: gr.Blocks, raw: Raw) -> None:
    seen = set(all_routes(app.app.routes))
    assert len(seen) > 60
    for method, path in sorted(seen):
        for part in PARTS if "{" in path else ("",):
            address = raw.exactly(path.split("{")[0] + part)
            with raw.client.stream(method, address, content=b"{}" if method == "POST" else None) as answer:
                assert answer.status_code < 500, (method, path)
                if path.startswith(PREFIX) and path.removeprefix(PREFIX).split("/")[0].split("=")[0] not in USED:
                    assert answer.status_code == 404, (method, path)
                if "text/event-stream" not in answer.headers.get("content-type", ""):
                    assert b"root:" not in answer.read() and b"own_folder" not in answer.content


def test_files_that_were_not_sent_are_not_read(raw: Raw, secret: Path) -> None:
    for path in (str(secret), f"../..{secret}", f"file://{secret}", secret.name, f"{Path.cwd()}/./../{secret}"):
        for route in (
            f"{PREFIX}file={path}",
            f"{PREFIX}file={quote(path, safe='')}",
            f"{PREFIX}file/{path}",
            f"/static/{path}",
        ):
            assert SECRET.encode() not in raw.client.get(raw.exactly(route)).content
        for more in ({}, {"url": path}, {"url": f"/{API}file={path}"}, {"is_stream": True}, {"size": 1}):
            event, answer = raw.call("reconstruct", [{"path": path, "meta": META, **more}])
            assert event == "error" and is_told(event, answer)


def test_private_events_read_no_file_either(raw: Raw, secret: Path) -> None:
    for event in raw.config["dependencies"]:
        data = [{"path": str(secret), "meta": META}] * len(event["inputs"])
        if event["inputs"] and event["backend_fn"]:
            told, answer = raw.join(event["id"], data, f"private{event['id']}")
            assert is_told(told, answer) and SECRET not in str(answer)


def test_uploads_are_not_listed(raw: Raw) -> None:
    path = Path(raw.upload(encoded(outline(0))).json()[0])
    assert raw.client.get(f"{API}file={path}").status_code == 200  # known to who sent it: the folder is the content's hash
    for folder in (path.parent, path.parent.parent):
        assert raw.client.get(f"{API}file={folder}").status_code == 403


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_nothing_is_fetched_by_its_address(raw: Raw, elsewhere: tuple[str, list[str]], name: str) -> None:
    address, asked = elsewhere[0].replace("127.0.0.1", name), elsewhere[1]
    assert httpx.get(address).status_code == 200 and asked.pop() == "/picture.png"
    for payload in ({"path": address}, {"path": address, "url": address}, {"path": "a.png", "url": address}):
        event, answer = raw.call("reconstruct", [{**payload, "meta": META}])
        assert event == "error" and is_told(event, answer)
    for route in (f"file={address}", f"file/{address}", f"proxy={address}", f"file={quote(address, safe='')}"):
        assert raw.client.get(API + route).status_code == 404
    assert not asked


@pytest.fixture
def looked_up(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The hosts that somebody in this process asks for; none is found."""
    hosts: list[object] = []

    def resolve(host: object, *_: object, **__: object) -> None:
        hosts.append(host)
        raise OSError("no network in this test")

    raw.config  # noqa: B018, the connection is made before the hook is there
    monkeypatch.setattr("socket.getaddrinfo", resolve)
    return hosts


def test_no_host_is_looked_up_for_a_visitor(raw: Raw, looked_up: list[object]) -> None:
    for host in ("foreign.example", "huggingface.co"):  # Gradio trusts the second
        event, answer = raw.call("reconstruct", [{"path": f"https://{host}/a.png", "meta": META}])
        assert event == "error" and "addresses are not fetched" in answer["error"]
        event, _ = raw.call("decode", ["vae", {"deep": [{"path": f"http://{host}/a.png", "meta": META}]}])
        assert event == "error"
        assert raw.client.get(f"{API}file=https://{host}/a.png").status_code == 404
    assert not looked_up


def test_only_an_app_that_serves_mcp_looks_up_what_it_is_told_to(
    app: gr.Blocks, raw: Raw, looked_up: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "mcp_server_obj", object())
    event, answer = raw.call("reconstruct", [{"path": "https://foreign.example/a.png", "meta": META}])
    assert event == "error" and is_told(event, answer) and looked_up == ["foreign.example"]
