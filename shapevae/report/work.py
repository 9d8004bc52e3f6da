"""Train what is not trained yet: a folder for each configuration, in processes side by side, a failure tried twice."""

from __future__ import annotations

import hashlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from shapevae.allocator import keep_freed_memory
from shapevae.config import TrainConfig
from shapevae.errors import CheckpointError
from shapevae.files import MODEL
from shapevae.report.measure import Result, read_figures, write_figures
from shapevae.report.plan import Run
from shapevae.runs.folder import checkpoints, remove_checkpoints
from shapevae.runs.train import train

Say = Callable[[str], None]
Outcome = float | Exception  # seconds that a run took, or why it failed


@dataclass(frozen=True)
class Task:
    """A run, by the names it goes under, and its folder."""

    name: str
    run: Run
    folder: Path

    @property
    def cost(self) -> float:
        """Time it takes, in arbitrary units: pictures trained on, and those judged."""
        config = self.run.config
        trained = 0 if is_trained(self.folder) else config.images * config.epochs
        return (trained + 4 * self.run.images) * config.model.image_size**2

    @property
    def done(self) -> bool:
        return is_trained(self.folder) and read_figures(self.folder, self.run.images) is not None


Execute = Callable[[list[Task]], Iterator[tuple[Task, Outcome]]]  # completes tasks somewhere; each once, in any order


def run_all(runs: Mapping[str, Run], folder: Path, execute: Execute, say: Say) -> tuple[dict[str, Result], dict[str, str]]:
    """Bring every run to its figures: (results by name, what went wrong by name). A failure is tried once more at the end."""
    tasks = {name: Task(name, run, folder / folder_name(run.config)) for name, run in runs.items()}
    distinct = list({task.folder: task for task in reversed(tasks.values())}.values())[::-1]
    todo = [task for task in distinct if not task.done]
    say(f"{len(distinct)} runs: {len(distinct) - len(todo)} finished before, {len(todo)} to do")
    progress = Progress(todo, say)
    failures = _attempt(todo, execute, progress)
    if failures:
        say(f"{len(failures)} failed and are tried once more: " + "; ".join(f"{t.name}: {e}" for t, e in failures.items()))
        failures = {task: e for failed in failures for task, e in _attempt([failed], execute, progress).items()}
    wrong = {task.folder: error for task, error in failures.items()}
    results = {
        name: Result(task.run.config, task.folder, read_figures(task.folder, task.run.images) or {})
        for name, task in tasks.items()
        if task.folder not in wrong
    }
    return results, {name: wrong[task.folder] for name, task in tasks.items() if task.folder in wrong}


def folder_name(config: TrainConfig) -> str:
    """The preset's name and a short hash of the whole configuration."""
    return f"{config.name}-{hashlib.sha256(config.to_json().encode()).hexdigest()[:12]}"


def is_trained(folder: Path) -> bool:
    """The folder holds a finished run."""
    return (folder / MODEL).exists() and not checkpoints(folder)


def complete(task: Task, device: str) -> float:
    """Train a run, from its last checkpoint where there is one, and measure it; seconds it took. Any error is raised.

    On one thread, so that the weights don't depend on where and with how many others it runs.
    """
    started = time.perf_counter()
    with one_thread():
        _complete(task.run.config, task.folder, task.run.images, device)
    return time.perf_counter() - started


@contextmanager
def one_thread() -> Iterator[None]:
    """Runs are small: a core each does more than all cores one after the other, and sums keep their order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _complete(config: TrainConfig, folder: Path, images: int, device: str) -> None:
    if not is_trained(folder):
        try:
            train(config, folder, device=device, resume=True, force=True, evaluate_images=images, progress=False)
        except CheckpointError:  # nothing to go on from
            remove_checkpoints(folder)
            train(config, folder, device=device, force=True, evaluate_images=images, progress=False)
    if read_figures(folder, images) is None:
        write_figures(folder, config, images)


class Progress:
    """Counts finished runs and guesses the time left from their cost."""

    def __init__(self, todo: list[Task], say: Say) -> None:
        self._say, self._total, self._count, self._started = say, len(todo), 0, time.perf_counter()
        self._costs = {task: task.cost for task in todo}
        self._all, self._paid = sum(self._costs.values()), 0.0

    def finished(self, task: Task, seconds: float) -> None:
        self._count += 1
        self._paid += self._costs[task]
        left = (time.perf_counter() - self._started) * (self._all / self._paid - 1) / 60
        when = f"about {left:.0f} min left" if left >= 1 else "less than a minute left" if left else "nothing left"
        self._say(f"run {self._count} of {self._total} ({task.name}) took {seconds:.0f} s, {when}")


def _attempt(tasks: list[Task], execute: Execute, progress: Progress) -> dict[Task, str]:
    """Try each task once; those that failed, with the reason in one line."""
    failures = {}
    for task, outcome in execute(tasks):
        if isinstance(outcome, Exception):
            failures[task] = " ".join(f"{type(outcome).__name__}: {outcome}".split())
        else:
            progress.finished(task, outcome)
    return failures


def one_by_one(tasks: list[Task], device: str) -> Iterator[tuple[Task, Outcome]]:
    """In this process."""
    for task in tasks:
        try:
            yield task, complete(task, device)
        except Exception as error:  # whatever it is, the other runs go on
            yield task, error


def side_by_side(tasks: list[Task], device: str, jobs: int) -> Iterator[tuple[Task, Outcome]]:
    """In fresh processes; one that dies takes the unfinished tasks of its pool along."""
    with _pool(min(jobs, len(tasks) or 1)) as pool:
        futures = {pool.submit(complete, task, device): task for task in tasks}
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], error if isinstance(error, Exception) else future.result()


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker without a traceback; its checkpoint stays
    keep_freed_memory()
