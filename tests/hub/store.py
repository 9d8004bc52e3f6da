"""The repositories of the test Hub: commits in memory, large files by their sha256, Xet files in a folder of its own."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RECORD = 48  # bytes of a record in a Xet shard


@dataclass(frozen=True)
class File:
    """A file of a commit. `content` is None where only the Xet store has the bytes."""

    content: bytes | None
    size: int
    sha256: str
    large: bool = False

    @property
    def oid(self) -> str:
        """Git's digest: of the content, or of the pointer that stands for a large file."""
        content = f"version 1\noid sha256:{self.sha256}\nsize {self.size}\n".encode() if self.large else self.content or b""
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    @classmethod
    def of(cls, content: bytes) -> "File":
        return cls(content, len(content), hashlib.sha256(content).hexdigest())


@dataclass
class Repo:
    """A repository: branches, and the files of each commit."""

    kind: str
    name: str
    private: bool = False
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Mapping[str, File]] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    hardware: str | None = None
    sent: set[str] = field(default_factory=set)  # paths of the files in the last commit that a client made

    def __post_init__(self) -> None:
        self.add("main", {".gitattributes": File.of(b"*.safetensors filter=lfs\n")}, "initial commit")

    def add(self, branch: str, files: Mapping[str, File], message: str) -> str:
        """A new commit on a branch; returns its id."""
        seed = f"{self.kind}{self.name}{branch}{message}{len(self.commits)}{sorted((p, f.oid) for p, f in files.items())}"
        commit = hashlib.sha1(seed.encode()).hexdigest()
        self.commits[commit] = dict(files)
        self.branches[branch] = commit
        self.history.append(message)
        return commit

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch or a commit id stands for."""
        return self.branches.get(revision) or (revision if revision in self.commits else None)

    def text(self, path: str, branch: str = "main") -> str:
        return (self.commits[self.branches[branch]][path].content or b"").decode()

    def info(self, commit: str) -> dict[str, Any]:
        siblings = []
        for path, file in sorted(self.commits[commit].items()):
            lfs = {"lfs": {"sha256": file.sha256, "size": file.size, "pointerSize": 130}} if file.large else {}
            siblings.append({"rfilename": path, "size": file.size, "blobId": file.oid, **lfs})
        return {"id": self.name, "sha": commit, "private": self.private, "tags": [], "siblings": siblings}

    def apply(self, branch: str, lines: list[dict[str, Any]], stored: Mapping[str, bytes]) -> str:
        """A commit from the client's lines: additions, pointers to large files, deletions."""
        files = dict(self.commits[self.branches[branch]])
        message = ""
        self.sent = {line["value"]["path"] for line in lines if line["key"] in ("file", "lfsFile")}
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                message = value["summary"]
            elif line["key"] == "file":
                files[value["path"]] = File.of(base64.b64decode(value["content"]))
            elif line["key"] == "lfsFile":
                files[value["path"]] = File(stored.get(value["oid"]), value["size"], value["oid"], large=True)
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        return self.add(branch, files, message)


def xet_hashes(folder: Path) -> dict[str, str]:
    """{sha256: Xet hash} of every file in a Xet store, read out of its shards.

    A shard holds a header record, then for each file: a record with the file's hash, flags and number of segments; a record
    for each segment; as many again with bit 31 set, for verification; and with bit 30 set one with the file's sha256.
    """
    found = {}
    for shard in folder.rglob("*.mdb"):
        data = shard.read_bytes()
        at = RECORD
        while at + RECORD <= len(data) and data[at : at + 32] != b"\xff" * 32:
            flags, count = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (32, 36))
            end = at + RECORD * (1 + count * (2 if flags >> 31 & 1 else 1))
            if flags >> 30 & 1:
                found[_hex(data[end : end + 32])] = _hex(data[at : at + 32])
                end += RECORD
            at = end
    return found


def _hex(digest: bytes) -> str:
    """Xet writes a hash as four little-endian words."""
    return "".join(f"{int.from_bytes(digest[i : i + 8], 'little'):016x}" for i in range(0, 32, 8))
