"""Trainings that go wrong in an instructive way, one click each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Exhibit:
    """An instructive failure: what it changes, and what to look at."""

    title: str
    look_at: str
    changes: dict[str, object]


EXHIBITS = (
    Exhibit(
        "λ = 0",
        "Nothing keeps the codes Gaussian. Reconstruction learns as ever; random codes miss the places the decoder knows.",
        {"model": "mmd", "mmd_weight": 0},
    ),
    Exhibit(
        "λ < 0",
        "The codes are rewarded for leaving the prior: the loss goes down, the samples go to pieces.",
        {"model": "mmd", "mmd_weight": -3000},
    ),
    Exhibit(
        "Huge pixel variance",
        "Errors cost next to nothing, so the VAE sends no bits at all: posterior collapse, one grey blur for every picture.",
        {"model": "vae", "pixel_variance": 500},
    ),
    Exhibit(
        "Bandwidth d² at d = 20",
        "A kernel this wide sees no difference in scale: MMD is near 0 though the codes are not the prior.",
        {"model": "mmd", "latent_dim": 20, "kernel": "rbf"},
    ),
    Exhibit("One epoch", "How far one look at every picture gets.", {"model": "vae", "epochs": 1}),
)
