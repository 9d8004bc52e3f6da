"""Tasks in processes of their own: seconds, and the most memory held. `python -m benchmarks.fresh TASK JSON` runs one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Cost:
    """seconds of the task alone, after a warm-up; peak: MB held at most by the whole process, Python and torch included."""

    seconds: float
    peak: float


def run_fresh(
    task: str, copies: int = 1, *, together: bool = False, environment: Mapping[str, str] = ONE_THREAD, **arguments: Any
) -> list[Cost]:
    """The costs of as many processes side by side as there are copies. Raises RuntimeError where one fails.

    Processes that work `together` are started by torchrun, and the first one's cost is given.
    """
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={copies}"] if together else []
    command = [sys.executable, *launcher, "-m", "benchmarks.fresh", task, json.dumps(arguments)]
    processes = [
        subprocess.Popen(command, env=whole, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(1 if together else copies)
    ]
    return [_cost(task, *process.communicate()) for process in processes]


def _cost(task: str, said: str, errors: str) -> Cost:
    try:
        return Cost(**json.loads(said.splitlines()[-1]))
    except (IndexError, ValueError):
        raise RuntimeError(f"{task} failed: {errors[-1000:]}") from None


def nothing() -> float:
    """What Python, torch and the package take by themselves."""
    from benchmarks.measure import seconds
    from shapevae.evaluation import evaluate

    return seconds(lambda: evaluate)


def draw(pictures: int, size: int = 64) -> float:
    """Draw pictures in a stream, as `evaluate` does."""
    from benchmarks.measure import seconds
    from shapevae.config import ShapeConfig
    from shapevae.shapes import stream_shapes

    def stream(count: int) -> None:
        for _ in stream_shapes(count, 0, ShapeConfig(image_size=size)):
            pass

    stream(min(pictures, 500))
    return seconds(lambda: stream(pictures))


def evaluate(pictures: int) -> float:
    """Draw, rebuild and judge pictures, and as many samples, with the shipped VAE."""
    from benchmarks.measure import seconds
    from shapevae.evaluation import evaluate as measure
    from shapevae.weights import load_model

    model = load_model(ROOT / "weights" / "vae")
    measure(model, images=50)
    return seconds(lambda: measure(model, images=pictures))


def epoch(pictures: int, size: int = 64, preset: str = "report-vae") -> float:
    """An epoch of training on drawn pictures that stay in memory."""
    from benchmarks.subjects.training import epoch_seconds
    from shapevae.config import PRESETS
    from shapevae.training import training_images

    config = PRESETS[preset].replace(images=pictures, image_size=size)
    images = training_images(config, 0)
    epoch_seconds(config.replace(images=min(pictures, 200)), images[:200])
    return epoch_seconds(config, images)


def steps(steps: int, compiled: bool = False, preset: str = "report-vae") -> float:
    """The median step of a training; of processes that torchrun started, each takes its share of the batch."""
    import statistics
    from itertools import chain, count

    import torch

    from benchmarks.measure import seconds
    from shapevae.config import PRESETS
    from shapevae.distributed import join_processes
    from shapevae.training import start_training, train_epoch, training_images

    config, warm_up = PRESETS[preset].replace(images=1_000), 5
    images = training_images(config, 0)
    with join_processes() as processes:
        training = start_training(config, processes=processes)
        if compiled:
            training.model.encode = torch.compile(training.model.encode)  # type: ignore[method-assign]
            training.model.decode_together = torch.compile(training.model.decode_together)  # type: ignore[method-assign]
        stream = chain.from_iterable(train_epoch(training, images) for _ in count())
        taken = [seconds(lambda: next(stream)) for _ in range(steps + warm_up)]
    return statistics.median(taken[warm_up:])


def train(pictures: int, epochs: int, evaluate_images: int) -> float:
    """`shapevae train report-vae` with fewer epochs: drawing, training, checkpoints and the evaluation at the end."""
    from benchmarks.measure import seconds
    from shapevae.config import PRESETS
    from shapevae.runs.train import train as run

    config = PRESETS["report-vae"].replace(images=pictures, epochs=epochs)
    with tempfile.TemporaryDirectory() as folder:
        return seconds(lambda: run(config, folder, device="cpu", evaluate_images=evaluate_images, progress=False))


TASKS: Mapping[str, Callable[..., float]] = {task.__name__: task for task in (nothing, draw, evaluate, epoch, steps, train)}


def peak_memory() -> float:
    """MB this process held at most.

    Linux tells it of this program alone; the ru_maxrss of getrusage would start at what the parent held when it forked.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except OSError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 2**20 if sys.platform == "darwin" else most / 1024


def main(arguments: Sequence[str]) -> None:
    task, values = arguments
    taken = TASKS[task](**json.loads(values))
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps({"seconds": taken, "peak": peak_memory()}))


if __name__ == "__main__":
    main(sys.argv[1:])
