"""Push the app to a Hugging Face Space in one commit, restart it, and wait until it runs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from shapevae.errors import HubError
from shapevae.hub.client import PATIENCE, Patience, client, parse_repo
from shapevae.publish.push import Held, Landed, Plan, Say, Target, land, sign_in
from shapevae.publish.space_files import collect_space, write_folder
from shapevae.publish.weights import show_files

_OWNED = ("shapevae/", "demo/", "weights/")  # what is there and not in the push any more goes
_WAITING = ("BUILDING", "RUNNING_BUILDING", "APP_STARTING", "RUNNING_APP_STARTING")


def push_space(
    repo: str,
    *,
    root: str | os.PathLike[str] = ".",
    hardware: str | None = None,
    dry_run: bool = False,
    out: str | os.PathLike[str] | None = None,
    say: Say,
    patience: Patience = PATIENCE,
    wait: float = 1200.0,
) -> Landed | None:
    """Push the app in the folder `root` to the Space `user/name` in one commit, restart it, and wait until it runs.

    `hardware` is a Hub flavour such as "zero-a10g". With `dry_run` nothing is sent and the result is None; `out` gets the
    folder that would be, which runs as it is. Raises HubError where the front matter is wrong, the Hub refuses, or the
    Space does not run after `wait` seconds.
    """
    where = parse_repo(repo)
    space = collect_space(Path(root), hardware)
    show_files(space.files, say)
    if out is not None:
        write_folder(Path(out), space.files)
        say(f"wrote {out}: run `python app.py` there")
    if dry_run:
        say(f"dry run: nothing was sent to {where.name}")
        return None
    sign_in(say, patience)
    options = {"space_sdk": "gradio", **({"space_hardware": hardware} if hardware else {})}
    target = Target(where.name, "space", say, patience, create=options)
    landed = land(target, lambda held: Plan(space.files, _obsolete(held, space.files)), "The app")
    start(target, space.weights, hardware)
    wait_until_running(target, landed.commit, wait)
    say(f"runs: {client().constants.ENDPOINT}/spaces/{where.name}")
    return landed


def start(target: Target, weights: str | None, hardware: str | None) -> None:
    """Tell the Space where its weights are and what to run on, and restart it."""
    api = client().HfApi(token=True)
    if weights:
        target.patiently(lambda: api.add_space_variable(target.repo, "SHAPEVAE_REPO", weights))
    if hardware and not target.created:
        target.patiently(lambda: api.request_space_hardware(target.repo, hardware))
    target.patiently(lambda: api.restart_space(target.repo))


def wait_until_running(target: Target, commit: str, seconds: float) -> None:
    """Raises HubError where the Space stops on the way or is not done after `seconds`, with the reason the Hub gives."""
    api = client().HfApi(token=True)
    end, stage = time.monotonic() + seconds, ""
    while True:
        runtime = target.patiently(lambda: api.get_space_runtime(target.repo))
        if runtime.stage != stage:
            stage = str(getattr(runtime.stage, "value", runtime.stage))
            target.say(f"the Space is {stage}")
        current = runtime.raw.get("sha") in (None, commit)  # else what runs is the app before this push
        if stage == "RUNNING" and current:
            return
        if stage not in _WAITING and current:
            reason = " ".join(str(runtime.raw.get("errorMessage") or "its page shows the log").split())
            raise HubError(f"the files are there, but the Space does not run, it is {stage}: {reason}")
        if time.monotonic() > end:
            raise HubError(f"the files are there, but the Space is still {stage} after {seconds:g} s: look at its page")
        time.sleep(min(2.0, max(0.0, end - time.monotonic())))


def _obsolete(held: Held, files: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset(path for path in held.digests if path.startswith(_OWNED) and path not in files)
