"""The app's temporary files: a folder of its own, swept while it runs and gone when it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.server.upkeep import regularly

FOLDER = "GRADIO_TEMP_DIR"  # where Gradio puts uploads and answers
KEPT, BETWEEN = 3600, 600  # seconds that a file is kept, and between two looks at it


@contextmanager
def own_folder() -> Iterator[Path]:
    """Gradio's folder for this process alone: by default all its apps share one, and each serves the files of the others."""
    before = os.environ.get(FOLDER)
    with TemporaryDirectory(prefix="shapevae-", dir=before, ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            with regularly(BETWEEN, partial(sweep, Path(folder))):
                yield Path(folder)
        finally:
            if before is None:
                del os.environ[FOLDER]
            else:
                os.environ[FOLDER] = before


def sweep(folder: Path, kept: float = KEPT) -> None:
    """Delete what is older than `kept` seconds: Gradio forgets uploads that broke off, and leaves empty folders behind."""
    limit = time.time() - kept
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in files:
            _remove_if_older(Path(parent, name), limit, os.unlink)
        for name in folders:
            _remove_if_older(Path(parent, name), limit, os.rmdir)


def forget_deleted(sets: Iterable[set[str]]) -> None:
    """Drop the paths of files that are gone from Gradio's sets of those it made.

    Its own delete_cache would do that and the sweep's work, but ends for good with an error where a file comes while it looks.
    """
    for paths in sets:
        paths.difference_update([path for path in tuple(paths) if not Path(path).exists()])


def _remove_if_older(path: Path, limit: float, remove: Callable[[Path], None]) -> None:
    with suppress(OSError):  # a folder that is not empty, or a file that somebody else removed
        if path.stat().st_mtime < limit:
            remove(path)
