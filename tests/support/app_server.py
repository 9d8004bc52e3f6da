"""The app with small untrained models, launched as app.py launches it, on a free port."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
import torch

from demo import ui
from demo.presets import PresetInfo
from demo.server.housekeeping import own_folder
from shapevae.config import ModelConfig
from shapevae.evaluation import evaluate
from shapevae.model import Autoencoder

SMALL = {"encoder_width": 4, "decoder_width": 8, "hidden": 32, "latent_dim": 4}


def untrained(**config: object) -> dict[str, Autoencoder]:
    """Models "vae" and "mmd" with random weights, the same in every run."""
    torch.manual_seed(0)
    vae = Autoencoder(ModelConfig(**{**SMALL, **config}))
    mmd = Autoencoder(ModelConfig(**{**SMALL, "noise_variance": 0.01, "prior_variance": 5.0, **config}))
    for model in (vae, mmd):
        torch.nn.init.constant_(model.decoder.out.bias, 0.0)
        for parameter in model.parameters():
            parameter.data *= 3  # so that another picture gives visibly another reconstruction
    return {"vae": vae.eval(), "mmd": mmd.eval()}


def measured(models: dict[str, Autoencoder]) -> PresetInfo:
    """No weights folder, and figures on few pictures: by itself the page measures more, which takes most of a test's time."""
    return PresetInfo(metrics={name: evaluate(model, images=20).to_dict() for name, model in models.items()})


@contextmanager
def launched(
    models: dict[str, Autoencoder] | None = None, info: PresetInfo | None = None, **settings: Any
) -> Iterator[gr.Blocks]:
    """The app, running; settings: those of demo.ui.launch."""
    with own_folder():
        models = models or untrained()
        demo = ui.build(models, info or measured(models))
        ui.launch(demo, **{"quiet": True, **settings})
        try:
            yield demo
        finally:
            demo.close()


@contextmanager
def running(models: dict[str, Autoencoder] | None = None, info: PresetInfo | None = None) -> Iterator[str]:
    """The address of the running app, with a slash at its end."""
    with launched(models, info) as demo:
        yield str(demo.local_url)
