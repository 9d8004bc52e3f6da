"""The page's address follows what is shown, and a shared link shows the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import gradio as gr

from demo.tabs.explore import linked_walk
from demo.tabs.reconstruct import linked_shape
from demo.tabs.sample import linked_samples
from demo.views import links
from demo.views.results import Models
from demo.widgets.events import PRIVATE, file_text

_SHAPE = ("kind", "shape", "size", "angle", "across", "down")
_SAMPLES = (
    "count",
    "spread",
    "passes",
    "marks",
    "seed",
)  # the seed last: its change draws the samples with what is set by then
_WALK = ("a", "b", "path")
_SHOWN = ("grids", "counted", "shown_a", "shown_b", "film")
_SET = ("pad", *_SHAPE, *_SAMPLES, *_WALK, *_SHOWN)  # what a link sets, besides the tab
_REMEMBER = "window.shapevae.remember(Object.fromEntries({names}.map((name, i) => [name, values[i]])));"
_SHAPED = 'window.shapevae.shaped = performance.now(); window.shapevae.forget("drawing");'


def wire(
    demo: gr.Blocks,
    models: Models,
    tabs: gr.Tabs,
    panes: Sequence[gr.Tab],
    pad: gr.HTML,
    settings: Mapping[str, Any],
) -> None:
    """Write the address when a tab is chosen, a setting changes or somebody draws; read it when the page is opened.

    panes: in the order of links.TABS. settings: components by the names of a link.
    """
    for name, pane in zip(links.TABS, panes, strict=True):
        pane.select(None, js=f"() => {{ window.shapevae.turnTo('{name}'); }}", **PRIVATE)
    for names, then in ((_SHAPE, _SHAPED), (_SAMPLES, ""), (_WALK, "")):
        _follow({name: settings[name] for name in names}, then)
    pad.change(None, [pad], None, js=file_text("gradio/link.js"), **PRIVATE)
    query = gr.Textbox(visible=False)
    everything = {"pad": pad, **settings}
    outputs = [tabs, *(everything[name] for name in _SET)]
    demo.load(partial(open_link, models), [query], outputs, js="() => window.shapevae.opened()", **PRIVATE)


def _follow(settings: Mapping[str, Any], then: str = "") -> None:
    """Have the address name these settings, by these names, whenever one of them changes."""
    events = [component.change for name, component in settings.items() if name != "kind"]  # the seed changes with it
    remember = f"(...values) => {{ {_REMEMBER.format(names=list(settings))} {then} }}"
    gr.on(events, None, list(settings.values()), js=remember, **PRIVATE)


def open_link(models: Models, query: object) -> list[object]:
    """What a link, "?name=value&…", sets: the tab, the pad, then the settings; what it doesn't name stays as it is."""
    link = links.read(query)
    values = {**linked_shape(link), **linked_samples(models, link), **linked_walk(models, link)}
    tab = links.tab_of(link)
    return [
        gr.Tabs(selected=tab) if tab else gr.skip(),
        *(values.get(name, gr.skip()) for name in _SET),
    ]
