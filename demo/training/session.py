"""Training in the page: what a visitor may ask for, whose turn it is, and what may change on the way."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from demo.training.failures import EXHIBITS
from demo.training.run import Run, advance
from demo.views.checks import KERNELS, REAL, WHOLE, InputError, choice, flag, mapping, number, whole
from demo.views.results import NAMES
from shapevae.config import PRESETS, ConfigError, TrainConfig
from shapevae.training import change_config

FAMILIES = {"plane": "Two numbers a code: the plane", "report": "Many numbers a code: the report's pictures"}
MOVING = ("pixel_variance", "kl", "mmd", "mmd_weight", "prior_variance", "noise")  # what may change while it runs
SLICE_SECONDS = 0.15  # of computing between two frames; more where frames take long, or many train

_QUICK = {"plane": {"images": 4000, "batch_size": 50, "epochs": 10}, "report": {"images": 5000, "epochs": 10}}
_CORES = os.cpu_count() or 1
# Whose steps are computed: one run's at a time, whatever the cores. Two threads at once hand Python's lock to and fro at every
# operation: together they make hardly more steps than one, and take half as much again of both cores, which frames need too.
_TURN = threading.Lock()
_COUNTED = threading.Lock()
_going: list[Run] = []  # the runs that train or wait for their turn


def bases(family: object) -> dict[str, TrainConfig]:
    """The configurations "vae" and "mmd" of a family before a visitor changes anything. Raises InputError."""
    family = choice(family, "The models", list(FAMILIES))
    return {name: PRESETS[f"{family}-{name}"].replace(**_QUICK[family]) for name in NAMES}


def usual(family: object) -> dict[str, Any]:
    """The settings that a family begins with, by the names that `recipe` takes."""
    vae, mmd = bases(family).values()
    return {
        "family": family,
        "latent_dim": vae.model.latent_dim,
        "epochs": vae.epochs,
        "pictures": vae.images,
        "seed": vae.seed,
        "pixel_variance": vae.pixel_variance,
        "kl": True,
        "mmd": True,
        "mmd_weight": mmd.mmd_weight,
        "prior_variance": mmd.model.prior_variance,
        "noise": round(math.sqrt(mmd.model.noise_variance or 0), 3),
        "kernel": mmd.kernel,
    }


def recipe(settings: object) -> tuple[TrainConfig, ...]:
    """The configurations of both models, or of an exhibit and its control, that a visitor asks for.

    settings: by the names of `usual`, where those left out are as usual; or {"exhibit": its name}. Raises InputError.
    """
    given = mapping(settings, "The settings")
    if "exhibit" in given:
        exhibit = EXHIBITS[choice(given["exhibit"], "The exhibit", list(EXHIBITS))]
        control = bases(exhibit.family)[exhibit.model].replace(**exhibit.both)
        return control.replace(**exhibit.changes), control
    both = bases(given.get("family"))
    values = usual(given["family"]) | given
    shared, own = _shared(values, both["vae"]), _own(values)
    try:
        return tuple(both[name].replace(**shared, **own[name]) for name in NAMES)
    except ConfigError as error:
        raise InputError(f"{error}.") from None


def _shared(values: dict[str, Any], base: TrainConfig) -> dict[str, Any]:
    """What both models have of a visitor's settings."""
    c = number(values["pixel_variance"], "The pixel variance", *REAL["pixel_variance"])
    d = whole(values["latent_dim"], "The latent size", *WHOLE["latent_dim"])
    if values["family"] == "plane" and d != 2:
        raise InputError("A plane has two dimensions: choose the report's pictures for another latent size.")
    return {
        "name": "custom",
        "latent_dim": d,
        "epochs": whole(values["epochs"], "The number of epochs", *WHOLE["epochs"]),
        "seed": whole(values["seed"], "The seed", *WHOLE["seed"]),
        "images": whole(values["pictures"], "The number of pictures", *WHOLE["pictures"]),
        "pixel_variance": c,
        "pixel_variance_start": max(base.pixel_variance_start or c, c),
    }


def _own(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What each has for itself."""
    weight = number(values["mmd_weight"], "λ", *REAL["mmd_weight"])
    mmd = {
        "mmd_weight": weight * flag(values["mmd"], "MMD"),
        "prior_variance": number(values["prior_variance"], "v", *REAL["prior_variance"]),
        "noise_variance": number(values["noise"], "The noise", *REAL["noise"]) ** 2,
        "kernel": choice(values["kernel"], "The kernel", KERNELS),
    }
    return {"vae": {"kl_weight": float(flag(values["kl"], "KL"))}, "mmd": mmd}


def change(run: Run, settings: object) -> None:
    """Have a run go on with those of MOVING of a visitor's settings; c is then constant. Raises InputError."""
    given = mapping(settings, "The settings")
    wanted = recipe({name: given[name] for name in (*MOVING, "family", "latent_dim") if name in given})
    if [side.config.penalty for side in run.sides] != [config.penalty for config in wanted]:
        raise InputError("An exhibit keeps its own settings.")
    with run.lock:
        for side, config in zip(run.sides, wanted, strict=True):
            moved = _moved(config)
            if config.pixel_variance == side.config.pixel_variance:  # on the way to which it may be
                del moved["pixel_variance_start"]
            change_config(side.training, side.config.replace(**moved))
        starts = ({**_moved(config), "pixel_variance_start": config.pixel_variance_start} for config in wanted)
        run.plan = tuple(config.replace(**start) for config, start in zip(run.plan, starts, strict=True))


def _moved(config: TrainConfig) -> dict[str, Any]:
    """The settings of a configuration that may change on the way, c constant from then on."""
    names = ("pixel_variance", "kl_weight", "mmd_weight")
    model = {name: getattr(config.model, name) for name in ("prior_variance", "noise_variance")}
    return {**{name: getattr(config, name) for name in names}, **model, "pixel_variance_start": config.pixel_variance}


def resume(run: Run) -> None:
    """Let the run go on, in a stream that begins later: what pauses it from now on holds. It ends the stream that there is."""
    run.stream, run.paused = run.stream + 1, ""


def stream(run: Run) -> Iterator[str]:
    """Train to the end, a word after each slice: "", or how many share the machine.

    It ends, after the step it is at, when it is closed, when the run is paused and when it is resumed in another stream; the
    run can be taken up again.
    """
    mine = run.stream
    with _counted(run):
        while run.stream == mine and not (run.paused or run.over):
            with _TURN:
                advance(run, max(SLICE_SECONDS, run.looking * (1.5 if len(_going) <= _CORES else 6)))
            yield crowd()


@contextmanager
def _counted(run: Run) -> Iterator[None]:
    with _COUNTED:
        _going.append(run)
    try:
        yield
    finally:
        with _COUNTED:
            _going.remove(run)


def crowd() -> str:
    """A sentence where others train, too."""
    others = len(_going) - 1
    if others < 1:
        return ""
    who = "One other trains" if others == 1 else f"{others} others train"
    return f"{who} here just now: yours runs at about {100 / (others + 1):.0f} % of its speed."


def halt(run: Run, paused: str = "", over: str = "") -> None:
    """End the stream that trains the run, to be taken up again or, with a sentence in `over`, for good."""
    run.paused, run.over = paused, run.over or over
    run.stream += 1


def one_step(run: Run) -> None:
    """One optimiser step of each model, after ending the run's stream."""
    halt(run)
    with _TURN:
        if not run.over:
            advance(run)
