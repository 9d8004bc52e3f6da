"""The Hub client on a leash: no telemetry, and a deadline for every call."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from shapevae.errors import HubError
from shapevae.hub.errors import explain, hub_name

Result = TypeVar("Result")
COMMIT = re.compile(r"[0-9a-f]{40}")
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}")


@dataclass(frozen=True)
class Patience:
    """How long a push goes on: seconds for an answer and for a whole step, tries of a step, longest pause between them."""

    answer: float = 60.0
    step: float = 900.0
    tries: int = 4
    pause: float = 60.0


PATIENCE = Patience()


@dataclass(frozen=True)
class RepoId:
    """A repository on the Hub and a revision of it: a branch, a tag or a commit."""

    name: str
    revision: str = "main"


def parse_repo(text: str, revision: str | None = None) -> RepoId:
    """`user/name` or `user/name@revision`. Raises HubError where it is neither."""
    name, at, pinned = text.partition("@")
    revision = revision or (pinned if at else "main")
    if not _REPO.fullmatch(name) or ".." in name or "--" in name:
        raise HubError(f"{text!r} is not a repository: write user/name, or user/name@revision")
    if not _REVISION.fullmatch(revision) or ".." in revision:
        raise HubError(f"{revision!r} is not a revision: write a branch, a tag or a commit")
    return RepoId(name, revision)


def client() -> Any:
    """The huggingface_hub module, imported on first use; its telemetry is off from then on in this process."""
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors
    import huggingface_hub.utils

    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True
    return huggingface_hub


def has_token() -> bool:
    """Whether there is a token that can be sent; which one it is stays with the client."""
    token = client().get_token()
    return bool(token) and all("!" <= character <= "~" for character in token)


def in_time(seconds: float, call: Callable[[], Result], late: str) -> Result:
    """The result of `call`. Raises HubError(late) when `seconds` are over, and leaves the call behind in its thread.

    The client's own timeouts bound neither name resolution nor its retries, so that only this keeps a promise. A daemon
    thread does not hold up the end of the process.
    """
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True, name="hub").start()
    if not wait([future], timeout=seconds).done:
        raise HubError(late)
    return future.result()


def patiently(call: Callable[[], Result], what: str, *, say: Callable[[str], None], patience: Patience) -> Result:
    """The result of `call`, tried again where the failure may pass. Raises HubError with the last failure's sentence."""
    late = f"{hub_name()} was not done with it within {patience.step:g} s"

    def bounded() -> Result:
        client().get_session().timeout = patience.answer  # the client sets none for most of what a push needs
        return call()

    for attempt in range(1, patience.tries + 1):
        try:
            return in_time(patience.step, bounded, late)
        except Exception as error:
            trouble = explain(error, what)
        pause = 2.0 ** (attempt - 1) if trouble.wait is None else trouble.wait
        if not trouble.passing or attempt == patience.tries or pause > patience.pause:
            break
        say(f"{trouble.sentence}; trying again in {pause:g} s")
        time.sleep(pause)
    raise HubError(trouble.sentence)
