"""Train and measure what is not done yet, a folder for each configuration: here, or in processes side by side."""

from __future__ import annotations

import hashlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
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
    """A run, the first name it goes under, and its folder."""

    name: str
    run: Run
    folder: Path

    @property
    def done(self) -> bool:
        return is_trained(self.folder) and read_figures(self.folder, self.run.images) is not None


def run_all(
    runs: Mapping[str, Run], folder: Path, device: str, jobs: int, say: Say
) -> tuple[dict[str, Result], dict[str, str]]:
    """Bring every run to its figures: (results by name, what went wrong by name). A failure is tried once more at the end."""
    named = [Task(name, run, folder / folder_name(run.config)) for name, run in runs.items()]
    tasks: dict[Path, Task] = {}
    for task in named:
        tasks.setdefault(task.folder, task)
    todo = [task for task in tasks.values() if not task.done]
    say(f"{len(tasks)} runs: {len(tasks) - len(todo)} finished before, {len(todo)} to do")
    failed = _attempt(todo, device, jobs, say)
    if failed:
        say(f"{len(failed)} failed and are tried once more: " + "; ".join(f"{t.name}: {e}" for t, e in failed.items()))
        failed = {task: reason for first in failed for task, reason in _attempt([first], device, jobs, say).items()}
    reasons = {task.folder: reason for task, reason in failed.items()}
    results = {
        task.name: Result(task.run.config, task.folder, read_figures(task.folder, task.run.images) or {})
        for task in named
        if task.folder not in reasons
    }
    return results, {task.name: reasons[task.folder] for task in named if task.folder in reasons}


def _attempt(tasks: list[Task], device: str, jobs: int, say: Say) -> dict[Task, str]:
    """Try each task once, and say how far it is; those that failed, with the reason in one line."""
    failures, started = {}, time.perf_counter()
    outcomes = one_by_one(tasks, device) if jobs == 1 else side_by_side(tasks, device, jobs)
    for count, (task, outcome) in enumerate(outcomes, 1):
        if isinstance(outcome, Exception):
            failures[task] = " ".join(f"{type(outcome).__name__}: {outcome}".split())
        else:
            left = (time.perf_counter() - started) * (len(tasks) - count) / count / 60  # as if all runs took equally long
            say(f"run {count} of {len(tasks)} ({task.name}) took {outcome:.0f} s, about {left:.0f} min left")
    return failures


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
        if not is_trained(task.folder):
            _train(task, device)
        if read_figures(task.folder, task.run.images) is None:
            write_figures(task.folder, task.run.config, task.run.images)
    return time.perf_counter() - started


def _train(task: Task, device: str) -> None:
    run = partial(train, device=device, force=True, evaluate_images=task.run.images, progress=False)
    try:
        run(task.run.config, task.folder, resume=True)
    except CheckpointError:  # nothing to go on from
        remove_checkpoints(task.folder)
        run(task.run.config, task.folder)


@contextmanager
def one_thread() -> Iterator[None]:
    """torch on one thread inside, and as before afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def one_by_one(tasks: list[Task], device: str) -> Iterator[tuple[Task, Outcome]]:
    """Complete tasks in this process."""
    for task in tasks:
        try:
            yield task, complete(task, device)
        except Exception as error:  # whatever it is, the other runs go on
            yield task, error


def side_by_side(tasks: list[Task], device: str, jobs: int) -> Iterator[tuple[Task, Outcome]]:
    """Complete tasks in `jobs` fresh processes; one that dies takes the unfinished tasks of its pool along."""
    pool = ProcessPoolExecutor(min(jobs, len(tasks) or 1), multiprocessing.get_context("spawn"), _start_worker)
    try:
        futures = {pool.submit(complete, task, device): task for task in tasks}
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], error if isinstance(error, Exception) else future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker without a traceback; its checkpoint stays
    keep_freed_memory()
