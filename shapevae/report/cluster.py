"""Runs on a Ray cluster: a core or a GPU each, wherever there is one; needs ray, from the extra [ray]."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from shapevae.errors import RunError
from shapevae.report import work
from shapevae.report.work import Outcome, Task

LOCAL = "local"  # Ray's own word for a new cluster on this machine, which ends with the command


def on_cluster(tasks: list[Task], device: str, address: str) -> Iterator[tuple[Task, Outcome]]:
    """As `work.side_by_side`, for a folder of runs that all machines see; what Ray's own retries would hide is reported."""
    ray = connect(address)
    needs = {"num_gpus": 1} if device.startswith("cuda") else {"num_cpus": 1}
    complete = ray.remote(max_retries=0, **needs)(work.complete)
    try:
        waiting = {complete.remote(_anywhere(task), device): task for task in tasks}
        while waiting:
            for reference in ray.wait(list(waiting))[0]:
                yield waiting.pop(reference), _outcome(ray, reference)
    finally:
        ray.shutdown()


def connect(address: str) -> Any:
    """The module ray, with a connection. Raises RunError where ray is missing or no cluster answers."""
    ray = require_ray()
    try:
        ray.init(address, logging_level="warning", log_to_driver=False, include_dashboard=False)
    except (ConnectionError, ValueError) as error:
        raise RunError(f"no Ray cluster at {address} ({error}); --ray {LOCAL} starts one on this machine") from None
    return ray


def require_ray() -> Any:
    """The module ray. Raises RunError, with what to install, where there is none."""
    try:
        import ray
    except ImportError:
        raise RunError('--ray needs ray: pip install "shapevae[ray]"') from None
    return ray


def _anywhere(task: Task) -> Task:
    return dataclasses.replace(task, folder=task.folder.resolve())


def _outcome(ray: Any, reference: Any) -> Outcome:
    try:
        return float(ray.get(reference))
    except ray.exceptions.RayTaskError as error:
        return error.cause if isinstance(error.cause, Exception) else error
    except ray.exceptions.RayError as error:  # a worker or a machine that died
        return error
