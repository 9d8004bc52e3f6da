"""The idea, the formula, and the lines of the package that do it, read from its source: one fold at the foot of a tab."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from textwrap import dedent
from typing import Any

import gradio as gr

from demo.views.latent import interpolate, slerp
from shapevae.information import designed_rate, rate_terms
from shapevae.losses import distortion, kl_divergence, squared_mmd
from shapevae.model import Autoencoder, prior_draws
from shapevae.training import kl_penalty, loss_terms, mmd_penalty, train_epoch


@dataclass(frozen=True)
class Explanation:
    """idea and formula are Markdown, the formula with LaTeX; an empty one comes from the page's own numbers."""

    idea: str
    formula: str
    functions: tuple[Callable[..., Any], ...]


EXPLANATIONS = {
    "sample": Explanation(
        "Training has kept the codes of pictures close to a Gaussian, so a code drawn from it should look like one of theirs. "
        "Some fall where no picture's code is. A pass encodes what was drawn and decodes that, which brings it closer to a "
        "picture that the model knows; nothing is picked out or left out.",
        r"$$z = s\,\sqrt{v}\,\varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I), \quad \hat{x} = \text{decoder}(z)$$"
        r" with the spread $s$. A pass: $$\hat{x} \leftarrow \text{decoder}(\mu(\hat{x}))$$",
        (Autoencoder.sample, Autoencoder.refine, Autoencoder.draw_prior, prior_draws),
    ),
    "explore": Explanation(
        "A walk between two codes is a walk between two pictures, smooth where the decoder knows the codes on its way.",
        r"Straight: $$z_t = (1 - t)\,a + t\,b$$"
        r" Spherical: $$z_t \propto \sin((1 - t)\theta)\,\hat{a} + \sin(t\theta)\,\hat{b}$$"
        r" with the angle $\theta$ from $a$ to $b$.",
        (interpolate, slerp),
    ),
    "information": Explanation(
        "A noisy code can't tell more than its noise lets through. Its rate is what it costs to send; part of that tells which "
        "picture it was, the rest is only that the codes, all together, are not the prior. With this page's numbers:",
        "",
        (rate_terms, kl_divergence, designed_rate, squared_mmd),
    ),
    "train": Explanation(
        "At every step a batch of pictures is encoded, a noisy code is drawn for each and decoded, and all weights move "
        "a little to where the loss is smaller: what the errors cost, plus what keeps the codes Gaussian. Only that differs.",
        r"$$\text{distortion} = \tfrac{1}{2c} \lVert x - \hat{x} \rVert^2$$"
        r"$$\text{VAE: distortion} + \mathrm{KL}(q(z|x)\,\|\,p(z))$$"
        r"$$\text{adjusted VAE: distortion} + \lambda\,\mathrm{MMD}^2(q(z), p(z))$$",
        (train_epoch, loss_terms, distortion, kl_penalty, mmd_penalty),
    ),
}
_LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def build(tab: str, formula: str = "") -> None:
    """Lay out what there is on a tab, closed until somebody asks."""
    explained = EXPLANATIONS[tab]
    with gr.Accordion("The idea, the formula, the code", open=False):
        gr.Markdown(f"{explained.idea}\n\n{explained.formula or formula}", latex_delimiters=_LATEX)
        gr.HTML("".join(map(listing, explained.functions)), apply_default_css=False)


def listing(function: Callable[..., Any]) -> str:
    """A function as it is written; a long line is scrolled with the arrow keys."""
    source = escape(dedent(inspect.getsource(function)).strip())
    return f'<pre class="listing" tabindex="0" aria-label="Python: {function.__name__}"><code>{source}</code></pre>'
