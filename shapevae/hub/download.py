"""Load a model from a folder or from the Hub: the cache first, else one commit, checked by sha256, within a deadline."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from shapevae import weights
from shapevae.errors import HubError, WeightsError
from shapevae.files import CONFIG, METRICS, MODEL
from shapevae.hub.client import COMMIT, RepoId, client, explain, has_token, parse_repo, within
from shapevae.model import Autoencoder

Result = TypeVar("Result")
MANIFEST = "config.json"  # of the whole repository: its models, and the sha256 of each file
FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """A folder with one model a folder, as they are at a commit. `not_asked` says why the Hub was not asked for a newer one."""

    folder: Path
    commit: str
    not_asked: str = ""

    def describe(self) -> str:
        """Such as "Hub, commit abc1234"."""
        return f"Hub, commit {self.commit[:7]}" + (f", kept from before, because {self.not_asked}" if self.not_asked else "")


def load_model(
    path: str | os.PathLike[str],
    name: str | None = None,
    *,
    revision: str | None = None,
    device: torch.device | str = "cpu",
    deadline: float = 60.0,
) -> Autoencoder:
    """The model in a folder, or in a repository on the Hub, in eval mode.

    `load_model("weights/vae")` and `load_model("weights", "vae")` read a folder. Where there is no such folder, or a revision
    is given, `load_model("user/name", "vae", revision="main")` reads the Hub: a branch, a tag or a commit; the cache first,
    files checked by sha256, `deadline` seconds at most.

    Raises WeightsError, naming the file, where a folder can't be read (`shapevae.weights.load_model` says when), HubError where
    the Hub can't give the model.
    """
    folder = Path(path)
    if name is None:
        if revision is not None:
            raise WeightsError("name the model as well: load_model('user/name', 'vae', revision=…)")
        return weights.load_model(folder, device=device)
    if revision is not None or (isinstance(path, str) and "/" in path and not folder.is_dir()):
        folder = fetch(parse_repo(str(path), revision), [name], deadline=deadline).folder
    return weights.load_model(folder / name, device=device)


def fetch(repo: RepoId, names: Sequence[str], *, deadline: float) -> Snapshot:
    """The models `names` of a repository: weights, configuration and figures of each, all of one commit, checked by sha256.

    A commit that is in the cache needs no network; a branch needs one HEAD request. Where the Hub can't be asked, what the
    cache holds of the revision is used. Raises HubError, within `deadline` seconds, where there is nothing to use.
    """
    late = f"{repo.name} did not arrive within {deadline:g} s"
    try:
        return within(deadline, lambda: download(repo, names, answer=min(10.0, 0.7 * deadline)), late)
    except Exception as error:
        failure = explain(error, repo.name)
    kept = None if failure.refused else cached(repo, names)
    if kept is None:
        raise HubError(failure.sentence)
    return Snapshot(kept.folder, kept.commit, failure.sentence)


def cached(repo: RepoId, names: Sequence[str]) -> Snapshot | None:
    """What the client's cache holds of the revision, if it is whole and right; no network."""
    load = client().try_to_load_from_cache
    found = [load(repo.name, file, revision=repo.revision) for file in files_of(names)]
    if not all(isinstance(file, str) for file in found):
        return None
    folder = Path(found[0]).parent
    return None if _wrong_file(folder, names) else Snapshot(folder, folder.name)


def download(repo: RepoId, names: Sequence[str], *, answer: float) -> Snapshot:
    """As `fetch`, with `answer` seconds for each request, no deadline, and the client's own errors.

    The token goes only where there is no answer without one: a wrong or stale one must not hinder reading what is public.
    """
    if COMMIT.fullmatch(repo.revision) and (kept := cached(repo, names)):
        return kept
    try:
        return _download(repo, names, answer, token=False)
    except Exception as error:
        if not explain(error, "").refused or not has_token():
            raise
        public_error = error
    try:
        return _download(repo, names, answer, token=True)
    except Exception as error:
        raise (public_error if explain(error, "").refused else error) from None


def files_of(names: Sequence[str]) -> list[str]:
    """Paths in a repository of what loading these models takes."""
    return [MANIFEST, *(f"{name}/{file}" for name in names for file in (CONFIG, MODEL, METRICS))]


def _download(repo: RepoId, names: Sequence[str], answer: float, token: bool) -> Snapshot:
    commit = _current_commit(repo, names, answer, token)
    if kept := cached(RepoId(repo.name, commit), names):
        return kept
    for force in (False, True):  # a file that was damaged, here or on its way, is asked for once more
        options = {"token": token, "etag_timeout": answer, "force_download": force}
        # The first file is asked for by the name of the branch, which the cache then knows.
        folder = _get(repo, MANIFEST, **options).parent
        for file in files_of(names)[1:]:
            _get(RepoId(repo.name, folder.name), file, **options)
        wrong = _wrong_file(folder, names)
        if not wrong:
            return Snapshot(folder, folder.name)
    raise HubError(f"{repo.name}: {wrong} is damaged: its sha256 is not the one that was published")


def _current_commit(repo: RepoId, names: Sequence[str], answer: float, token: bool) -> str:
    """One HEAD request that is not repeated, of a weights file: requests of the root's config.json count as downloads."""
    hub, file = client(), f"{names[0]}/{MODEL}"
    url = hub.hf_hub_url(repo.name, file, revision=repo.revision)
    head = _entry(repo, file, lambda: hub.get_hf_file_metadata(url, token=token, timeout=answer))
    if head.commit_hash is None or not COMMIT.fullmatch(head.commit_hash):
        raise HubError(f"what answers for {repo.name} is not a Hub")
    if head.size is not None and head.size > weights.MAX_BYTES:
        limit = weights.MAX_BYTES // 2**20
        raise HubError(f"{repo.name}: {file} is larger than {limit} MiB, so not a model of this package")
    return head.commit_hash


def _get(repo: RepoId, file: str, **options: Any) -> Path:
    hub = client()
    return Path(_entry(repo, file, lambda: hub.hf_hub_download(repo.name, file, revision=repo.revision, **options)))


def _entry(repo: RepoId, file: str, call: Callable[[], Result]) -> Result:
    """The result of `call`, which asks for `file`. Raises HubError where the repository has no such file."""
    try:
        return call()
    except client().errors.RemoteEntryNotFoundError:
        raise HubError(f"{repo.name} has no {file}, so no such model of this package") from None


def _wrong_file(folder: Path, names: Sequence[str]) -> str | None:
    """The first file that is not the one whose sha256 was published with it; MANIFEST where that is not one of ours."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        digests = dict(manifest["sha256"])
        if manifest["format"] != FORMAT:
            return MANIFEST
    except (OSError, ValueError, KeyError, TypeError):
        return MANIFEST
    return next((file for file in files_of(names)[1:] if digests.get(file) != _sha256(folder / file)), None)


def _sha256(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None
