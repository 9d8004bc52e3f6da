"""One plain sentence for each way the Hub can fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shapevae.errors import HubError


@dataclass(frozen=True)
class Trouble:
    """A failure in one sentence; `passing` where another try may help, after `wait` seconds if the server named them.

    `status` is the HTTP status, None where no answer came; `missing` means that the answer was sure: there is no such thing.
    """

    sentence: str
    passing: bool = False
    wait: float | None = None
    status: int | None = None
    missing: bool = False


def explain(error: BaseException, what: str) -> Trouble:
    """What went wrong with `what`, a repository. No text of an unknown error gets into the sentence: it may hold a header."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, HubError):
            return Trouble(str(cause))
        response = getattr(cause, "response", None)
        if response is not None:
            return _explain_response(cause, response, what)
    for name, (sentence, passing) in _NETWORK.items():
        for cause in causes:
            if name in _kinds(cause):
                return Trouble(_fill(_connect_reason(str(cause)) or sentence, what), passing)
    return Trouble(_fill(f"the Hub's client failed with {type(error).__name__} for {{what}}", what))


def hub_name() -> str:
    """Host and port of the Hub that the client talks to."""
    from huggingface_hub import constants

    return re.sub(r"^https?://(.*@)?", "", constants.ENDPOINT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _kinds(error: BaseException) -> set[str]:
    """Names of the error's classes: the HTTP library under the client changed between its versions, their names did not."""
    return {kind.__name__ for kind in type(error).__mro__}


def _explain_response(error: BaseException, response: Any, what: str) -> Trouble:
    status, kinds = response.status_code, _kinds(error)
    for name, sentence in _NOT_FOUND.items():
        if name in kinds:
            return Trouble(_fill(f"{sentence} ({status})", what), status=status, missing=True)
    sentence = _STATUS.get(status, "{hub} is out of order" if status >= 500 else "{hub} refused the request for {what}")
    wait = _asked_wait(response.headers)
    asked = f", for {wait:g} s" if status == 429 and wait is not None else ""
    return Trouble(_fill(f"{sentence} ({status}){asked}", what), status in _PASSING, wait, status)


def _asked_wait(headers: Any) -> float | None:
    after = headers.get("Retry-After", "").strip()
    reset = re.search(r";\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)", headers.get("RateLimit", ""))
    return float(after) if after.isdigit() else float(reset[1]) if reset else None


def _connect_reason(text: str) -> str | None:
    return next((sentence for hint, sentence in _CONNECT.items() if hint.lower() in text.lower()), None)


def _fill(sentence: str, what: str) -> str:
    return sentence.format(hub=hub_name(), what=what)


_PASSING = (408, 409, 412, 429, 500, 502, 503, 504)
_NOT_FOUND = {
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
    404: "{what} does not exist, or is private and no token of yours can read it",
    409: "{hub} is busy with another change of {what}",
    412: "{what} was changed by someone else in the meantime",
    429: "{hub} asks to slow down",
}
_NO_NAME = "the name {hub} does not resolve: is there a network?"
_CONNECT = {
    "name or service not known": _NO_NAME,
    "name resolution": _NO_NAME,
    "no address associated": _NO_NAME,
    "nodename nor servname": _NO_NAME,
    "getaddrinfo failed": _NO_NAME,
    "refused": "nothing answers at {hub}: the connection was refused",
}
_NETWORK = {
    "OfflineModeIsEnabled": ("HF_HUB_OFFLINE is set, so the Hub was not asked", False),
    "LocalTokenNotFoundError": ("there is no token: run `hf auth login` once, or set HF_TOKEN", False),
    "TimeoutException": ("{hub} did not answer in time", False),
    "ConnectError": ("{hub} can't be reached", False),
    "NetworkError": ("the connection to {hub} broke", True),
    "RemoteProtocolError": ("the connection to {hub} broke", True),
    "FileMetadataError": ("what answers at {hub} is not a Hub", False),
    "JSONDecodeError": ("what answers at {hub} is not a Hub", False),
    "ConnectionError": ("the storage behind {hub} failed", True),
    "OSError": ("a file of {what} arrived incomplete, or could not be written", True),
}
