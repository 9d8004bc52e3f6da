"""Loading from the Hub: the right commit, few requests, nothing damaged, and no token where none is needed."""

import shutil
from pathlib import Path

import pytest
import torch

from demo.presets import load_presets, read_metrics
from shapevae import load_model
from shapevae.errors import ShapevaeError
from shapevae.model import Autoencoder
from tests.hub.conftest import NAMES, REPO, Client, Lines, push, source, write_model
from tests.hub.server import TestHub

EVERY_WAY = pytest.mark.parametrize("mode", ["regular", "lfs", "xet"])


def same(a: Autoencoder, b: Autoencoder) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


@EVERY_WAY
def test_a_pinned_commit_in_the_cache_needs_no_request(hub: TestHub, published: str, weights: Path) -> None:
    for name in NAMES:
        load_model(REPO, name, revision=published)
    before = len(hub.requests)
    assert same(load_model(REPO, "vae", revision=published), load_model(weights, "vae"))
    assert source(weights, f"{REPO}@{published}") == f"Hub, commit {published[:7]}"
    assert len(hub.requests) == before


@EVERY_WAY
def test_a_branch_that_moved_is_followed_by_one_question(hub: TestHub, published: str, weights: Path, tell: Lines) -> None:
    old = load_model(weights, "vae")
    assert same(load_model(REPO, "vae"), old)
    before = len(hub.requests)
    load_model(REPO, "vae")
    assert [request.method for request in hub.requests[before:]] == ["HEAD"]
    write_model(weights / "vae", "vae", seed=9)
    push(weights, tell)
    assert same(load_model(REPO, "vae"), load_model(weights, "vae"))
    assert same(load_model(REPO, "vae", revision=published), old)


def test_reading_what_is_public_sends_no_token_and_no_telemetry(hub: TestHub, published: str, client: Client) -> None:
    client.use_token("hf_stalestalestale")
    before = len(hub.requests)
    load_model(REPO, "vae")
    assert {request.token for request in hub.requests[before:]} == {None}
    assert not hub.count("GET", "agent-harnesses|telemetry") and not hub.count("HEAD", "telemetry")


@pytest.mark.parametrize(
    ("repo", "name", "revision", "sentence"),
    [
        (REPO, "beta", None, r"has no beta/model\.safetensors"),
        (REPO, "vae", "no-such-branch", "has no such revision"),
        (REPO, "vae", "0" * 40, "has no such revision"),
        ("user/nothing", "vae", None, "does not exist, or is private"),
        ("nothing", "vae", "main", "is not a repository"),
        (REPO, "vae", "../main", "is not a revision"),
        (REPO, None, "main", "name the model as well"),
    ],
)
def test_what_is_not_there_is_said(
    hub: TestHub, published: str, repo: str, name: str | None, revision: str | None, sentence: str
) -> None:
    with pytest.raises(ShapevaeError, match=sentence):
        load_model(repo, name, revision=revision)


def test_a_repository_of_others_is_refused(hub: TestHub, published: str, weights: Path) -> None:
    repo = hub.repo()
    files = repo.commits[published]
    repo.add("main", {path: file for path, file in files.items() if path != "config.json"}, "no manifest")
    with pytest.raises(ShapevaeError, match=r"has no config\.json, so no such model of this package"):
        load_model(REPO, "vae")
    repo.add("main", {**files, "config.json": files["vae/config.json"]}, "another config")
    with pytest.raises(ShapevaeError, match=r"config\.json is damaged"):
        load_model(REPO, "vae")


@EVERY_WAY
def test_a_damaged_cache_is_repaired(hub: TestHub, published: str, weights: Path, client: Client) -> None:
    load_model(REPO, "vae", revision=published)
    for file in client.folder.glob("cache/**/snapshots/*/vae/model.safetensors"):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    assert same(load_model(REPO, "vae", revision=published), load_model(weights, "vae"))


def test_bytes_damaged_in_the_xet_store_are_caught(hub: TestHub, published: str, weights: Path) -> None:
    for file in hub.xet.rglob("xorbs/*"):
        if file.is_dir():
            continue
        content = bytearray(file.read_bytes())
        for tenth in range(1, 10):
            content[len(content) * tenth // 10] ^= 1
        file.write_bytes(content)
    assert source(weights).startswith("bundled, because")


def test_the_hub_that_went_away_leaves_what_was_loaded_before(
    hub: TestHub, published: str, weights: Path, client: Client
) -> None:
    source(weights)
    hub.fault("HEAD", "", "status", status=503)
    kept = source(weights)
    assert kept.startswith(f"Hub, commit {published[:7]}, kept from before, because 127.0.0.1:") and "(503)" in kept
    shutil.rmtree(client.folder / "cache")
    hub.fault("HEAD", "", "status", status=503)
    assert source(weights).startswith("bundled, because")


def test_a_folder_comes_before_the_hub(hub: TestHub, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(weights.parent)
    Path("user").mkdir()
    shutil.copytree(weights, REPO)
    assert same(load_model(REPO, "vae"), load_model("weights/vae"))
    assert not hub.requests


def test_the_app_takes_models_and_figures_from_one_commit_and_says_so(hub: TestHub, published: str, weights: Path) -> None:
    models, info = load_presets(weights.parent / "nowhere", REPO, deadline=20)
    assert list(models) == [*NAMES] and all(same(models[name], load_model(weights, name)) for name in NAMES)
    assert info.notes == (f"Weights: Hub, commit {published[:7]}.",)
    assert info.metrics == read_metrics(weights)
