"""A Space on ZeroGPU starts only where a function asks for a GPU."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

import app


def test_one_function_asks_for_a_gpu_and_runs_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    spaces = ModuleType("spaces")
    spaces.GPU = asked.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    app.request_gpu()
    assert asked == [app.deadline]


def test_elsewhere_the_package_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    app.request_gpu()
