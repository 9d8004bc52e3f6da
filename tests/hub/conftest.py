"""A Hub on loopback with the real client pointed at it, and a folder of two tiny models to push."""

import dataclasses
import json
import logging
import socket
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from huggingface_hub import constants, file_download
from huggingface_hub.utils import _http, _xet

from demo.presets import load_presets
from shapevae.config import PRESETS, ModelConfig
from shapevae.errors import HubError
from shapevae.hub import client as hub_client
from shapevae.model import Autoencoder
from shapevae.publish import push as publish
from shapevae.publish.push import Pushed
from shapevae.publish.weights import push_weights, read_weights
from shapevae.weights import save_model
from tests.hub.server import WRITE, TestHub
from tests.hub.store import File, Repo

REPO = "user/shapes"
NAMES = ("vae", "mmd")
ANSWER, STEP = 1.0, 20.0  # seconds: a push that does not take long to give up
TINY = ModelConfig(latent_dim=2, encoder_width=4, decoder_width=8, hidden=16)


# A call that a deadline left behind may outlive its test: it must not find the real Hub when the patches are gone.
constants.ENDPOINT = NOWHERE = "http://127.0.0.1:9"
constants.HUGGINGFACE_CO_URL_TEMPLATE = NOWHERE + "/{repo_id}/resolve/{revision}/{filename}"


class Client:
    """The real client, pointed at a server and given a token, a cache of its own and nothing else."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.patch, self.folder = patch, folder
        patch.setattr(constants, "HF_TOKEN_PATH", str(folder / "no-token"))
        patch.setattr(constants, "HF_XET_CACHE", str(folder / "xet-cache"))
        patch.setattr(_xet, "XET_CONNECTION_INFO_CACHE", {})
        patch.setattr(hub_client, "ANSWER", ANSWER)
        patch.setattr(publish, "ANSWER", ANSWER)
        patch.setattr(hub_client, "STEP", STEP)
        self.use_cache("cache")
        self.use_token(WRITE)

    def point_at(self, url: str) -> None:
        huggingface_hub.close_session()
        self.patch.setattr(constants, "ENDPOINT", url)
        self.patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")

    def use_cache(self, name: str) -> None:
        self.patch.setattr(constants, "HF_HUB_CACHE", str(self.folder / name))

    def use_token(self, token: str | None) -> None:
        self.patch.delenv("HF_TOKEN", raising=False)
        if token is not None:
            self.patch.setenv("HF_TOKEN", token)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[str, int]) -> None:
        assert address[0] == "127.0.0.1", f"a test reached for {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    return Client(monkeypatch, tmp_path)


@pytest.fixture
def mode() -> str:
    """How large files travel; tests of all three ways override it by a parameter."""
    return "xet"


class Lines(list[str]):
    """What a push told its user."""

    def __call__(self, line: str) -> None:
        self.append(line)

    @property
    def text(self) -> str:
        return "\n".join(self)


@pytest.fixture
def tell() -> Lines:
    return Lines()


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tell: Lines) -> Callable[[], str]:
    """Everything that was printed, said, or logged by any library at any level."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpx2", "httpcore", "httpcore2", "huggingface_hub", "filelock", "urllib3"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).propagate = True

    def everything() -> str:
        # By phase: after a test, caplog.records are those of its end alone.
        records = [record for phase in ("setup", "call", "teardown") for record in caplog.get_records(phase)]
        logged = [logging.Formatter().format(record) + repr(record.__dict__) for record in records]
        return "".join((*logged, *capfd.readouterr(), tell.text))

    return everything


@pytest.fixture
def hub(mode: str, client: Client, tmp_path: Path, heard: Callable[[], str]) -> Iterator[TestHub]:
    """Whatever was asked of it, the token is nowhere to be read afterwards."""
    client.patch.setattr(constants, "HF_HUB_DISABLE_XET", mode == "lfs")
    with TestHub(mode, tmp_path) as server:
        client.point_at(server.url)
        yield server
    end_late_calls(client.patch)
    assert WRITE not in heard() and not [request.path for request in server.requests if WRITE in request.path]
    committed = [file.content for repo in server.repos.values() for commit in repo.commits.values() for file in commit.values()]
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and not file.is_symlink()]
    assert not any(WRITE.encode() in (content or b"") for content in committed + written)


def end_late_calls(patch: pytest.MonkeyPatch) -> None:
    """Wait for calls that a deadline left behind: they share the client's connections with the next test."""
    hurried = types.SimpleNamespace(sleep=lambda seconds: None, time=time.time, monotonic=time.monotonic)
    for module in (_http, file_download):
        patch.setattr(module, "time", hurried)
    end = time.monotonic() + 5
    for thread in threading.enumerate():
        if thread.name == "hub":
            thread.join(max(0.0, end - time.monotonic()))
    huggingface_hub.close_session()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder as training leaves it, with things in it that nobody wants to publish."""
    for seed, name in enumerate(NAMES):
        write_model(tmp_path / "weights" / name, name, seed)
    for private in (".env", "vae/checkpoint.safetensors", "vae/.env", "vae/notes.txt", "vae/__pycache__/x.pyc", "runs/log.txt"):
        file = tmp_path / "weights" / private
        file.parent.mkdir(exist_ok=True)
        file.write_text("HF_TOKEN=hf_secret")
    return tmp_path / "weights"


def write_model(folder: Path, name: str, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    config = PRESETS[name].replace(model=TINY, **({} if name == "vae" else {"noise_variance": 0.5, "prior_variance": 5.0}))
    save_model(Autoencoder(config.model), config, folder)
    figures = {"images": 1000, "mse_per_pixel": 0.00123456, "sample_quality": 0.5, "rate_bits": None, "active_units": 2}
    intervals = {f"{key}_{end}": figures[key] for key in ("mse_per_pixel", "sample_quality") for end in ("low", "high")}
    (folder / "metrics.json").write_text(json.dumps({**figures, **intervals}))


def push(weights: Path, tell: Lines, **options: Any) -> Pushed:
    """Whose failures do not show the token."""
    try:
        pushed = push_weights(REPO, weights=weights, tell=tell, **options)
    except HubError as error:
        assert WRITE not in "".join(traceback.format_exception(error)) + "".join(map(repr, chain(error)))
        raise
    assert pushed
    return pushed


def chain(error: BaseException | None) -> list[BaseException]:
    """The error and all that it came from, also what `from None` hides."""
    return [error, *chain(error.__cause__), *chain(error.__context__)] if error else []


def source(weights: Path, repo: str = REPO, deadline: float = 20.0) -> str:
    """What an app says of the models it starts with."""
    (note,) = load_presets(weights, repo, deadline)[1].notes
    assert WRITE not in note
    return note.removeprefix("Weights: ").removesuffix(".")


@pytest.fixture
def pushed(hub: TestHub, weights: Path, tell: Lines) -> Pushed:
    return push(weights, tell)


@pytest.fixture
def published(mode: str, hub: TestHub, weights: Path, request: pytest.FixtureRequest) -> str:
    """The commit of a repository that a push made; put there directly where no Xet store is needed."""
    if mode == "xet":
        return request.getfixturevalue("pushed").commit
    _, contents = read_weights(weights)
    hub.repos["model", REPO] = repo = Repo("model", REPO)
    large = {path for path in contents if mode == "lfs" and path.endswith(".safetensors")}
    files = {path: dataclasses.replace(File.of(content), large=path in large) for path, content in contents.items()}
    return repo.add("main", files, "published")
