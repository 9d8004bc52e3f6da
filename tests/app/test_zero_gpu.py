"""On a ZeroGPU Space training runs in another process; a stand-in for its package does the same here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a Space runs Linux")
def test_the_page_trains_where_a_gpu_is_lent() -> None:
    """In a process that can import `spaces` from its first line on, with one thread, as the app has."""
    path = os.pathsep.join([str(HERE / "zero_gpu"), str(HERE.parents[1])])
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/app/zero_gpu/cases.py"],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0 and " passed" in run.stdout, run.stdout + run.stderr
