"""Read models from the Hub: cache, one short question, download, sha256, all within a deadline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from shapevae.errors import HubError
from shapevae.files import CONFIG, METRICS, MODEL
from shapevae.hub.client import COMMIT, RepoId, client, has_token, in_time
from shapevae.hub.errors import explain
from shapevae.weights import MAX_BYTES

MANIFEST = "config.json"  # of the whole repository: the sha256 of each file in it
FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """A folder with one model a folder, as they are at a commit. `unasked` says why the Hub was not asked for a newer one."""

    folder: Path
    commit: str
    unasked: str = ""

    def describe(self) -> str:
        """Such as "Hub, commit abc1234"."""
        return f"Hub, commit {self.commit[:7]}" + (f", kept from before, because {self.unasked}" if self.unasked else "")


def fetch(repo: RepoId, names: Sequence[str], *, deadline: float) -> Snapshot:
    """The models `names` of a repository: weights, configuration and figures of each, all of one commit, checked by sha256.

    A commit that is in the cache needs no network; a branch needs one HEAD request. Where the Hub can't be asked, what the
    cache holds of the revision is used. Raises HubError, within `deadline` seconds, where there is nothing to use.
    """
    late = f"{repo.name} did not arrive within {deadline:g} s"
    try:
        return in_time(deadline, lambda: _fetch(repo, names, answer=min(10.0, 0.7 * deadline)), late)
    except Exception as error:
        trouble = explain(error, repo.name)
    kept = None if trouble.missing else cached(repo, names)
    if kept is None:
        raise HubError(trouble.sentence)
    return Snapshot(kept.folder, kept.commit, trouble.sentence)


def cached(repo: RepoId, names: Sequence[str]) -> Snapshot | None:
    """What the client's cache holds of the revision, if it is whole and right; no network."""
    load = client().try_to_load_from_cache
    found = [load(repo.name, file, revision=repo.revision) for file in _files(names)]
    if not all(isinstance(file, str) for file in found):
        return None
    folder = Path(found[0]).parent
    return None if _wrong_file(folder, names) else Snapshot(folder, folder.name)


def _fetch(repo: RepoId, names: Sequence[str], answer: float) -> Snapshot:
    if COMMIT.fullmatch(repo.revision) and (kept := cached(repo, names)):
        return kept
    try:
        return _download(repo, names, answer, token=False)  # a wrong or stale token must not hinder reading what is public
    except Exception as error:
        if explain(error, repo.name).status not in (401, 403, 404) or not has_token():
            raise
        public_error = error
    try:
        return _download(repo, names, answer, token=True)
    except Exception as error:
        raise (public_error if explain(error, repo.name).status in (401, 403, 404) else error) from None


def _download(repo: RepoId, names: Sequence[str], answer: float, token: bool) -> Snapshot:
    commit = _current_commit(repo, names, answer, token)
    if kept := cached(RepoId(repo.name, commit), names):
        return kept
    for force in (False, True):  # a file that was damaged, here or on its way, is asked for once more
        options = {"token": token, "etag_timeout": answer, "force_download": force, "tqdm_class": _NoBar}
        # The first file is asked for by the name of the branch, which the cache then knows.
        folder = _get(repo, MANIFEST, **options).parent
        for file in _files(names)[1:]:
            _get(RepoId(repo.name, folder.name), file, **options)
        wrong = _wrong_file(folder, names)
        if not wrong:
            return Snapshot(folder, folder.name)
    raise HubError(f"{repo.name}: {wrong} is damaged: its sha256 is not the one that was published")


def _current_commit(repo: RepoId, names: Sequence[str], answer: float, token: bool) -> str:
    """One HEAD request that is not repeated, of a weights file: requests of the root's config.json count as downloads."""
    hub = client()
    url = hub.hf_hub_url(repo.name, f"{names[0]}/{MODEL}", revision=repo.revision)
    try:
        head = hub.get_hf_file_metadata(url, token=token, timeout=answer)
    except hub.errors.RemoteEntryNotFoundError:
        raise HubError(f"{repo.name} has no model {names[0]!r}") from None
    if head.commit_hash is None or not COMMIT.fullmatch(head.commit_hash):
        raise HubError(f"what answers for {repo.name} is not a Hub")
    if head.size is not None and head.size > MAX_BYTES:
        raise HubError(
            f"{repo.name}: {names[0]}/{MODEL} is larger than {MAX_BYTES // 2**20} MiB, so not a model of this package"
        )
    return head.commit_hash


def _get(repo: RepoId, file: str, **options: Any) -> Path:
    try:
        return Path(client().hf_hub_download(repo.name, file, revision=repo.revision, **options))
    except client().errors.RemoteEntryNotFoundError:
        name = file.partition("/")[0]
        problem = f"no model {name!r}" if name != MANIFEST else f"no {MANIFEST} of this package at its root"
        raise HubError(f"{repo.name} has {problem}") from None


def _files(names: Sequence[str]) -> list[str]:
    return [MANIFEST, *(f"{name}/{file}" for name in names for file in (CONFIG, MODEL, METRICS))]


def _wrong_file(folder: Path, names: Sequence[str]) -> str | None:
    """The first file that is not the one whose sha256 was published with it."""
    digests = _published(folder)
    if not digests:
        return MANIFEST
    for file in _files(names)[1:]:
        if digests.get(file) != sha256(folder / file):
            return file
    return None


def _published(folder: Path) -> Mapping[str, str]:
    """{file: sha256} of the repository's config.json; empty where it is not one of ours."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        digests = manifest["sha256"] if manifest["format"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return digests if isinstance(digests, dict) else {}


def sha256(file: Path) -> str | None:
    """The file's sha256 in hexadecimal, or None where it can't be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


class _NoBar(tqdm):
    """A progress bar that shows nothing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "disable": True})
