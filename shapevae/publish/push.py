"""Push a set of files to a Hub repository in one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapevae.errors import HubError
from shapevae.hub.client import ANSWER, Tell, ask, client, has_token


@dataclass(frozen=True)
class Pushed:
    """A push that is done: the commit, its page, and whether it was made now (it is not where all was there already)."""

    commit: str
    url: str
    is_new: bool


@dataclass(frozen=True)
class Branch:
    """A branch of a repository as it was found: its newest commit, and the paths of its files. kind: "model" or "space"."""

    repo: str
    kind: str
    name: str
    commit: str
    paths: frozenset[str]

    def read(self, path: str) -> str:
        """A file's text; empty where there is no such file."""
        if path not in self.paths:
            return ""
        file = ask(self.repo, "hf_hub_download", self.repo, path, repo_type=self.kind, revision=self.commit)
        return Path(file).read_text(encoding="utf-8", errors="replace")


def announce(repo: str, files: Mapping[str, bytes], dry_run: bool, tell: Tell) -> bool:
    """Tell what is to be sent, a line a file: sha256, size, path; then sign in. False on a dry run, which ends there.

    Raises HubError where there is no token, or it is refused or may only read.
    """
    for path, content in sorted(files.items()):
        tell(f"{hashlib.sha256(content).hexdigest()} {len(content):>10,}  {path}")
    if dry_run:
        tell(f"dry run: nothing was sent to {repo}")
        return False
    if not has_token():
        raise HubError("there is no usable token: run `hf auth login` once, or set HF_TOKEN")
    user = ask("your account", "whoami")
    if user.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise HubError("the token may only read: make one with the write role, then run `hf auth login` or set HF_TOKEN")
    tell(f"signed in as {user.get('name')}")
    return True


def open_branch(repo: str, kind: str, name: str = "main", *, private: bool = False, **create: Any) -> Branch:
    """A branch of `repo`, which are both made if need be. Raises HubError, also where it shall be private and is public."""
    ask(repo, "create_repo", repo, repo_type=kind, private=private or None, exist_ok=True, **create)
    if name != "main":
        ask(repo, "create_branch", repo, repo_type=kind, branch=name, exist_ok=True)
    info = ask(repo, "repo_info", repo, repo_type=kind, revision=name, timeout=ANSWER)
    if private and not info.private:
        raise HubError(f"{repo} is there already and is public: a push can make only a new repository private")
    return Branch(repo, kind, name, info.sha, frozenset(file.rfilename for file in info.siblings or []))


def push(branch: Branch, files: Mapping[str, bytes], earlier: Set[str], message: str) -> Pushed:
    """Commit `files` by path, all or nothing; paths of an `earlier` push that are not among them are deleted.

    The client leaves out files that are there already, and makes no empty commit. Raises HubError.
    """
    hub, gone = client(), earlier & branch.paths - files.keys()
    operations = [hub.CommitOperationAdd(path, content) for path, content in sorted(files.items())]
    operations += [hub.CommitOperationDelete(path) for path in sorted(gone)]
    options = {"repo_type": branch.kind, "revision": branch.name, "parent_commit": branch.commit, "num_threads": 2}
    try:
        commit = ask(branch.repo, "create_commit", branch.repo, operations, commit_message=message, **options).oid
    except HubError as error:
        raise HubError(f"{error}; push again: what is there already is not sent twice") from None
    folder = "" if branch.kind == "model" else f"{branch.kind}s/"
    url = f"{hub.constants.ENDPOINT}/{folder}{branch.repo}/commit/{commit}"
    return Pushed(commit, url, commit != branch.commit)
