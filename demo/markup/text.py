"""The longer texts of the page by the headings of text.md, and its words, which say what they mean when they are tapped."""

from __future__ import annotations

import re
from pathlib import Path

_PARTS = {
    name: body.strip()
    for name, _, body in (
        part.partition("\n") for part in (Path(__file__).parent / "text.md").read_text(encoding="utf-8").split("\n# ")[1:]
    )
}
WORDS: dict[str, str] = dict(re.findall(r"^- (.+?): (.+?)$", _PARTS.pop("words"), re.MULTILINE))
_TERM = re.compile(r"\[\[([^|\]]+)\|?([^\]]*)\]\]")  # [[word]] or [[word|as it is shown]]


def term(word: str, shown: str = "") -> str:
    """A word as a button that opens its meaning, by page.js: Markdown keeps no popovertarget. KeyError where it has none."""
    return f'<button type="button" class="term {_PLACES[word]}">{shown or word}</button>'


def glossary() -> str:
    """The meanings of all words as HTML, each hidden until somebody asks for it: needed once a page."""
    return "".join(
        f'<div popover id="{_PLACES[word]}" class="meaning"><b>{word}</b>: {told}</div>' for word, told in WORDS.items()
    )


_PLACES = {word: f"word-{number}" for number, word in enumerate(WORDS)}
TEXT = {name: _TERM.sub(lambda found: term(found[1], found[2]), body) for name, body in _PARTS.items()}
MASTHEAD = f"""
<header class="masthead">
  <h1>Two ways to keep a latent space Gaussian</h1>
  <p>Two autoencoders: the same networks, the same pictures of shapes, the same training. The <b class="vae">VAE</b>
  is held to a Gaussian by {term("KL divergence")}, picture by picture; the <b class="mmd">adjusted VAE</b> by maximum mean
  discrepancy ({term("MMD")}), a batch at a time. Draw and sample to see what the difference does.</p>
</header>
<p id="unanswered" role="status"></p>
{glossary()}"""
