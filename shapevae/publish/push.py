"""Push a set of files to a Hub repository in one commit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from shapevae.errors import HubError
from shapevae.hub.client import RetryPolicy, Tell, client, has_token, retry, within

Result = TypeVar("Result")


@dataclass(frozen=True)
class RepoState:
    """What a branch holds: its newest commit and the paths of its files."""

    commit: str
    paths: frozenset[str]
    private: bool


@dataclass(frozen=True)
class Change:
    """What a branch shall hold: files by path, and paths that it shall hold no longer."""

    files: Mapping[str, bytes]
    deleted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pushed:
    """A push that is done: the commit, its page, and whether it was made now (it is not where all was there already)."""

    commit: str
    url: str
    is_new: bool


@dataclass(frozen=True)
class Target:
    """A branch of a repository to write to. kind: "model" or "space"; create: options for making the repository."""

    repo: str
    kind: str
    tell: Tell
    policy: RetryPolicy
    revision: str = "main"
    create: Mapping[str, Any] = field(default_factory=dict)

    def call(self, method: str, *args: Any, **options: Any) -> Any:
        """A method of the client on this repository, with the token that the client finds."""
        return getattr(client().HfApi(token=True), method)(self.repo, *args, repo_type=self.kind, **options)

    def retry(self, call: Callable[[], Result]) -> Result:
        return retry(call, self.repo, tell=self.tell, policy=self.policy)

    def state(self) -> RepoState:
        """One request, so one state."""
        info = self.call("repo_info", revision=self.revision, timeout=self.policy.answer)
        return RepoState(info.sha, frozenset(file.rfilename for file in info.siblings or []), info.private)

    def read(self, path: str, commit: str) -> bytes:
        """The content of a file, past every cache of the client's."""
        with tempfile.TemporaryDirectory() as folder:
            options = {"cache_dir": folder, "etag_timeout": self.policy.answer}
            return Path(self.call("hf_hub_download", path, revision=commit, **options)).read_bytes()

    def commit_url(self, commit: str) -> str:
        """The commit's page."""
        folder = "" if self.kind == "model" else f"{self.kind}s/"
        return f"{client().constants.ENDPOINT}/{folder}{self.repo}/commit/{commit}"


def sign_in(tell: Tell, policy: RetryPolicy) -> None:
    """Check the token before anything else. Raises HubError where there is none, or it is refused or may only read."""
    if not has_token():
        raise HubError("there is no usable token: run `hf auth login` once, or set HF_TOKEN")
    user = retry(lambda: client().HfApi(token=True).whoami(), "your account", tell=tell, policy=policy)
    if user.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise HubError("the token may only read: make one with the write role, then run `hf auth login` or set HF_TOKEN")
    tell(f"signed in as {user.get('name')}")


def push(
    target: Target, change: Callable[[RepoState], Change], message: str, check: Callable[[str], object] | None = None
) -> Pushed:
    """Make the repository if need be, commit what `change` asks for, all or nothing, and `check` the commit.

    A try that fails on the way looks again at what is there, so that a commit whose answer got lost is not repeated. Raises
    HubError, which says what the push left behind.
    """
    seen: list[RepoState] = []

    def attempt() -> str:
        seen.append(target.state())
        if target.create.get("private") and not seen[-1].private:
            raise HubError(f"{target.repo} is there already and is public: a push can make only a new repository private")
        return _commit(target, seen[-1], change(seen[-1]), message)

    try:
        target.retry(lambda: _prepare(target))
        commit = target.retry(attempt)
        if check is not None:
            target.retry(lambda: check(commit))
    except HubError as error:
        raise HubError(f"{error}; {_outcome(target, seen[0].commit if seen else None)}") from None
    return Pushed(commit, target.commit_url(commit), commit != seen[0].commit)


def _prepare(target: Target) -> None:
    """The repository and the branch are there afterwards."""
    target.call("create_repo", exist_ok=True, **target.create)
    if target.revision != "main":
        target.call("create_branch", branch=target.revision, exist_ok=True)


def _commit(target: Target, state: RepoState, change: Change, message: str) -> str:
    """Commit on top of `state`; the client leaves out files that are there already, and makes no empty commit."""
    hub = client()
    operations = [hub.CommitOperationAdd(path, content) for path, content in sorted(change.files.items())]
    operations += [hub.CommitOperationDelete(path) for path in sorted(change.deleted & state.paths)]
    options = {"revision": target.revision, "parent_commit": state.commit, "num_threads": 2}
    return target.call("create_commit", operations, commit_message=message, **options).oid


def _outcome(target: Target, before: str | None) -> str:
    """What a push that failed left behind, in a phrase; `before` is the commit it began from, if it came so far."""
    if before is None:
        return "nothing was pushed"
    try:
        now = within(target.policy.answer, target.state, "too late").commit
    except Exception:
        return "whether a commit was made is not known: push again, which finds out"
    if now == before:
        return "nothing was pushed"
    return f"a commit was made, see {target.commit_url(now)}: push again to put it right"
