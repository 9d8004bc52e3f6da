"""The page's address follows what is shown, and a shared link shows the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from demo.tabs.explore import linked_ends
from demo.tabs.reconstruct import linked_shape
from demo.tabs.sample import linked_samples
from demo.tabs.train import usual_size
from demo.views import links
from demo.views.results import Models
from demo.widgets.events import QUIET

_SHAPE = ("kind", "shape", "size", "angle", "across", "down")
_DRAWS = ("count", "spread", "passes", "seed")  # the seed last: its change draws the samples with what is set by then
_WALK = ("a", "b", "path")
_SHOWN = ("grids", "shown_a", "shown_b")
_SET = ("pad", *_SHAPE, *_DRAWS, *_WALK, *_SHOWN)  # what a link sets, besides the tab and a training
_REMEMBER = "window.shapevae.remember(Object.fromEntries({names}.map((name, i) => [name, values[i]])));"
_SHAPED = 'window.shapevae.shaped = performance.now(); window.shapevae.forget("drawing");'
_DRAWN = (Path(__file__).parents[1] / "widgets" / "link.js").read_text(encoding="utf-8")


def wire(
    demo: gr.Blocks,
    models: Models,
    tabs: gr.Tabs,
    panes: Sequence[gr.Tab],
    pad: gr.HTML,
    settings: Mapping[str, Any],
    training: Mapping[str, Any],
) -> None:
    """Write the address when a tab is chosen, a setting changes or somebody draws; read it when the page is opened.

    panes: in the order of links.TABS. settings: components by the names of links.Link; training: those of links.TRAINING.
    """
    for name, pane in zip(links.TABS, panes, strict=True):
        pane.select(None, js=f"() => {{ window.shapevae.remember({{tab: '{name}'}}); }}", **QUIET)
    _follow({name: settings[name] for name in _SHAPE}, _SHAPED)
    _follow({name: settings[name] for name in _DRAWS})
    _follow({name: settings[name] for name in _WALK})
    _follow({links.TRAINING[name]: component for name, component in training.items()})
    pad.change(None, [pad], None, js=_DRAWN, **QUIET)
    query = gr.Textbox(visible=False)
    everything = {"pad": pad, **settings}
    outputs = [tabs, *(everything[name] for name in _SET), *(training[name] for name in links.TRAINING)]
    demo.load(partial(open_link, models), [query], outputs, js="() => window.shapevae.search", **QUIET)


def _follow(settings: Mapping[str, Any], then: str = "") -> None:
    """Have the address name these settings, by these names, whenever one of them changes."""
    events = [component.change for name, component in settings.items() if name != "kind"]  # the seed changes with it
    script = f"(...values) => {{ {_REMEMBER.format(names=list(settings))} {then} }}"
    gr.on(events, None, list(settings.values()), js=script, **QUIET)


def open_link(models: Models, query: object) -> list[object]:
    """What a link, "?name=value&…", sets: the tab, the pad, then the settings; what it doesn't name stays as it is."""
    link = links.read(links.parse(query))
    shape = linked_shape(link) if link.drawing is None else {"pad": link.drawing}
    values = {**shape, **linked_samples(models, link), **linked_ends(link)}
    tab = gr.skip() if link.tab is None else gr.Tabs(selected=link.tab)
    training = usual_size(link.training) | link.training
    found = [*(values.get(name) for name in _SET), *(training.get(name) for name in links.TRAINING)]
    return [tab, *(gr.skip() if value is None else value for value in found)]
