"""Settings of the Hub's client that hold while a call of ours is under way, and are then given back."""

from __future__ import annotations

import threading
from contextlib import ExitStack


class ClientNotMade(Exception):  # noqa: N818
    """The Hub's client can't be made as the environment wants it, mostly with a proxy that it does not know."""


class OurSettings:
    """A context for any thread: no telemetry, no progress bars, no log, since a failure is told once, by us.

    A call that a deadline left behind keeps them until it ends.
    """

    def __init__(self) -> None:
        self._lock, self._calls, self._given_back = threading.Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if not self._calls:
                self._take()
            self._calls += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._calls -= 1
            if not self._calls:
                self._given_back.close()

    def _take(self) -> None:
        from huggingface_hub import constants, get_session, utils

        try:
            session, later = get_session(), self._given_back.callback
        except Exception as error:  # of several libraries
            raise ClientNotMade from error
        later(setattr, session, "timeout", session.timeout)  # which a push changes
        later(setattr, constants, "HF_HUB_DISABLE_TELEMETRY", constants.HF_HUB_DISABLE_TELEMETRY)
        constants.HF_HUB_DISABLE_TELEMETRY = True
        later(utils.logging.set_verbosity, utils.logging.get_verbosity())
        utils.logging.set_verbosity_error()
        if not utils.are_progress_bars_disabled():
            later(utils.enable_progress_bars)
            utils.disable_progress_bars()


our_settings = OurSettings()
