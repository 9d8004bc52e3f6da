"""Every input of the app is checked here: a wrong one raises InputError with a sentence for the visitor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeGuard

from shapevae.config import MAX_SEED

# What a visitor may set of a training: the lowest and the highest of each, whole numbers first.
MAX_EPOCHS, MAX_LATENT, MAX_PICTURES = 50, 20, 10_000
KERNELS = ("imq", "rbf")
WHOLE: dict[str, tuple[int, int]] = {
    "latent_dim": (1, MAX_LATENT),
    "epochs": (1, MAX_EPOCHS),
    "seed": (0, MAX_SEED),
    "pictures": (500, MAX_PICTURES),
}
REAL = {"pixel_variance": (0.001, 1e4), "prior_variance": (0.01, 1e3), "mmd_weight": (-1e6, 1e6), "noise": (0, 100)}


class InputError(ValueError):
    """An input that can't be used; the message is one sentence for the person who gave it."""


def number(value: object, name: str, low: float, high: float) -> float:
    """A finite number from low to high; booleans, None, text and lists are refused."""
    if not _is_number(value) or not low <= value <= high:
        raise InputError(f"{name} must be a number from {low:g} to {high:g}.")
    return float(value)


def whole(value: object, name: str, low: int, high: int) -> int:
    """A whole number from low to high; 3.0 counts as 3."""
    if not _is_number(value) or not low <= value <= high or value != int(value):
        raise InputError(f"{name} must be a whole number from {low} to {high}.")
    return int(value)


def next_seed(seed: object) -> int:
    """The seed after a seed; 0 after the last."""
    return (whole(seed, "The seed", 0, MAX_SEED) + 1) % (MAX_SEED + 1)


def choice(value: object, name: str, options: Sequence[str]) -> str:
    """One of the options, spelt exactly."""
    if not isinstance(value, str) or value not in options:
        raise InputError(f"{name} must be one of {', '.join(options)}.")
    return value


def flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{name} must be true or false.")
    return value


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def sequence(value: object, name: str, longest: int = 256) -> list[object]:
    """A list of at most `longest` things."""
    if not isinstance(value, list | tuple) or len(value) > longest:
        raise InputError(f"{name} must be a list of numbers.")
    return list(value)


def mapping(value: object, name: str) -> dict[str, object]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise InputError(f"{name} must be a JSON object.")
    return value


def parsed(text: object, name: str) -> dict[str, object]:
    """The JSON object that a text writes."""
    try:
        return mapping(json.loads(text) if isinstance(text, str) else None, name)
    except (ValueError, RecursionError):
        raise InputError(f"{name} must be a JSON object.") from None
