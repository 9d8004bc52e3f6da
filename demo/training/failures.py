"""Trainings that go wrong in an instructive way, each beside a healthy one: first a prediction, then what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exhibit:
    """What a failure changes, what one is asked beforehand, and what is said afterwards.

    family, model: whose configuration it begins with; both: what it and its control change; changes: what it alone does.
    right: the index of the right answer. caption: with the figures of both in braces, as bad_NAME and good_NAME.
    """

    title: str
    question: str
    answers: tuple[str, ...]
    right: int
    caption: str
    changes: Mapping[str, Any]
    family: str = "plane"
    model: str = "mmd"
    both: Mapping[str, Any] = field(default_factory=dict)


EXHIBITS = {
    "no-kl": Exhibit(
        "No KL",
        "Nothing holds the VAE's codes any more, nor asks for noise. What does a picture cost?",
        ("Fewer bits", "As many as before", "More bits"),
        2,
        "It costs {bad_bits} bits, against {good_bits}: noise only harms, so it goes. The codes need not stay on the rings: "
        "the mismatch is {bad_mismatch} bits against {good_mismatch}, and {bad_shapes} of the prior draws shapes, against "
        "{good_shapes}. Squared error {bad_error} against {good_error}.",
        {"kl_weight": 0.0},
        model="vae",
    ),
    "no-penalty": Exhibit(
        "λ = 0",
        "Nothing holds the codes any more. What suffers?",
        ("Reconstructions", "Random samples", "Both"),
        1,
        "Reconstructions lose nothing: squared error {bad_error} against {good_error}. But the codes leave the rings: "
        "the mismatch is {bad_mismatch} bits against {good_mismatch}, and {bad_shapes} of the prior draws shapes, "
        "against {good_shapes}.",
        {"mmd_weight": 0.0},
    ),
    "reward": Exhibit(
        "λ < 0",
        "Now leaving the prior is rewarded. What does the loss do?",
        ("It rises", "It falls below zero", "It stays"),
        1,
        "The loss falls to {bad_loss} nats, against {good_loss}: the further out the codes, the better. Of samples it "
        "says nothing: {bad_shapes} of the prior draws shapes, against {good_shapes}.",
        {"mmd_weight": -300.0},
    ),
    "collapse": Exhibit(
        "c far too large",
        "An error costs next to nothing. How many bits does the VAE spend on a picture?",
        ("None", "As many as before", "More"),
        0,
        "It spends {bad_bits} bits, against {good_bits}: each code's noise is the whole prior, so the decoder learns "
        "nothing of the picture and draws one blur everywhere. Squared error {bad_error} against {good_error}.",
        {"pixel_variance": 500.0, "pixel_variance_start": 500.0},
        model="vae",
    ),
    "bandwidth": Exhibit(
        "Bandwidth d² at d = 20",
        "Squared distances between codes are about 2 d v = 40, the kernel's bandwidth is 400. Where does that show most?",
        ("In the error of reconstructions", "In the mismatch", "In the loss"),
        1,
        "Only the kernel differs. So wide a kernel hardly sees more of the codes than their mean: the mismatch is "
        "{bad_mismatch} bits, with the multiquadrics {good_mismatch}. Squared error {bad_error} against {good_error}. "
        "64 random codes can't tell the two apart: {bad_shapes} of them draw shapes, against {good_shapes}.",
        {"kernel": "rbf"},
        family="report",
        both={"latent_dim": 20, "prior_variance": 1.0, "noise_variance": 0.094},
    ),
    "one-epoch": Exhibit(
        "One epoch",
        "One look at every picture: how much of the prior draws clear shapes already?",
        ("Less than half", "About three quarters", "Nearly all"),
        0,
        "After one epoch {bad_shapes} of the prior draws clear shapes, after ten {good_shapes}. Squared error "
        "{bad_error} against {good_error}.",
        {"epochs": 1},
        model="vae",
    ),
}
