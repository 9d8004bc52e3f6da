"""Inputs as nobody means them: JSON of every type, numbers at every edge, the pad's hex bent in every way."""

import math
import random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from demo.views.drawing import KIND_CHOICES, draw, seed_setting
from demo.views.results import NAMES
from shapevae.config import MAX_SEED
from shapevae.images.write import to_hex

LATENT = 4  # latent dimensions of the models that are asked
HEX = to_hex(draw(seed_setting("triangle", 1)))
DIGITS = len(HEX)
EDGES = [
    *(math.nan, math.inf, -math.inf, 10**400, -(10**400), 1e308, -1e308, 1e-320, -0.0, 0.5, 1.5, 2.5, True, False, None),
    *(0, 1, 2, 3, 4, 9, 25, 64, 100, 101, -1, -3, 360, -360, 500, MAX_SEED, MAX_SEED + 1, 2**53 + 1, 2**63, 2**64),
]
WORDS = [
    *("", "a", "nan", "1", "Circle", "square", *KIND_CHOICES, *NAMES, "straight", "spherical", "imq", "this training"),
    *("\ud800", "\0", "<img src=x onerror=alert(1)>", "../../etc/passwd", "x" * 100_000),
    *("?seed=nan&tab=\ud800", "?" + "a=1&" * 60, "?kind=circle&shape=7&size=1e999", "tab=train;seed=%ff%00"),
]

numbers = st.one_of(st.sampled_from(EDGES), st.integers(-5, 120), st.floats(), st.integers(-(2**70), 2**70))
texts = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=()), max_size=20))
scalars = numbers | texts
anything = st.one_of(
    scalars,
    st.lists(scalars, max_size=6),
    st.dictionaries(st.sampled_from([*NAMES, "path", "meta", "\ud800"]), scalars | st.lists(scalars, max_size=4), max_size=4),
    st.sampled_from([[[[]]], [None] * 300, list(range(300)), {"a": {"b": {"c": []}}}]),
)


def often(cases: int, **other: Any) -> settings:
    """So many cases, the same ones in every run."""
    patient = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    return settings(max_examples=cases, **{**patient, **other})


def by_turns(*strategies: st.SearchStrategy) -> st.SearchStrategy:
    """Each as often as any other, however many kinds of value it has itself, which `one_of` would count."""
    return st.sampled_from(strategies).flatmap(lambda chosen: chosen)


def mostly(right: st.SearchStrategy, times: int = 2) -> st.SearchStrategy:
    """Right `times` as often as not: where all inputs are wrong only the first one is ever looked at."""
    return by_turns(*[right] * times, anything)


def bent_hex(seed: int) -> str:
    """The pad's text: one time in ten right, else one fault."""
    rng = random.Random(seed)
    text = to_hex(draw(seed_setting("random", seed % 1000)))
    at = rng.randrange(DIGITS)
    wrong = rng.choice(["g", " ", "\n", "٠", "\ud800", "+", "x", "\0"])
    bent = [
        *(text, text[:at], text + text[:at], text[:-1], text + "0", text[:at] + wrong + text[at + 1 :], wrong * DIGITS),
        *("00" * (DIGITS // 2), "0x" + text[2:], " ".join(text[:at])),
    ]
    return rng.choice(bent)


seeds = mostly(st.integers(0, MAX_SEED))
shares = mostly(st.floats(0, 1))
kinds = mostly(st.sampled_from(KIND_CHOICES))
models = mostly(st.sampled_from(list(NAMES)))
pads = by_turns(st.integers(0, 2**32).map(bent_hex), anything)
codes = by_turns(*(st.lists(each, min_size=LATENT, max_size=LATENT) for each in (st.floats(-30, 30), scalars)), anything)
both_codes = by_turns(st.fixed_dictionaries(dict.fromkeys(NAMES, codes)), anything)
