"""The names of the package: however and in whatever order they are taken, they are what they are called, and stay it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.core.test_requirements import ROOT

CODE = """
import importlib, itertools, random, sys
from pathlib import Path

root, out, runs = Path(sys.argv[1]), Path(sys.argv[2]), itertools.count()
TINY = {"images": 32, "epochs": 1, "batch_size": 16, "encoder_width": 4, "decoder_width": 8, "hidden": 16}

def get(module, name):
    return getattr(importlib.import_module(module), name)

def model():
    return get("shapevae.weights", "load_model")(root / "weights" / "vae")

def train(function):
    config = get("shapevae.config", "PRESETS")["report-vae"].replace(**TINY)
    function(config, out / str(next(runs)), device="cpu", evaluate_images=8)
    return True

CALLS = {
    "Autoencoder": lambda kind: isinstance(kind, type),
    "Code": lambda kind: isinstance(kind, type),
    "draw_shapes": lambda function: len(function(3, seed=0).images) == 3,
    "evaluate": lambda function: function(model(), images=8).images == 8,
    "judge_shapes": lambda function: len(function(get("shapevae.shapes", "draw_shapes")(3, 0).images).iou) == 3,
    "load_model": lambda function: function(root / "weights" / "vae").config.latent_dim == 16,
    "train": train,
}
chance = random.Random(0)
names = get("shapevae", "__all__")
assert sorted(names) == [*CALLS]
for way in ("import shapevae; {0} = shapevae.{0}", "from shapevae import {0}", "from shapevae import *"):
    for module in [module for module in sys.modules if module.partition(".")[0] == "shapevae"]:
        del sys.modules[module]
    for name in chance.sample(names * 2, 2 * len(names)):
        exec(way.format(name), space := {})
        assert CALLS[name](space[name])
        assert space[name] is get("shapevae", name) and space[name].__name__ == name
"""


def test_every_name_is_what_it_is_called_in_any_order_and_twice(tmp_path: Path) -> None:
    """In a process of its own, which imports the package anew for each order and each way to take a name."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CODE, ROOT, tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert run.returncode == 0, run.stderr
