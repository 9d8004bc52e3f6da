"""Whatever the Hub does, the app starts in time, and a push says what it left behind."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import constants, utils

from shapevae.errors import HubError
from tests.hub.conftest import STEP, Client, Lines, push, source
from tests.hub.server import TestHub

DEADLINE, AMPLE = 1.0, 20.0  # seconds; the second where the fault shows at once
MARGIN = 10.0  # for a busy machine: without a deadline the client takes from 23 seconds to minutes
LATE = f"bundled, because .*(did not answer in time|did not arrive within {DEADLINE:g} s)"
ALWAYS = 99
MODEL = r"/resolve/.*model\.safetensors"
WITH_LFS = pytest.mark.parametrize("mode", ["lfs"])
HUB, BUNDLED = "Hub, commit", "bundled, because"


def first_page(weights: Path, deadline: float = DEADLINE) -> str:
    """The source of the models that an app starts with; it must not wait for longer than its deadline."""
    started = time.monotonic()
    said = source(weights, deadline=deadline)
    assert time.monotonic() - started < deadline + MARGIN
    return said


@WITH_LFS
@pytest.mark.parametrize(
    ("method", "kind", "options", "sentence"),
    [
        ("HEAD", "status", {"status": 401}, f"{BUNDLED} .* refused the token: .* \\(401\\)"),
        ("HEAD", "status", {"status": 402}, f"{BUNDLED} .* asks for a paid plan .* \\(402\\)"),
        ("HEAD", "status", {"status": 403}, f"{BUNDLED} .* \\(403\\)"),
        ("HEAD", "status", {"status": 404}, f"{BUNDLED} .* does not exist, or is private .* \\(404\\)"),
        ("HEAD", "status", {"status": 409}, f"{BUNDLED} .* \\(409\\)"),
        ("HEAD", "status", {"status": 429, "headers": {"Retry-After": "30"}}, f"{BUNDLED} .* slow down \\(429\\), for 30 s"),
        ("HEAD", "status", {"status": 503}, f"{BUNDLED} .* is out of order \\(503\\)"),
        ("GET", "status", {"status": 503}, f"{BUNDLED} .* is out of order \\(503\\)"),
        ("HEAD", "reset", {}, f"{BUNDLED} the connection to .* broke"),
        ("GET", "reset", {}, f"{BUNDLED} the connection to .* broke"),
        ("GET", "truncate", {}, LATE),
        ("GET", "corrupt", {}, f"{BUNDLED} .*vae/model.safetensors is damaged"),
        ("HEAD", "hang", {}, LATE),
        ("GET", "hang", {}, LATE),
    ],
)
def test_the_app_starts_on_its_own_weights(
    hub: TestHub, published: str, weights: Path, method: str, kind: str, options: dict[str, object], sentence: str
) -> None:
    hub.fault(method, MODEL, kind, ALWAYS, **options)
    hub.repo().private = True  # so that the token is sent
    slow = kind in ("hang", "truncate")
    assert re.match(sentence, first_page(weights, DEADLINE if slow else AMPLE))


@pytest.mark.parametrize("mode", ["regular", "lfs"])
@pytest.mark.parametrize(("kind", "times"), [("corrupt", 1), ("truncate", 1)])
def test_what_was_damaged_once_is_asked_for_again(hub: TestHub, published: str, weights: Path, kind: str, times: int) -> None:
    hub.fault("GET", r"vae/(model|config)\.", kind, times)
    assert first_page(weights, AMPLE).startswith(HUB)


@pytest.mark.parametrize(("kind", "options"), [("status", {"status": 403}), ("hang", {})])
def test_a_storage_that_fails_is_no_worse(
    hub: TestHub, published: str, weights: Path, client: Client, kind: str, options: dict[str, object]
) -> None:
    client.use_token(None)
    hub.fault("GET", "xet-read-token", kind, ALWAYS, **options)
    assert first_page(weights).startswith(BUNDLED)


@pytest.fixture
def silent_port() -> Iterator[str]:
    """A port whose queue of connections is full: what comes next is neither accepted nor refused."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(server.getsockname())
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    for one in [*waiting, server]:
        one.close()


def test_no_network_of_any_kind_holds_up_the_app_or_a_push(
    client: Client, weights: Path, tell: Lines, silent_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def no_name(host: object, *rest: Any, **more: Any) -> Any:
        if host == "hub.invalid":
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    for url, said in (
        ("http://127.0.0.1:1", "nothing answers at 127.0.0.1:1: the connection was refused"),
        ("http://hub.invalid", "the name hub.invalid does not resolve: is there a network?"),
        (silent_port, "did not answer in time"),
    ):
        client.point_at(url)
        shown = first_page(weights, DEADLINE if url == silent_port else AMPLE)
        assert re.match(LATE, shown) if url == silent_port else shown == f"{BUNDLED} {said}"
        with pytest.raises(HubError, match=re.escape(said)):
            push(weights, tell)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2))
    assert re.match(LATE, first_page(weights))


@pytest.mark.parametrize(
    "proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "ftp://user:pass@127.0.0.1:9", "http://[::bad"]
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    hub: TestHub, weights: Path, tell: Lines, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", proxy)
    huggingface_hub.close_session()
    with pytest.raises(HubError, match=r"^the proxy that ALL_PROXY names can't be used: correct it, or unset it$"):
        push(weights, tell)
    assert first_page(weights, AMPLE) == f"{BUNDLED} the proxy that ALL_PROXY names can't be used: correct it, or unset it"
    huggingface_hub.close_session()


def test_a_cache_that_cannot_be_written_is_named(hub: TestHub, published: str, weights: Path, client: Client) -> None:
    (client.folder / "file").write_text("")
    client.use_cache("file/cache")
    said = first_page(weights, AMPLE)
    assert said.startswith(f"{BUNDLED} {client.folder / 'file/cache'}") and "HF_HOME names the folder" in said


def test_calling_the_hub_leaves_its_client_as_it_was(hub: TestHub, weights: Path, tell: Lines) -> None:
    def settings() -> tuple[object, ...]:
        shown = not utils.are_progress_bars_disabled()
        session = huggingface_hub.get_session()
        return shown, utils.logging.get_verbosity(), constants.HF_HUB_DISABLE_TELEMETRY, session.timeout

    utils.logging.set_verbosity_debug()
    try:
        before = settings()
        assert before[0]
        push(weights, tell)
        assert first_page(weights, AMPLE).startswith(HUB)
        hub.fault("GET", "whoami", "status", ALWAYS, status=503)
        with pytest.raises(HubError):
            push(weights, tell)
        assert settings() == before
    finally:
        utils.logging.set_verbosity_warning()


@pytest.mark.parametrize(
    ("method", "pattern", "kind", "options", "sentence"),
    [
        ("POST", "repos/create", "status", {"status": 402}, r"asks for a paid plan.*\(402\)"),
        ("POST", "repos/create", "status", {"status": 403}, r"the write role there \(403\)"),
        ("POST", "preupload", "status", {"status": 403}, r"write role there \(403\); push again"),
        ("POST", "/commit/", "status", {"status": 409}, r"is busy with another change .*\(409\); push again"),
        ("POST", "/commit/", "status", {"status": 400}, r"finds fault with the files of .*\(400\).*; push again"),
        ("POST", "/commit/", "reset", {}, "the connection to .* broke; push again"),
        ("POST", "/commit/", "hang", {}, "did not answer in time; push again"),
        ("GET", "/api/models", "hang", {}, "did not answer in time"),
        ("GET", "whoami", "hang", {}, "did not answer in time"),
        ("GET", "whoami", "status", {"status": 503}, r"is out of order \(503\)"),
        ("GET", "whoami", "truncate", {}, "the connection to .* broke"),
        ("GET", "xet-write-token", "status", {"status": 403}, "push again"),
    ],
)
def test_a_push_that_fails_says_why_and_leaves_nothing(
    hub: TestHub, weights: Path, tell: Lines, method: str, pattern: str, kind: str, options: dict[str, object], sentence: str
) -> None:
    hub.fault(method, pattern, kind, ALWAYS, **options)
    started = time.monotonic()
    with pytest.raises(HubError, match=sentence) as caught:
        push(weights, tell)
    assert time.monotonic() - started < STEP + MARGIN and "\n" not in str(caught.value)
    assert not hub.repos or hub.repo().history == ["initial commit"]
    assert not (weights / "manifest.json").exists()


@WITH_LFS
def test_an_upload_that_breaks_in_the_middle_is_repeated(hub: TestHub, weights: Path, tell: Lines) -> None:
    hub.fault("PUT", "/store/", "reset")
    assert push(weights, tell) and hub.count("PUT", "/store/") == 5


@WITH_LFS
def test_an_upload_that_never_gets_through_leaves_no_commit(hub: TestHub, weights: Path, tell: Lines) -> None:
    hub.fault("PUT", "/store/", "status", ALWAYS, status=400)
    with pytest.raises(HubError, match="push again"):
        push(weights, tell)
    assert hub.repo().history == ["initial commit"]


def test_a_commit_whose_answer_got_lost_is_not_made_twice(hub: TestHub, weights: Path, tell: Lines) -> None:
    hub.fault("POST", "/commit/", "lost")
    with pytest.raises(HubError, match="push again"):
        push(weights, tell)
    assert not push(weights, tell).is_new and (weights / "manifest.json").exists()
    assert hub.repo().history == ["initial commit", "Weights of vae, mmd"]
