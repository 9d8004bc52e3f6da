"""The static page: made by the project's own demo.site, written to a folder or pushed to a static Space."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from shapevae.errors import HubError
from shapevae.hub.client import Tell, client, parse_repo
from shapevae.publish.push import Pushed
from shapevae.publish.space import push_files, space_card, write_folder
from shapevae.publish.weights import README

OWNED = ("widgets/", "models/")  # what these folders of the Space hold, and is not pushed any more, is deleted
OF_GRADIO = ("sdk_version", "python_version", "app_file", "models", "preload_from_hub")  # keys of the app's front matter


def write_page(out: str | os.PathLike[str], *, root: str | os.PathLike[str] = ".", app: str | None = None, tell: Tell) -> None:
    """Write the page into a new or empty folder; `app` is the address of the full app, which it links to.

    Raises HubError where the folder is not empty, or `root` is not the project's.
    """
    _write(Path(out), page_files(Path(root), app), tell)


def push_page(
    repo: str,
    *,
    root: str | os.PathLike[str] = ".",
    app: str | None = None,
    dry_run: bool = False,
    out: str | os.PathLike[str] | None = None,
    tell: Tell,
) -> Pushed | None:
    """Push the page to the static Space `user/name` in one commit. Options and errors: as of push_space and write_page."""
    space, files = parse_repo(repo).name, page_files(Path(root), app)
    files[README] = _card(Path(root) / README).encode()
    if out is not None:
        _write(Path(out), files, tell)
    pushed = push_files(space, files, OWNED, "The page", dry_run, tell, space_sdk="static")
    if pushed:
        tell(f"is there: {client().constants.ENDPOINT}/spaces/{space}")
    return pushed


def _write(out: Path, files: Mapping[str, bytes], tell: Tell) -> None:
    write_folder(out, files, f"open it through any web server, such as `python -m http.server -d {out}`", tell)


def page_files(root: Path, app: str | None) -> dict[str, bytes]:
    """The page's files by path. The project in `root` makes them in a process of its own: this package does not import it."""
    if not (root / "demo" / "site" / "__main__.py").is_file():
        raise HubError(f"{root.resolve()} holds no app to make a page of: call this in the project's folder")
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "demo.site", folder, *([app] if app else [])]
        rest = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}  # no token
        run = subprocess.run(command, cwd=root, capture_output=True, text=True, env=rest)
        if run.returncode:
            raise HubError(f"the page can't be made: {(run.stderr.strip().splitlines() or ['no reason given'])[-1]}")
        found = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _card(readme: Path) -> str:
    """Our README's front matter as a static Space wants it, and one line."""
    card = space_card(readme)
    for key in OF_GRADIO:
        card.data.pop(key, None)
    card.data["sdk"] = "static"
    card.text = "\nTwo autoencoders on drawn shapes, side by side; all is computed in the browser.\n"
    return str(card)
