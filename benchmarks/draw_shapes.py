"""Benchmark: `python benchmarks/draw_shapes.py` draws 10,000 pictures of 64 × 64 and says how long that takes."""

import os
import statistics
import time

from shapevae import draw_shapes
from shapevae.config import ShapeConfig


def main(count: int = 10_000, runs: int = 7) -> None:
    for rotated in (False, True):
        config, seconds = ShapeConfig(rotated=rotated), []
        for run in range(runs + 1):
            start = time.perf_counter()
            draw_shapes(count, run, config)
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds[1:])  # the first run warms up
        spread = f"{min(seconds[1:]):.2f} to {max(seconds[1:]):.2f}"
        name = "rotated" if rotated else "upright"
        print(f"{name}: {count} pictures in {median:.2f} s, median of {runs} ({spread}), {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
