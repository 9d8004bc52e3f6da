"""Training where a GPU is lent by the minute: a ZeroGPU Space runs it in a process of its own, and sends back copies."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load, save

from demo.training.run import DrawnOnDemand, Run, advance, start
from shapevae.config import TrainConfig
from shapevae.runs.checkpoint import load_state, state_of
from shapevae.runs.train import choose_device

try:
    import spaces
except ImportError:  # on any other machine
    spaces = None

SECONDS = 60  # that a GPU is asked for at a time
RETURNED = "Paused: the GPU is lent for a minute at a time. Start goes on."

_RESERVE = 10  # of them, for the process to start and the last answer to come back
_SEEN = ("losses", "distortions", "penalties", "epochs", "rate", "error", "over")
_PLACE = ("epoch", "step", "seconds")


@dataclass(frozen=True)
class Parcel:
    """A run as it crosses between processes. seen: fields of the Run; place: fields of its Training; tensors: the rest."""

    config: TrainConfig
    seen: dict[str, Any]
    place: dict[str, Any]
    tensors: bytes


def pack(run: Run) -> Parcel:
    tensors = {**state_of(run.training), "samples": run.samples, "unseen": run.pictures.unseen()}
    seen, place = ({name: getattr(owner, name) for name in names} for owner, names in ((run, _SEEN), (run.training, _PLACE)))
    return Parcel(run.config, seen, place, save(tensors))


def unpack(parcel: Parcel, device: torch.device) -> Run:
    """The run, to go on with. What is left of its epoch comes in another order than it would have; all else is as it was."""
    run = start(parcel.config, device)
    if parcel.place["step"]:
        tensors = load(parcel.tensors)
        load_state(tensors, run.training)
        _set(run, parcel.seen)
        _set(run.training, parcel.place)
        run.pictures = DrawnOnDemand(run.config, device, tensors["unseen"])
    return run


def adopt(run: Run, parcel: Parcel) -> None:
    """Bring a run up to date with the copy that the other process trains."""
    tensors = load(parcel.tensors)
    _set(run, {**parcel.seen, "over": run.over or parcel.seen["over"]})
    _set(run.training, parcel.place)
    weights = {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
    run.training.model.load_state_dict(weights)
    run.samples, run.away = tensors["samples"], None if run.over else parcel


def frames(run: Run, seconds: float) -> Generator[None]:
    """Train to the end, or for as long as a GPU is lent, pausing every `seconds`; at 0, after every step."""
    if not LENT:
        while not run.over:
            advance(run, seconds)
            yield
    elif not run.over:
        with closing(_away(run.away or pack(run), seconds)) as parcels:
            for parcel in parcels:
                adopt(run, parcel)
                yield


def _train_away(parcel: Parcel, seconds: float) -> Generator[Parcel]:
    """`frames` as the process that has the GPU does it."""
    until = time.perf_counter() + SECONDS - _RESERVE
    run = unpack(parcel, choose_device("auto"))
    while not run.over and time.perf_counter() < until:
        advance(run, seconds)
        yield pack(run)


def _set(owner: object, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(owner, name, value)


_away = _train_away if spaces is None else spaces.GPU(duration=SECONDS)(_train_away)
LENT = _away is not _train_away  # elsewhere the package leaves functions as they are
