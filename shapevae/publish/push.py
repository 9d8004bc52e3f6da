"""Bring a set of files to a Hub repository in one commit, and make sure that they are there."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapevae.errors import HubError
from shapevae.hub.client import Patience, client, has_token, in_time, patiently

Say = Callable[[str], None]


@dataclass(frozen=True)
class Held:
    """What a repository holds: its commit and, by path, the digest the Hub gives (sha256 of stored files, else git's)."""

    commit: str
    digests: Mapping[str, str]

    def lacks(self, path: str, content: bytes) -> bool:
        """Whether the file is absent or another one."""
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        return self.digests.get(path) not in (git, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class Plan:
    """What a repository shall hold: files by path, and the paths of ours that it shall hold no longer."""

    files: Mapping[str, bytes]
    obsolete: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Landed:
    """A push that is through: the commit, its page, and what it changed (nothing where all was there already)."""

    commit: str
    url: str
    changed: tuple[str, ...]
    deleted: tuple[str, ...]


@dataclass
class Target:
    """A repository to write to. `kind` is "model", "space" or "dataset"; `create` holds options for its creation."""

    repo: str
    kind: str
    say: Say
    patience: Patience
    revision: str = "main"
    create: Mapping[str, Any] = field(default_factory=dict)
    created: bool = False

    def call(self, method: str, *args: Any, **options: Any) -> Any:
        """A method of the client on this repository, with the token that the client finds."""
        return getattr(client().HfApi(token=True), method)(self.repo, *args, repo_type=self.kind, **options)

    def patiently(self, call: Callable[[], Any]) -> Any:
        return patiently(call, self.repo, say=self.say, patience=self.patience)


def sign_in(say: Say, patience: Patience) -> None:
    """Check the token before anything else. Raises HubError where there is none, or it is refused or may only read."""
    hub = client()
    hub.utils.disable_progress_bars()
    hub.utils.logging.set_verbosity_error()  # each failure is told once, by us
    if not patiently(has_token, "your account", say=say, patience=patience):
        raise HubError("there is no usable token: run `hf auth login` once, or set HF_TOKEN")
    user = patiently(lambda: hub.HfApi(token=True).whoami(), "your account", say=say, patience=patience)
    if user.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise HubError("the token may only read: make one with the write role, then run `hf auth login` or set HF_TOKEN")
    say(f"signed in as {user.get('name')}")


def land(target: Target, plan: Callable[[Held], Plan], message: str) -> Landed:
    """Create the repository if need be, and commit what `plan` finds wanting, all in one commit or not at all.

    A try that fails on the way looks again at what is there, so that a commit whose answer got lost is not repeated. Raises
    HubError, which says what the repository holds now.
    """
    before: list[Held] = []
    sent: list[Plan] = []

    def attempt() -> Held:
        held = look(target)
        before.append(held)
        wanted = plan(held)
        changes = missing(held, wanted)
        if changes.files or changes.obsolete:
            sent.append(changes)
            commit(target, held, changes, message)
            held = look(target)
        if left := missing(held, wanted).files:
            raise HubError(f"{target.repo} holds other bytes than were sent: {', '.join(sorted(left))}")
        return held

    try:
        target.patiently(lambda: prepare(target))
        held = target.patiently(attempt)
        changes = sent[-1] if sent else Plan({})
        read_back(target, held, changes.files)
    except HubError as error:
        raise HubError(f"{error}; {outcome(target, before[0].commit if before else None)}") from None
    return Landed(held.commit, commit_url(target, held.commit), tuple(sorted(changes.files)), tuple(sorted(changes.obsolete)))


def prepare(target: Target) -> None:
    """The repository and the branch are there afterwards."""
    errors = client().errors
    try:
        info = target.call("repo_info", revision=target.revision, timeout=target.patience.answer)
        if target.create.get("private") and info.private is False:
            raise HubError(f"{target.repo} is there already and is public: a push can make only a new repository private")
    except errors.RevisionNotFoundError:
        target.call("create_branch", branch=target.revision, exist_ok=True)
        target.say(f"made the branch {target.revision}")
    except errors.RepositoryNotFoundError:
        target.call("create_repo", exist_ok=True, **target.create)
        target.created = True
        target.say(f"made the {target.kind} {target.repo}")
        if target.revision != "main":
            target.call("create_branch", branch=target.revision, exist_ok=True)


def look(target: Target) -> Held:
    """What the branch holds now; one request, so one state."""
    info = target.call("repo_info", revision=target.revision, files_metadata=True, timeout=target.patience.answer)
    return Held(info.sha, {file.rfilename: file.lfs.sha256 if file.lfs else file.blob_id for file in info.siblings or []})


def missing(held: Held, wanted: Plan) -> Plan:
    """The part of `wanted` that is not there yet."""
    files = {path: content for path, content in wanted.files.items() if held.lacks(path, content)}
    return Plan(files, frozenset(wanted.obsolete & held.digests.keys()))


def commit(target: Target, held: Held, changes: Plan, message: str) -> None:
    """Send the changes as one commit on top of the one that was read."""
    hub = client()
    operations = [hub.CommitOperationAdd(path, content) for path, content in sorted(changes.files.items())]
    operations += [hub.CommitOperationDelete(path) for path in sorted(changes.obsolete)]
    target.say(f"sending {len(changes.files)} files, {sum(map(len, changes.files.values())):,} bytes")
    target.call(
        "create_commit", operations, commit_message=message, revision=target.revision, parent_commit=held.commit, num_threads=2
    )


def read_back(target: Target, held: Held, files: Mapping[str, bytes]) -> None:
    """Download what was sent and compare its sha256. Raises HubError for the first file that differs."""
    for path, content in sorted(files.items()):
        landed = target.patiently(functools.partial(read_file, target, path, held.commit))
        if hashlib.sha256(landed).digest() != hashlib.sha256(content).digest():
            raise HubError(f"{target.repo}: {path} came back with another sha256 than was sent")


def read_file(target: Target, path: str, revision: str) -> bytes:
    """A file's bytes at a revision, past every cache of the client's."""
    with tempfile.TemporaryDirectory() as folder:
        file = target.call("hf_hub_download", path, revision=revision, cache_dir=folder, etag_timeout=target.patience.answer)
        return Path(file).read_bytes()


def outcome(target: Target, before: str | None) -> str:
    """What a push that failed left behind, in a phrase; `before` is the commit it began from, if it came so far."""
    if before is None:
        return "the repository was made, but holds no files yet" if target.created else "nothing was pushed"
    try:
        now = in_time(target.patience.answer, lambda: look(target), "too late").commit
    except Exception:
        return "whether a commit landed is not known: push again, which finds out"
    if now != before:
        return f"a commit did land, see {commit_url(target, now)}: push again to put it right"
    return "the repository was made, but holds no files yet" if target.created else "nothing was pushed"


def commit_url(target: Target, commit: str) -> str:
    """The commit's page."""
    folder = "" if target.kind == "model" else f"{target.kind}s/"
    return f"{client().constants.ENDPOINT}/{folder}{target.repo}/commit/{commit}"
