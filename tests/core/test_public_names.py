"""The names of the package: however and in whatever order they are taken, they are what they are called, and stay it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = """
import importlib, itertools, random, sys
from pathlib import Path

root, out = Path(sys.argv[1]), Path(sys.argv[2])
TINY = {"images": 32, "epochs": 1, "batch_size": 16, "encoder_width": 4, "decoder_width": 8, "hidden": 16}
runs = itertools.count()

def call(name, function):
    if name == "draw_shapes":
        assert len(function(3, seed=0).images) == 3
    elif name == "judge_shapes":
        assert len(function(importlib.import_module("shapevae.shapes").draw_shapes(3, 0).images).iou) == 3
    elif name == "load_model":
        assert function(root / "weights" / "vae").config.latent_dim == 16
    elif name == "evaluate":
        assert function(importlib.import_module("shapevae.weights").load_model(root / "weights" / "vae"), images=8).images == 8
    elif name == "train":
        config = importlib.import_module("shapevae.config").PRESETS["report-vae"].replace(**TINY)
        function(config, out / str(next(runs)), device="cpu", evaluate_images=8)
    else:
        assert isinstance(function, type)

def by_attribute(name):
    return getattr(importlib.import_module("shapevae"), name)

def by_import(name):
    namespace = {}
    exec(f"from shapevae import {name}", namespace)
    return namespace[name]

def by_star(name):
    namespace = {}
    exec("from shapevae import *", namespace)
    return namespace[name]

chance = random.Random(0)
names = importlib.import_module("shapevae").__all__
for take in (by_attribute, by_import, by_star):
    for module in [module for module in sys.modules if module.partition(".")[0] == "shapevae"]:
        del sys.modules[module]
    for name in chance.sample(names * 2, 2 * len(names)):
        call(name, take(name))
        assert take(name) is by_attribute(name) and by_attribute(name).__name__ == name
print(sorted(names))
"""


def test_every_name_is_what_it_is_called_in_any_order_and_twice(tmp_path: Path) -> None:
    """In a process of its own, which imports the package anew for each order and each way to take a name."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CODE, ROOT, tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    names = ["Autoencoder", "Code", "draw_shapes", "evaluate", "judge_shapes", "load_model", "train"]
    assert run.stdout.splitlines()[-1] == str(names)
