"""The Hub's client: no telemetry, a deadline and retries for every call, and one plain sentence for each failure."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from shapevae.errors import HubError

Result = TypeVar("Result")
Tell = Callable[[str], None]  # takes one line for the user

COMMIT = re.compile(r"[0-9a-f]{40}")
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}")


@dataclass(frozen=True)
class RetryPolicy:
    """Seconds for an answer and for a whole step; how often a step is tried, and the longest pause in between, in seconds."""

    answer: float = 60.0
    step: float = 900.0
    tries: int = 4
    pause: float = 60.0


DEFAULT_POLICY = RetryPolicy()


@dataclass(frozen=True)
class RepoId:
    """A repository on the Hub and a revision of it: a branch, a tag or a commit."""

    name: str
    revision: str = "main"


@dataclass(frozen=True)
class Failure:
    """A failure in one sentence; `transient` where another try may help, after `wait` seconds if the server named them.

    `status` is the HTTP status, None where no answer came; `absent` means that the Hub knows no such thing.
    """

    sentence: str
    transient: bool = False
    wait: float | None = None
    status: int | None = None
    absent: bool = False


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
    """The huggingface_hub module, imported on first use; from then on it sends no telemetry and prints nothing."""
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors
    import huggingface_hub.utils

    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True
    huggingface_hub.utils.disable_progress_bars()
    huggingface_hub.utils.logging.set_verbosity_error()  # a failure is told once, by us
    return huggingface_hub


def has_token() -> bool:
    """Whether there is a token that can be sent; which one it is stays with the client."""
    token = client().get_token()
    return bool(token) and all("!" <= character <= "~" for character in token)


def within(seconds: float, call: Callable[[], Result], late: str) -> Result:
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


def retry(call: Callable[[], Result], what: str, *, tell: Tell, policy: RetryPolicy) -> Result:
    """The result of `call`, tried again after transient failures. Raises HubError with the sentence of the last failure."""
    late = f"{hub_name()} was not done with it within {policy.step:g} s"

    def bounded() -> Result:
        client().get_session().timeout = policy.answer  # the client sets none for most of what a push needs
        return call()

    for attempt in range(1, policy.tries + 1):
        try:
            return within(policy.step, bounded, late)
        except Exception as error:
            failure = explain(error, what)
        pause = 2.0 ** (attempt - 1) if failure.wait is None else failure.wait
        if not failure.transient or attempt == policy.tries or pause > policy.pause:
            break
        tell(f"{failure.sentence}; trying again in {pause:g} s")
        time.sleep(pause)
    raise HubError(failure.sentence)


def explain(error: BaseException, what: str) -> Failure:
    """What went wrong with `what`, a repository. No text of an unknown error gets into the sentence: it may hold a header."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, HubError):
            return Failure(str(cause))
        if (response := getattr(cause, "response", None)) is not None:
            return _explain_response(cause, response, what)
    for name, (sentence, transient) in _NO_ANSWER.items():
        if any(name in _class_names(cause) for cause in causes):
            return Failure(_fill(sentence, what), transient)
    return Failure(_fill(f"the Hub's client failed with {type(error).__name__} for {{what}}", what))


def hub_name() -> str:
    """Host and port of the Hub that the client talks to."""
    return re.sub(r"^https?://(.*@)?", "", client().constants.ENDPOINT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _class_names(error: BaseException) -> set[str]:
    """Of the error and its bases: the HTTP library under the client changed between its versions, its class names did not."""
    return {kind.__name__ for kind in type(error).__mro__}


def _explain_response(error: BaseException, response: Any, what: str) -> Failure:
    status, names = response.status_code, _class_names(error)
    for name, sentence in _ABSENT.items():
        if name in names:
            return Failure(_fill(f"{sentence} ({status})", what), status=status, absent=True)
    sentence = _STATUS.get(status, "{hub} is out of order" if status >= 500 else "{hub} refused the request for {what}")
    pause = _asked_pause(response.headers)
    detail = f", for {pause:g} s" if status == 429 and pause is not None else ""
    if status == 400:
        detail = ": " + " ".join(str(getattr(error, "server_message", None) or "it does not say which").split())[:300]
    return Failure(_fill(f"{sentence} ({status})", what) + detail, status in _TRANSIENT, pause, status)


def _asked_pause(headers: Any) -> float | None:
    """Seconds that the answer's headers ask to wait."""
    after, limit = headers.get("Retry-After", "").strip(), client().utils.parse_ratelimit_headers(headers)
    if after.isdigit():
        return float(after)
    return float(limit.reset_in_seconds) if limit and not limit.remaining else None


def _fill(sentence: str, what: str) -> str:
    return sentence.format(hub=hub_name(), what=what)


_TRANSIENT = (408, 409, 412, 429, 500, 502, 503, 504)
# By class of the client's error, the most particular first.
_ABSENT = {
    "RevisionNotFoundError": "{what} has no such revision",
    "EntryNotFoundError": "{what} lacks a file that a push of this package leaves there",
    "GatedRepoError": "{what} is gated: ask for access on its page",
    "RepositoryNotFoundError": "{what} does not exist, or is private and no token of yours can read it",
}
_STATUS = {
    400: "{hub} finds fault with the files of {what}",
    401: "{hub} refused the token: run `hf auth login` again, or renew HF_TOKEN",
    402: "{hub} asks for a paid plan or credits to host {what}",
    403: "{hub} does not allow this for {what}: a push needs a token with the write role there",
    404: _ABSENT["RepositoryNotFoundError"],
    409: "{hub} is busy with another change of {what}",
    412: "{what} was changed by someone else in the meantime",
    429: "{hub} asks to slow down",
}
# Where no answer came: by class of any error in the chain, the most particular first; whether another try may help.
_NO_ANSWER = {
    "OfflineModeIsEnabled": ("HF_HUB_OFFLINE is set, so the Hub was not asked", False),
    "LocalTokenNotFoundError": ("there is no token: run `hf auth login` once, or set HF_TOKEN", False),
    "gaierror": ("the name {hub} does not resolve: is there a network?", False),
    "ConnectionRefusedError": ("nothing answers at {hub}: the connection was refused", False),
    "TimeoutException": ("{hub} did not answer in time", False),
    "TransportError": ("the connection to {hub} broke", True),
    "FileMetadataError": ("what answers at {hub} is not a Hub", False),
    "JSONDecodeError": ("what answers at {hub} is not a Hub", False),
    "ConnectionError": ("the storage behind {hub} failed", True),
    "OSError": ("a file of {what} arrived incomplete, or could not be written", True),
}
