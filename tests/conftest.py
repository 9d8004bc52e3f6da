"""Fixtures shared by the tests, a tiny configuration that trains in a second, and the markers, set by folder."""

import pytest
import torch

from shapevae.config import PRESETS, TrainConfig
from shapevae.model import Autoencoder

torch.set_num_threads(1)  # as the command line and the app do; threads that wait for each other spin, many times as long

MARKERS = {"slow": "slow", "hub": "slow", "robustness": "slow", "browser": "browser"}  # by folder, at any depth
TINY = {"images": 64, "epochs": 3, "batch_size": 16, "encoder_width": 4, "decoder_width": 8, "hidden": 32}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for folder in MARKERS.keys() & set(item.path.relative_to(item.config.rootpath).parts[:-1]):
            item.add_marker(MARKERS[folder])
    # Playwright's event loop runs on in this thread, where asyncio.run can then not be called: browser tests come last.
    items.sort(key=lambda item: "browser" in item.keywords)


def tiny(preset: str, **changes: object) -> TrainConfig:
    return PRESETS[preset].replace(**{**TINY, **changes})


@pytest.fixture(params=["report-vae", "report-mmd"])
def config(request: pytest.FixtureRequest) -> TrainConfig:
    return tiny(request.param)


@pytest.fixture
def model(config: TrainConfig) -> Autoencoder:
    torch.manual_seed(0)
    return Autoencoder(config.model).eval()
