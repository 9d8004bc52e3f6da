"""Temporary files and freed memory: a folder of the app's own, and one thread that keeps both small."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from shapevae.allocator import hand_back_freed_memory
from shapevae.errors import ShapevaeError
from shapevae.files import reason

FOLDER = "GRADIO_TEMP_DIR"  # where Gradio puts uploads and answers
KEPT = 3600  # seconds that a file is kept
BETWEEN, TURNS = 10, 60  # seconds between two turns, each of which hands memory back; every so many of them files are deleted


@contextmanager
def own_folder() -> Iterator[Path]:
    """Gradio's folder for this process alone: by default all its apps share one, and each serves the files of the others.

    Raises ShapevaeError where the folder that GRADIO_TEMP_DIR names, in which it lies, can't be made.
    """
    before = os.environ.get(FOLDER)
    if before:
        try:
            Path(before).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ShapevaeError(f"the folder that {FOLDER} names can't be made: {before}: {reason(error)}") from None
    with TemporaryDirectory(prefix="shapevae-", dir=before or None, ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            yield Path(folder)
        finally:
            os.environ.pop(FOLDER)
            if before is not None:
                os.environ[FOLDER] = before


def provide_home(folder: Path) -> None:
    """Make the folder the home of a user who has none: libraries that Gradio calls look for one, and fail without it."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(folder)


@contextmanager
def housekeeping(folder: Path, made: Collection[set[str]], between: float = BETWEEN) -> Iterator[None]:
    """While the block runs, a thread hands freed memory back and deletes old files. made: Gradio's sets of paths it made."""
    over = threading.Event()

    def repeat() -> None:
        for turn in count(1):
            if over.wait(between):
                break
            hand_back_freed_memory()
            if turn % TURNS == 0:
                sweep(folder, made)

    threading.Thread(target=repeat, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def sweep(folder: Path, made: Collection[set[str]] = (), kept: float = KEPT) -> None:
    """Delete what is older than `kept` seconds, and drop the paths of files that are gone from the sets in `made`.

    Gradio forgets uploads that broke off, leaves empty folders behind, and stops its own deleting for good, with an error,
    where a file comes while it looks.
    """
    limit = time.time() - kept
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in files:
            _remove_if_older(Path(parent, name), limit, os.unlink)
        for name in folders:
            _remove_if_older(Path(parent, name), limit, os.rmdir)
    for paths in made:
        paths.difference_update([path for path in tuple(paths) if not Path(path).exists()])


def _remove_if_older(path: Path, limit: float, remove: Callable[[Path], None]) -> None:
    with suppress(OSError):  # a folder that is not empty, or a file that somebody else removed
        if path.stat().st_mtime < limit:
            remove(path)
