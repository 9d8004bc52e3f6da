"""Names of the files in a model's folder, and writing one whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

CONFIG, MODEL, METRICS = "config.json", "model.safetensors", "metrics.json"
LOG, EPOCHS = "metrics.jsonl", "epochs"
PARTIAL = ".partial"  # ending of a file that is being written


def write_whole(file: Path, content: bytes) -> None:
    """Write through a temporary file in the same folder, flushed and renamed: readers see the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=PARTIAL)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def as_json(values: object) -> bytes:
    """The content of a JSON file, indented."""
    return (json.dumps(values, indent=2) + "\n").encode()


def reason(error: OSError) -> str:
    """What the system says of a file that can't be used."""
    return error.strerror or str(error)
