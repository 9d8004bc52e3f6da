"""app.py as a process of its own, as visitors meet it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]
_OURS = ("GRADIO_", "HF_", "SHAPEVAE_", "SPACE_")  # variables of whoever runs this that would change the app


@dataclass
class App:
    """A running app.py; temporary: the folder that holds all its temporary files; log: what it says on stderr."""

    process: subprocess.Popen[str]
    url: str
    temporary: Path
    log: Path

    def files(self) -> list[Path]:
        """What lies in the temporary folder."""
        return [path for path in self.temporary.rglob("*") if path.is_file()]


@contextmanager
def app_process(folder: Path, path: Path | None = None, **variables: str) -> Iterator[App]:
    """The app, started in the project; folder: for its temporary files and its log; path: an extra folder of modules."""
    temporary = folder / "temporary"
    temporary.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    modules = os.pathsep.join(str(part) for part in (path, ROOT) if part)
    env = {**clean, "PYTHONPATH": modules, "PYTHONUNBUFFERED": "1", "TMPDIR": str(temporary), **variables}
    log = folder / "errors.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            yield App(process, _address(process), temporary, log)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    """What the app prints when it is there; what it prints later is read and dropped, so that it never waits for us."""
    lines: Queue[str] = Queue()
    threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()], daemon=True).start()
    while True:
        line = lines.get(timeout=PATIENCE)
        if "http://127.0.0.1:" in line:
            return f"http://127.0.0.1:{line.rpartition(':')[2].strip()}/"
