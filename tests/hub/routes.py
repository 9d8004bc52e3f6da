"""What the test Hub answers: the part of the Hub's interface that pushing and loading use."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from tests.hub.store import Repo, xet_hashes

if TYPE_CHECKING:
    from tests.hub.server import TestHub

USERS = {"hf_writewritewritewrite": "write", "hf_readreadreadreadread": "read"}
Answer = tuple[Any, ...]


class Refused(Exception):  # noqa: N818
    """An answer that is an error: status, the Hub's code for it, and its message."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(status, code, message)
        self.answer = (status, {"error": message or code}, {"X-Error-Code": code, "X-Error-Message": message or code})


def find(hub: TestHub, method: str, url: str, body: bytes, token: str | None) -> Answer:
    """The answer to a request."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    try:
        if token is not None and token not in USERS:
            raise Refused(401, "", "Invalid credentials in Authorization header")
        for verbs, pattern, answer in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method in verbs.split():
                return answer(hub, body=body, role=USERS.get(token or "", ""), query=parse_qs(parts.query), **match.groupdict())
    except Refused as refused:
        return refused.answer
    return (404, {"error": f"no route {method} {path}"})


def whoami(hub: TestHub, role: str, **_: Any) -> Answer:
    if not role:
        raise Refused(401, "", "Invalid username or password.")
    return (200, {"type": "user", "name": "user", "orgs": [], "auth": {"accessToken": {"role": role}}})


def create(hub: TestHub, body: bytes, role: str, **_: Any) -> Answer:
    asked = json.loads(body)
    kind, name = asked.get("type", "model"), f"{asked['organization']}/{asked['name']}"
    if role != "write" or asked["organization"] != "user":
        raise Refused(403, "", f"You don't have the rights to create a {kind} under this namespace")
    url = {"url": f"{hub.url}/{'' if kind == 'model' else kind + 's/'}{name}"}
    if (kind, name) in hub.repos:
        return (409, {**url, "error": "You already created this repo"})
    hub.repos[kind, name] = Repo(kind, name, asked.get("visibility") == "private", hardware=asked.get("hardware"))
    return (200, url)


def validate(hub: TestHub, body: bytes, **_: Any) -> Answer:
    """The Hub's rules for a Space's front matter, as far as a test breaks them."""
    asked = json.loads(body)
    front = yaml.safe_load(asked["content"].split("---\n")[1])
    rules = {
        '"sdk_version" must be a string': isinstance(front.get("sdk_version", ""), str),
        '"short_description" length must be less than or equal to 60': len(front.get("short_description", "")) <= 60,
    }
    errors = [{"message": rule} for rule, kept in rules.items() if not kept]
    return (400 if errors else 200, {"errors": errors, "warnings": []})


def readable(hub: TestHub, kind: str, name: str, role: str) -> Repo:
    repo = hub.repos.get((kind.removesuffix("s"), name))
    if repo is None or (repo.private and not role):
        raise Refused(401 if not role else 404, "RepoNotFound", "Repository not found")
    return repo


def writable(hub: TestHub, kind: str, name: str, role: str) -> Repo:
    repo = readable(hub, kind, name, role)
    if role != "write":
        raise Refused(403, "", "Your token has no write access")
    return repo


def at(repo: Repo, revision: str) -> str:
    commit = repo.resolve(revision)
    if commit is None:
        raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    return commit


def info(hub: TestHub, kind: str, name: str, role: str, revision: str = "main", **_: Any) -> Answer:
    repo = readable(hub, kind, name, role)
    return (200, repo.info(at(repo, revision)))


def branch(hub: TestHub, kind: str, name: str, branch: str, role: str, **_: Any) -> Answer:
    repo = writable(hub, kind, name, role)
    if branch in repo.branches:
        return (409, {"error": "Reference already exists"})
    repo.branches[branch] = repo.branches["main"]
    return (200, {})


def preupload(hub: TestHub, kind: str, name: str, revision: str, body: bytes, role: str, **_: Any) -> Answer:
    repo = writable(hub, kind, name, role)
    held = repo.commits[at(repo, revision)]
    answers = []
    for file in json.loads(body)["files"]:
        large = hub.mode != "regular" and file["path"].endswith((".safetensors", ".png"))
        old = held.get(file["path"])
        oid = None if old is None else old.sha256 if old.large else old.oid
        mode = "lfs" if large else "regular"
        answers.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return (200, {"files": answers})


def commit(hub: TestHub, kind: str, name: str, revision: str, body: bytes, role: str, **_: Any) -> Answer:
    repo = writable(hub, kind, name, role)
    lines = [json.loads(line) for line in body.splitlines() if line]
    parent = lines[0]["value"].get("parentCommit")
    if parent and parent != repo.branches.get(revision):
        raise Refused(412, "", "A commit has happened since. Please refresh and try again.")
    oid = repo.apply(revision, lines, hub.stored)
    return (200, {"success": True, "commitOid": oid, "commitUrl": f"{hub.url}/{name}/commit/{oid}"})


def xet_token(hub: TestHub, kind: str, name: str, access: str, role: str, **_: Any) -> Answer:
    (writable if access == "write" else readable)(hub, kind, name, role)
    hub.xet.mkdir(parents=True, exist_ok=True)
    values = {"casUrl": f"local://{hub.xet}", "exp": int(time.time()) + 3600, "accessToken": "x"}
    headers = ("X-Xet-Cas-Url", "X-Xet-Token-Expiration", "X-Xet-Access-Token")
    return (200, values, dict(zip(headers, map(str, values.values()), strict=True)))


def lfs_batch(hub: TestHub, body: bytes, name: str, role: str, **_: Any) -> Answer:
    writable(hub, "model", name, role)
    objects = []
    for item in json.loads(body)["objects"]:
        actions = {"upload": {"href": f"{hub.url}/store/{item['oid']}"}, "verify": {"href": f"{hub.url}/verify"}}
        objects.append({**item, **({} if item["oid"] in hub.stored else {"actions": actions})})
    return (200, {"transfer": "basic", "objects": objects})


def store(hub: TestHub, oid: str, body: bytes, **_: Any) -> Answer:
    """Takes what comes: whether it is right is the client's to find out."""
    hub.stored[oid] = body
    return (200, b"")


def resolve(hub: TestHub, name: str, revision: str, path: str, role: str, kind: str | None = None, **_: Any) -> Answer:
    repo = readable(hub, kind or "models", name, role)
    sha = at(repo, revision)
    file = repo.commits[sha].get(path)
    if file is None:
        status, body, headers = Refused(404, "EntryNotFound", f"Entry not found: {path}").answer
        return (status, body, {**headers, "X-Repo-Commit": sha})
    headers = {"X-Repo-Commit": sha, "ETag": f'"{file.oid}"'}
    if file.large:
        headers |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
        if hub.mode == "xet":
            route = f"{hub.url}/api/{kind or 'models'}/{name}/xet-read-token/{sha}"
            return (200, b"", {**headers, "X-Xet-Hash": xet_hashes(hub.xet)[file.sha256], "X-Xet-Refresh-Route": route})
    return (200, file.content or b"", headers)


def variable(hub: TestHub, name: str, body: bytes, role: str, **_: Any) -> Answer:
    asked = json.loads(body)
    variables = writable(hub, "space", name, role).variables
    variables[asked["key"]] = asked["value"]
    return (200, {key: {"value": value} for key, value in variables.items()})


def runtime(hub: TestHub, name: str, role: str, body: bytes = b"", **_: Any) -> Answer:
    repo = readable(hub, "space", name, role)
    stage = hub.stages.pop(0) if len(hub.stages) > 1 else hub.stages[0]
    hardware = {"current": repo.hardware, "requested": repo.hardware}
    answer = {"stage": stage, "hardware": hardware, "errorMessage": "ImportError: no module named demo", "sha": hub.running}
    return (200, answer)


def restart(hub: TestHub, name: str, role: str, **_: Any) -> Answer:
    writable(hub, "space", name, role)
    return (200, {"stage": "BUILDING", "hardware": {}})


_REPO = r"/api/(?P<kind>models|spaces)/(?P<name>[^/]+/[^/]+)"
_SPACE = r"/api/spaces/(?P<name>[^/]+/[^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/repos/create", create),
    ("POST", "/api/validate-yaml", validate),
    ("POST", f"{_SPACE}/variables", variable),
    ("GET", f"{_SPACE}/runtime", runtime),
    ("POST", f"{_SPACE}/(restart|hardware)", restart),
    ("GET", _REPO, info),
    ("GET", f"{_REPO}/revision/(?P<revision>.+)", info),
    ("POST", f"{_REPO}/branch/(?P<branch>.+)", branch),
    ("POST", f"{_REPO}/preupload/(?P<revision>.+)", preupload),
    ("POST", f"{_REPO}/commit/(?P<revision>.+)", commit),
    ("GET", f"{_REPO}/xet-(?P<access>write|read)-token/.+", xet_token),
    ("POST", r"/(?P<name>[^/]+/[^/]+)\.git/info/lfs/objects/batch", lfs_batch),
    ("PUT", "/store/(?P<oid>.+)", store),
    ("POST", "/verify", lambda hub, **_: (200, {})),
    ("HEAD GET", r"/(?:(?P<kind>spaces)/)?(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)", resolve),
]
