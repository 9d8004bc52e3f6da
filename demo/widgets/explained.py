"""The idea, the formula, and the lines of the package that do it, read from its source: a fold at the foot of a tab."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from html import escape
from textwrap import dedent
from typing import Any

import gradio as gr

from demo.markup.text import TEXT
from demo.views.latent import interpolate, slerp
from demo.views.plane import prior_shares
from demo.views.questions import questions
from shapevae.information import designed_rate, rate_terms
from shapevae.losses import distortion, kl_divergence, squared_mmd
from shapevae.model import Autoencoder, prior_draws
from shapevae.training import kl_penalty, loss_terms, mmd_penalty, train_epoch

FUNCTIONS: dict[str, tuple[Callable[..., Any], ...]] = {
    "see": (Autoencoder.encode, Autoencoder.decode, prior_shares),
    "sample": (Autoencoder.sample, Autoencoder.refine, Autoencoder.draw_prior, prior_draws),
    "explore": (interpolate, slerp),
    "information": (rate_terms, kl_divergence, designed_rate, squared_mmd),
    "train": (train_epoch, loss_terms, distortion, kl_penalty, mmd_penalty),
}
_LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def build(tab: str) -> None:
    """Lay out what there is on a tab, closed until somebody asks."""
    if asked := questions().get(tab):
        with gr.Accordion("What people ask", open=False, elem_id=f"questions-{tab}"):
            gr.Markdown("\n\n".join(f"**{question}** {answer}" for question, answer in asked))
    with gr.Accordion("The idea, the formula, the code", open=False):
        gr.Markdown(TEXT[f"{tab}.explained"], latex_delimiters=_LATEX)
        gr.HTML("".join(map(listing, FUNCTIONS[tab])), apply_default_css=False)


def listing(function: Callable[..., Any]) -> str:
    """A function as it is written; a long line is scrolled with the arrow keys."""
    source = escape(dedent(inspect.getsource(function)).strip())
    return f'<pre class="listing" tabindex="0" aria-label="Python: {function.__name__}"><code>{source}</code></pre>'
