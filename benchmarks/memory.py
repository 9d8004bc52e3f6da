"""The most memory held while training, drawing and evaluating, each in a process of its own."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure, Options, UnavailableError

ROOT = Path(__file__).parent.parent
STATUS = Path("/proc/self/status")  # of this program alone; getrusage counts what the parent held when it forked, too
BEGIN = """
import shapevae
from shapevae.allocator import keep_freed_memory
keep_freed_memory()  # as the command line does
"""
NOTHING = "shapevae.evaluate"  # imported on first use
TRAIN = """
from tempfile import TemporaryDirectory
from shapevae.config import PRESETS
config = PRESETS["report-vae"].replace(images={images}, epochs=2)
with TemporaryDirectory() as folder:
    shapevae.train(config, folder, device="cpu", evaluate_images={images}, progress=False)
"""
DRAW = """
from shapevae.shapes import stream_shapes
for _ in stream_shapes({images}, 0): pass
"""
EVALUATE = """
shapevae.evaluate(shapevae.load_model("weights/vae"), images={images})
"""
TELL = f"""
print(next(line.split()[1] for line in open("{STATUS}") if line.startswith("VmHWM")))
"""


def measure(options: Options) -> Iterator[Figure]:
    """MB of whole processes, Python and torch included, whose own share the first row gives."""
    if not STATUS.exists():
        raise UnavailableError(f"no {STATUS}, which Linux has")
    least, some, many = options.pick((10_000, 100_000, 1_000_000), (50, 100, 200))
    yield peak("Python, torch and the package alone", NOTHING, options.repeat)
    yield peak(f"training and evaluating {least:,} pictures", TRAIN.format(images=least), options.repeat, "≤ 1000")
    yield from more_pictures("drawing", DRAW, options.repeat, (least, many))
    yield from more_pictures("evaluating", EVALUATE, 1, (least, some))


def more_pictures(words: str, code: str, repeat: int, counts: Sequence[int]) -> Iterator[Figure]:
    """The largest count is held against the smallest."""
    figures = [peak(f"{words} {count:,} pictures", code.format(images=count), repeat) for count in counts]
    yield from figures
    growth = [value / statistics.median(figures[0].values) for value in figures[-1].values]
    yield Figure(f"memory, {words} {counts[-1]:,} pictures / {counts[0]:,}", "×", growth, "≤ 1.1")


def peak(name: str, code: str, repeat: int, target: str | None = None) -> Figure:
    return Figure(f"memory, {name}", "MB", [megabytes(code) for _ in range(repeat)], target)


def megabytes(code: str) -> float:
    """What a process held at most that has run this code."""
    command = [sys.executable, "-c", f"{BEGIN}\n{code}\n{TELL}"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-1000:])
    return int(done.stdout.split()[-1]) / 1024
