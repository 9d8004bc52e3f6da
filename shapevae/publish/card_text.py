"""The sentences of the model card that no figure changes."""

from __future__ import annotations

from shapevae.config import TEST_SEED, TRAIN_SEEDS

INTRODUCTION = """
Small autoencoders that draw circles, rectangles and triangles, 64 × 64 pixels. The models of a pair have the same networks
(but for the latent dimensions below) and the same data, and differ in how their latent layer is kept Gaussian. A VAE learns
a mean and a variance for each picture, and the KL divergence pulls each of these Gaussians to N(0, I). The adjusted VAE
learns no variance: maximum mean discrepancy pulls all codes of a batch together to a Gaussian. The comparison follows a
course report of 2021, AIML 425 Assignment 4, Variational Autoencoders. """

JUDGED = """
A picture is judged by fitting the nearest true shape to it, without a second network.
"""

REPORT = """
The report counted clean shapes by eye, on 16 reconstructions and 25 samples. Its two squared errors can't be on one scale: the
first is about what a sum over pixels gives, the second what a mean gives. Here each is shown as a sum / as a mean.
"""

RECIPE = f"""
Every picture is drawn by a rule from a seed: one white anti-aliased shape on black, its kind, size, place and aspect random, in
the rotated variant its angle as well. `shapevae.draw_shapes(count, seed)` gives the same pixels anywhere. Training uses seed
{TRAIN_SEEDS:,} plus the seed below, the test pictures seed {TEST_SEED:,}. `shapevae train NAME` repeats a training.
"""

CHECKED = """
Files are safetensors with a `config.json` each; the `config.json` at the root holds the sha256 of every file, and loading
checks it.
"""

LIMITS = """
## Intended use and limits

For learning and teaching what the regulariser of a latent layer does: look at reconstructions, samples and information rates
side by side. The models know one white shape on black and nothing else: photographs, several shapes or colours give a shape
that was not there. The figures hold for pictures drawn by the same rule. There are no people in the data and no text.
"""
