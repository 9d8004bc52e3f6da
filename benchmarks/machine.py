"""The machine a benchmark ran on: cores, memory, versions, and how fast it multiplies matrices."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

import torch


def describe(device: str) -> dict[str, Any]:
    """What is written with every result."""
    return {
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else device,
        "cpu": cpu_model(),
        "cores": cores(),
        "memory_gb": memory_gb(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def in_words(machine: dict[str, Any]) -> str:
    """One line for a person."""
    device = "" if machine["device"] == "cpu" else f"{machine['device']}, with "
    return (
        f"{device}{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}, torch {machine['torch']}, {machine['threads']} thread{'s' * (machine['threads'] > 1)}"
    )


def cores() -> int:
    """Those this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def memory_gb() -> int:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return 0  # not known here


def product_rate(kind: torch.dtype, size: int, device: str = "cpu", at_least: float = 0.3) -> float:
    """FLOP/s of products of two size × size matrices, over at least so many seconds."""
    a, b = (torch.randn(size, size, device=device).to(kind) for _ in range(2))
    out = a @ b
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < at_least:
        torch.mm(a, b, out=out)
        count += 1
        if device.startswith("cuda"):
            torch.cuda.synchronize()
    return count * 2 * size**3 / (time.perf_counter() - start)
