"""The Hub's client: a deadline for every call, and one plain sentence for each failure."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.request import proxy_bypass

from shapevae.errors import HubError
from shapevae.files import reason
from shapevae.hub.settings import our_settings

Result = TypeVar("Result")
Tell = Callable[[str], None]  # takes one line for the user

ANSWER, STEP = 60.0, 900.0  # seconds for an answer and for a whole step of a push
COMMIT = re.compile(r"[0-9a-f]{40}")
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,199}")


@dataclass(frozen=True)
class RepoId:
    """A repository on the Hub and a revision of it: a branch, a tag or a commit."""

    name: str
    revision: str = "main"


@dataclass(frozen=True)
class Failure:
    """A failure in one sentence, and the HTTP status of the answer, None where none came."""

    sentence: str
    status: int | None = None

    @property
    def refused(self) -> bool:
        """Whether the Hub says that there is no such thing, or not for this token."""
        return self.status in (401, 403, 404)


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
    """The huggingface_hub module, imported on first use."""
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors
    import huggingface_hub.utils

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
            with our_settings:
                result = call()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=work, daemon=True, name="hub").start()
    if not wait([future], timeout=seconds).done:
        raise HubError(late)
    return future.result()


def ask(what: str, method: str, *args: Any, **options: Any) -> Any:
    """The answer of a method of the client, called with the token. Raises HubError; its sentence is about `what`."""

    def call() -> Any:
        client().get_session().timeout = ANSWER  # the client sets none for most of what a push needs
        return getattr(client().HfApi(token=True), method)(*args, **options)

    try:
        return within(STEP, call, f"{hub_name()} was not done with it within {STEP:g} s")
    except Exception as error:
        raise HubError(explain(error, what).sentence) from None


def explain(error: BaseException, what: str) -> Failure:
    """What went wrong with `what`, a repository. No text of an unknown error gets into the sentence: it may hold a header."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, HubError):
            return Failure(str(cause))
        if (response := getattr(cause, "response", None)) is not None:
            return _explain_response(cause, response, what)
        if isinstance(cause, OSError) and cause.filename:
            return Failure(f"{cause.filename} can't be used: {reason(cause)}; HF_HOME names the folder of the Hub's client")
    if (proxy := proxy_variable()) and any(_class_names(cause) & _OF_A_PROXY for cause in causes):
        return Failure(f"the proxy that {proxy} names can't be used: correct it, or unset it")
    for name, sentence in _NO_ANSWER.items():
        if any(name in _class_names(cause) for cause in causes):
            return Failure(_fill(sentence, what))
    return Failure(_fill(f"the Hub's client failed with {type(error).__name__} for {{what}}", what))


def hub_name() -> str:
    """Host and port of the Hub that the client talks to."""
    return re.sub(r"^https?://(.*@)?", "", client().constants.ENDPOINT)


def proxy_variable() -> str | None:
    """The variable that names the proxy which the Hub is asked through; its value may hold a password."""
    scheme, _, host = client().constants.ENDPOINT.partition("://")
    if proxy_bypass(host):
        return None
    names = [f"{name}_proxy" for name in (scheme, "all")]
    return next((name for name in (*names, *map(str.upper, names)) if os.environ.get(name)), None)


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
            return Failure(_fill(f"{sentence} ({status})", what), status)
    sentence = _STATUS.get(status, "{hub} is out of order" if status >= 500 else "{hub} refused the request for {what}")
    after = response.headers.get("Retry-After", "").strip()
    detail = f", for {after} s" if status == 429 and after.isdigit() else ""
    if status == 400:
        detail = ": " + " ".join(str(getattr(error, "server_message", None) or "it does not say which").split())[:300]
    return Failure(_fill(f"{sentence} ({status})", what) + detail, status)


def _fill(sentence: str, what: str) -> str:
    return sentence.format(hub=hub_name(), what=what)


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
# Where a proxy, if one is asked, is at fault itself: the client reaches no other host.
_OF_A_PROXY = {"ConnectionRefusedError", "gaierror", "ProxyError", "ClientNotMade"}
# Where no answer came: by class of any error in the chain, the most particular first.
_NO_ANSWER = {
    "OfflineModeIsEnabled": "HF_HUB_OFFLINE is set, so the Hub was not asked",
    "LocalTokenNotFoundError": "there is no token: run `hf auth login` once, or set HF_TOKEN",
    "gaierror": "the name {hub} does not resolve: is there a network?",
    "ConnectionRefusedError": "nothing answers at {hub}: the connection was refused",
    "TimeoutException": "{hub} did not answer in time",
    "TransportError": "the connection to {hub} broke",
    "TimeoutError": "{what} was not ready in time",
    "FileMetadataError": "what answers at {hub} is not a Hub",
    "JSONDecodeError": "what answers at {hub} is not a Hub",
    "ConnectionError": "the storage behind {hub} failed",
    "OSError": "a file of {what} arrived incomplete, or could not be written",
}
