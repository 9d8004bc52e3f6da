"""What a process keeps of its memory, and gives back."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch

from shapevae.allocator import hand_back_freed_memory, keep_freed_memory, share_freed_memory

MIB = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the C library is left alone")
def test_freed_memory_is_kept_until_it_is_handed_back() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        freed, handed_back = process.submit(sizes).result()
    assert freed > 150 * MIB and handed_back < 50 * MIB


def test_elsewhere_nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shapevae.allocator.ctypes", None)
    monkeypatch.setattr(sys, "platform", "win32")
    for call in (keep_freed_memory, share_freed_memory, hand_back_freed_memory):
        call()


def sizes() -> tuple[int, int]:
    """Bytes held more than before, after 200 MiB in small pieces were freed and after they were handed back."""
    keep_freed_memory()
    before = resident()
    pieces = [torch.ones(MIB // 4) for _ in range(200)]
    last = torch.ones(1000)  # lies behind them, as something always does in a process that goes on
    del pieces
    freed = resident() - before
    hand_back_freed_memory()
    del last
    return freed, resident() - before


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
