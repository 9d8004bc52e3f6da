"""Training beside pythae's VAE and InfoVAE: the same pictures and epochs, pythae in an environment of its own."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.measure import Figure, Options, UnavailableError, at_least, interleave, ratios
from benchmarks.subjects.training import QUICK, epoch_seconds
from shapevae.config import PRESETS, TrainConfig
from shapevae.training import training_images

ROOT = Path(__file__).parent.parent.parent
PYTHAE = "pythae==0.1.2"
PAIRS = {"report-vae": "VAE", "report-mmd": "InfoVAE"}  # the peer of each preset
TIMES_FASTER = at_least(20)
NETWORKS = {"convolutions": "a small network of convolutions", "ours": "our networks"}


def measure(options: Options) -> Iterator[Figure]:
    """Seconds of all epochs from some steps of each, in the same rounds, and how many times quicker ours are."""
    python, steps = environment(options.cache), options.pick(60, 2)
    configs = {name: PRESETS[name].replace(**options.pick({}, QUICK)) for name in PAIRS}
    images = training_images(configs["report-vae"], 0)
    notes: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder) / "pictures.npy"
        np.save(pictures, images.numpy())
        tasks: dict[str, Callable[[], float]] = {}
        for ours, model in PAIRS.items():
            tasks[ours] = partial(our_seconds, configs[ours], images)
            for networks in NETWORKS:
                peer = Peer(model, networks, configs["report-vae"], steps)
                tasks[peer.name] = partial(peer.seconds, python, pictures, notes)
        values = interleave(tasks, options.repeat)
    yield from compare(values, notes, configs["report-vae"].epochs)


def our_seconds(config: TrainConfig, images: Tensor) -> float:
    """All epochs, from one."""
    return config.epochs * epoch_seconds(config, images)


@dataclass(frozen=True)
class Peer:
    """A model of pythae with some networks, on the pictures and epochs of a configuration of ours."""

    model: str
    networks: str
    config: TrainConfig
    steps: int

    @property
    def name(self) -> str:
        return f"pythae {self.model}, {NETWORKS[self.networks]}"

    def seconds(self, python: Path, pictures: Path, notes: dict[str, str]) -> float:
        """All epochs, from some steps; a note says of what."""
        latent = self.config.model.latent_dim
        told = pythae_steps(python, pictures, self.model, self.networks, latent, self.steps)
        notes[self.name] = (
            f"extrapolated from {self.steps} steps a round, each of {told['batch']} pictures; "
            f"{told['parameters'] / 1e6:.2f} M weights"
        )
        return told["seconds"] * math.ceil(self.config.images / told["batch"]) * self.config.epochs


def compare(values: dict[str, list[float]], notes: dict[str, str], epochs: int) -> Iterator[Figure]:
    """The target is held against pythae with networks as its users write them; that with ours says what its loop costs."""
    for name, taken in values.items():
        yield Figure(f"{name}: {epochs} epochs", "s", taken, note=notes.get(name, "extrapolated from an epoch a round"))
    for ours, model in PAIRS.items():
        for networks, words in NETWORKS.items():
            times = ratios(values[f"pythae {model}, {words}"], values[ours])
            yield Figure(f"pythae {model}, {words} / {ours}", "×", times, TIMES_FASTER if networks != "ours" else None)


def pythae_steps(python: Path, pictures: Path, model: str, networks: str, latent: int, steps: int) -> dict[str, Any]:
    """Seconds a step, batch and number of weights, from a process of the peer's own Python."""
    script = Path(__file__).parent.parent / "pythae_steps.py"
    command = [python, script, pictures, model, networks, str(latent), str(steps)]
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(torch.get_num_threads())},
        timeout=1800,
    )
    if done.returncode:
        raise UnavailableError(f"pythae could not train here: {last_line(done.stderr)}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def environment(cache: Path) -> Path:
    """A Python that has pythae and this process's version of torch; made once. Raises UnavailableError where it can't be."""
    exact = torch.__version__  # with its local part, such as +cpu, where the configured index has that
    folder = cache / f"{PYTHAE.replace('==', '-')}-torch-{exact}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if (folder / "complete").exists():
        return python
    said = ""
    for wanted in dict.fromkeys((exact, exact.partition("+")[0])):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
        command = [str(python), "-m", "pip", "install", "--quiet", f"torch=={wanted}", PYTHAE]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            (folder / "complete").touch()
            return python
        said = last_line(done.stderr)
    raise UnavailableError(f"pythae can't be installed: {said}")


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]
