"""Pushing weights: one commit, nothing twice, nothing private, a card that keeps what a person wrote."""

import json
from pathlib import Path

import pytest
import torch

from shapevae.errors import HubError
from shapevae.publish.push import Landed
from shapevae.publish.weights import push_weights
from shapevae.weights import load_model
from tests.hub.conftest import NAMES, QUICK, REPO, Client, Talk, write_model
from tests.hub.server import READ, TestHub
from tests.hub.store import File

FILES = ("config.json", "metrics.json", "model.safetensors", "samples.png")
EVERY_WAY = pytest.mark.parametrize("mode", ["regular", "lfs", "xet"])


def again(weights: Path, say: Talk, **options: object) -> Landed:
    landed = push_weights(REPO, weights=weights, say=say, patience=QUICK, **options)  # type: ignore[arg-type]
    assert landed
    return landed


@EVERY_WAY
def test_a_push_makes_the_repository_with_one_commit(hub: TestHub, pushed: Landed, weights: Path, say: Talk) -> None:
    repo = hub.repo()
    files = repo.commits[repo.branches["main"]]
    ours = {f"{name}/{file}" for name in NAMES for file in FILES}
    assert set(files) == ours | {"README.md", "config.json", ".gitattributes"}
    assert repo.history == ["initial commit", "Weights of vae, mmd"] and pushed.commit == repo.branches["main"]
    assert say[-1] == f"pushed: {hub.url}/{REPO}/commit/{pushed.commit}"
    assert files["vae/model.safetensors"].large == (hub.mode != "regular")
    pins = json.loads((weights / "manifest.json").read_text())
    assert (pins["repo"], pins["commit"]) == (REPO, pushed.commit)
    assert pins["sha256"] == {path: file.sha256 for path, file in files.items() if path in ours | {"config.json"}}


@EVERY_WAY
def test_what_was_pushed_loads_the_same(hub: TestHub, pushed: Landed, weights: Path, client: Client) -> None:
    for name in NAMES:
        ours, theirs = load_model(weights, name), load_model(REPO, name, revision=pushed.commit)
        assert ours.config == theirs.config and not theirs.training
        assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


@EVERY_WAY
def test_nothing_changed_makes_no_commit_and_a_change_sends_only_itself(
    hub: TestHub, pushed: Landed, weights: Path, say: Talk
) -> None:
    same = again(weights, say)
    assert same.commit == pushed.commit and not same.changed and hub.count("POST", "/commit/") == 1
    assert say[-1].startswith("nothing changed, no commit made")
    write_model(weights / "mmd", "mmd", seed=7)
    changed = again(weights, say)
    assert changed.changed == ("config.json", "mmd/model.safetensors", "mmd/samples.png")
    assert hub.repo().history[1:] == ["Weights of vae, mmd"] * 2


def test_a_model_that_is_no_longer_there_goes(hub: TestHub, pushed: Landed, weights: Path, say: Talk) -> None:
    for file in (weights / "mmd").iterdir():
        file.unlink()
    hub.repo().add("main", {**hub.repo().commits[pushed.commit], "notes.md": File.of(b"mine")}, "a note")
    landed = again(weights, say)
    files = hub.repo().commits[landed.commit]
    assert not [path for path in files if path.startswith("mmd/")] and files["notes.md"].content == b"mine"


def test_a_branch_and_a_message(hub: TestHub, pushed: Landed, weights: Path, say: Talk) -> None:
    write_model(weights / "vae", "vae", seed=5)
    landed = again(weights, say, revision="next", message="Trained longer")
    assert hub.repo().branches == {"main": pushed.commit, "next": landed.commit}
    assert hub.repo().history[-1] == "Trained longer"


def test_a_private_repository_reads_with_the_token_only(hub: TestHub, weights: Path, say: Talk, client: Client) -> None:
    again(weights, say, private=True)
    assert hub.repo().private and load_model(REPO, "vae")
    client.use_cache("empty")
    client.use_token(None)
    with pytest.raises(RuntimeError, match="does not exist, or is private"):
        load_model(REPO, "vae")


def test_a_public_repository_does_not_silently_stay_public(hub: TestHub, pushed: Landed, weights: Path, say: Talk) -> None:
    with pytest.raises(HubError, match="is there already and is public"):
        again(weights, say, private=True)


def test_a_dry_run_asks_and_sends_nothing(hub: TestHub, weights: Path, say: Talk, client: Client) -> None:
    client.use_token(None)
    assert push_weights(REPO, weights=weights, dry_run=True, say=say) is None
    assert not hub.requests and not (weights / "manifest.json").exists()
    assert say[-1] == f"dry run: nothing was sent to {REPO}"
    assert {line.split()[-1] for line in say[:-1]} == {f"{n}/{f}" for n in NAMES for f in FILES} | {"README.md", "config.json"}


def test_text_that_a_person_wrote_stays_in_the_card(hub: TestHub, pushed: Landed, weights: Path, say: Talk) -> None:
    files = dict(hub.repo().commits[pushed.commit])
    card = (files["README.md"].content or b"").decode()
    edited = card.replace("license: mit\n", "license: mit\nextra: kept\n").replace(
        "<!-- shapevae: gen", "Mine.\n\n<!-- shapevae: gen"
    )
    hub.repo().add("main", {**files, "README.md": File.of(edited.encode())}, "by hand")
    assert again(weights, say).changed == ()
    (weights / "vae" / "metrics.json").write_text('{"sample_quality": 0.75}')
    landed = again(weights, say)
    now = (hub.repo().commits[landed.commit]["README.md"].content or b"").decode()
    assert "extra: kept\n" in now and "Mine.\n" in now and "75.0 %" in now


def test_a_push_that_someone_got_ahead_of_looks_again(hub: TestHub, pushed: Landed, weights: Path, say: Talk) -> None:
    write_model(weights / "vae", "vae", seed=5)
    hub.fault("POST", "/commit/", "status", status=412)
    assert "vae/model.safetensors" in again(weights, say).changed
    assert "changed by someone else" in say.text


def test_weights_are_checked_before_anything_is_asked(hub: TestHub, weights: Path, say: Talk) -> None:
    model = weights / "vae" / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(HubError, match="not a whole safetensors file"):
        again(weights, say)
    assert not hub.requests


@pytest.mark.parametrize("repo", ["shapes", "user/", "user/sha pes", "../x", "user/a/b", "http://x/y"])
def test_a_wrong_name_is_said_before_anything_is_asked(hub: TestHub, weights: Path, say: Talk, repo: str) -> None:
    with pytest.raises(HubError, match="is not a repository"):
        push_weights(repo, weights=weights, say=say)
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
    hub: TestHub, weights: Path, say: Talk, client: Client, token: str | None, sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    client.use_token(token)
    with pytest.raises(HubError, match=sentence) as caught:
        again(weights, say)
    assert not hub.repos
    out, err = capfd.readouterr()
    assert token is None or token not in str(caught.value) + say.text + out + err
