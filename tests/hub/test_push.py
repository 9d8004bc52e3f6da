"""Pushing weights: one commit, nothing twice, nothing private, a card that keeps what a person wrote."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from shapevae import load_model
from shapevae.errors import HubError
from shapevae.publish.card import BEGIN
from shapevae.publish.push import Pushed
from shapevae.publish.weights import push_weights
from tests.hub.conftest import NAMES, REPO, Client, Lines, push, write_model
from tests.hub.server import READ, TestHub
from tests.hub.store import File

FILES = ("config.json", "metrics.json", "model.safetensors", "samples.png")
EVERY_WAY = pytest.mark.parametrize("mode", ["regular", "lfs", "xet"])


@EVERY_WAY
def test_a_push_makes_the_repository_with_one_commit_that_loads_the_same(
    hub: TestHub, pushed: Pushed, weights: Path, tell: Lines
) -> None:
    repo = hub.repo()
    files = repo.commits[repo.branches["main"]]
    ours = {f"{name}/{file}" for name in NAMES for file in FILES}
    assert set(files) == ours | {"README.md", "config.json", ".gitattributes"}
    assert repo.history == ["initial commit", "Weights of vae, mmd"] and pushed.commit == repo.branches["main"]
    assert tell[-1] == f"pushed: {hub.url}/{REPO}/commit/{pushed.commit}"
    assert files["vae/model.safetensors"].large == (hub.mode != "regular")
    assert json.loads((weights / "manifest.json").read_text()) == {"repo": REPO, "commit": pushed.commit, "models": [*NAMES]}
    manifest = json.loads(repo.text("config.json"))
    assert manifest["models"] == [*NAMES] and manifest["sha256"] == {path: files[path].sha256 for path in ours}
    for name in NAMES:
        local, theirs = load_model(weights, name), load_model(REPO, name, revision=pushed.commit)
        assert local.config == theirs.config and not theirs.training
        assert all(torch.equal(a, b) for a, b in zip(local.parameters(), theirs.parameters(), strict=True))


@EVERY_WAY
def test_nothing_changed_makes_no_commit_and_a_change_sends_only_itself(
    hub: TestHub, pushed: Pushed, weights: Path, tell: Lines
) -> None:
    same = push(weights, tell)
    assert same.commit == pushed.commit and not same.is_new and hub.count("POST", "/commit/") == 1
    assert tell[-1].startswith("nothing changed, no commit made")
    write_model(weights / "mmd", "mmd", seed=7)
    assert push(weights, tell).is_new
    assert hub.repo().history[1:] == ["Weights of vae, mmd"] * 2
    assert hub.repo().sent == {"config.json", "mmd/model.safetensors", "mmd/samples.png"}


def test_a_model_that_is_no_longer_there_goes(hub: TestHub, pushed: Pushed, weights: Path, tell: Lines) -> None:
    for file in (weights / "mmd").iterdir():
        file.unlink()
    hub.repo().add("main", {**hub.repo().commits[pushed.commit], "notes.md": File.of(b"mine")}, "a note")
    files = hub.repo().commits[push(weights, tell).commit]
    assert not [path for path in files if path.startswith("mmd/")] and files["notes.md"].content == b"mine"


def test_weights_that_cannot_be_written_are_pushed_all_the_same(hub: TestHub, weights: Path, tell: Lines) -> None:
    (weights / "manifest.json").mkdir()
    pushed = push(weights, tell)
    assert tell[-2] == f"pushed: {pushed.url}" and pushed.commit == hub.repo().branches["main"]
    assert tell[-1].startswith(f"{weights / 'manifest.json'} can't be written (")


def test_a_branch_is_named_after_the_repository(hub: TestHub, pushed: Pushed, weights: Path, tell: Lines) -> None:
    write_model(weights / "vae", "vae", seed=5)
    newer = push_weights(f"{REPO}@next", weights=weights, tell=tell)
    assert newer and hub.repo().branches == {"main": pushed.commit, "next": newer.commit}


def test_a_private_repository_reads_with_the_token_only(hub: TestHub, weights: Path, tell: Lines, client: Client) -> None:
    push(weights, tell, private=True)
    assert hub.repo().private and load_model(REPO, "vae")
    client.use_cache("empty")
    client.use_token(None)
    with pytest.raises(HubError, match="does not exist, or is private"):
        load_model(REPO, "vae")


def test_a_public_repository_does_not_silently_stay_public(hub: TestHub, pushed: Pushed, weights: Path, tell: Lines) -> None:
    with pytest.raises(HubError, match="is there already and is public"):
        push(weights, tell, private=True)


def test_a_dry_run_asks_and_sends_nothing(hub: TestHub, weights: Path, tell: Lines, client: Client) -> None:
    client.use_token(None)
    assert push_weights(REPO, weights=weights, dry_run=True, tell=tell) is None
    assert not hub.requests and not (weights / "manifest.json").exists()
    assert tell[-1] == f"dry run: nothing was sent to {REPO}"
    assert {line.split()[-1] for line in tell[:-1]} == {f"{n}/{f}" for n in NAMES for f in FILES} | {"README.md", "config.json"}


def test_text_that_a_person_wrote_stays_in_the_card(hub: TestHub, pushed: Pushed, weights: Path, tell: Lines) -> None:
    files = dict(hub.repo().commits[pushed.commit])
    card = hub.repo().text("README.md")
    edited = card.replace("license: mit\n", "license: mit\nextra: kept\n").replace(BEGIN, f"Mine.\n\n{BEGIN}")
    hub.repo().add("main", {**files, "README.md": File.of(edited.encode())}, "by hand")
    assert not push(weights, tell).is_new
    (weights / "vae" / "metrics.json").write_text('{"sample_quality": 0.75}')
    assert push(weights, tell).is_new
    now = hub.repo().text("README.md")
    assert "extra: kept\n" in now and "Mine.\n" in now and "75.0 %" in now


def test_a_push_that_someone_got_ahead_of_writes_over_nothing(hub: TestHub, pushed: Pushed, weights: Path, tell: Lines) -> None:
    write_model(weights / "vae", "vae", seed=5)
    hub.fault("POST", "/commit/", "status", status=412)
    with pytest.raises(HubError, match=r"changed by someone else in the meantime \(412\); push again"):
        push(weights, tell)
    assert push(weights, tell).is_new and "vae/model.safetensors" in hub.repo().sent


def test_weights_are_checked_before_anything_is_asked(hub: TestHub, weights: Path, tell: Lines) -> None:
    model = weights / "vae" / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(HubError, match="not a whole safetensors file"):
        push(weights, tell)
    assert not hub.requests


@pytest.mark.parametrize("repo", ["shapes", "user/", "user/sha pes", "../x", "user/a/b", "http://x/y"])
def test_a_wrong_name_is_said_before_anything_is_asked(hub: TestHub, weights: Path, tell: Lines, repo: str) -> None:
    with pytest.raises(HubError, match="is not a repository"):
        push_weights(repo, weights=weights, tell=tell)
    assert not hub.requests


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (None, "there is no usable token"),
        ("hf_broken\x07token", "there is no usable token"),
        ("hf_stalestalestale", "refused the token"),
        (READ, "the token may only read"),
    ],
)
def test_the_token_is_checked_first_and_never_shown(
    hub: TestHub,
    weights: Path,
    tell: Lines,
    client: Client,
    token: str | None,
    sentence: str,
    heard: Callable[[], str],
) -> None:
    client.use_token(token)
    with pytest.raises(HubError, match=sentence) as caught:
        push(weights, tell)
    assert not hub.repos
    assert token is None or token not in str(caught.value) + heard()
