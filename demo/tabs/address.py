"""The page's address follows what is shown, and a shared link shows the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from demo import links
from demo.tabs.common import QUIET
from demo.tabs.reconstruct import linked_shape

_SHAPE = ("kind", "shape", "size", "angle", "across", "down")
_DRAWS = ("seed", "count", "spread")
_REMEMBER = "(...values) => {{ window.shapevae.remember(Object.fromEntries({names}.map((name, i) => [name, values[i]]))); }}"


def wire(demo: gr.Blocks, tabs: gr.Tabs, panes: Sequence[gr.Tab], pad: gr.HTML, settings: Mapping[str, Any]) -> None:
    """Write the address when a tab is chosen or a setting changes; read it when the page is opened.

    panes: in the order of links.TABS. settings: components by the names of links.Link.
    """
    for name, pane in zip(links.TABS, panes, strict=True):
        pane.select(None, js=f"() => {{ window.shapevae.remember({{tab: '{name}'}}); }}", **QUIET)
    for group in (_SHAPE, _DRAWS):
        events = [settings[name].change for name in group if name != "kind"]
        gr.on(events, None, [settings[name] for name in group], js=_REMEMBER.format(names=list(group)), **QUIET)
    query = gr.Textbox(visible=False)
    outputs = [tabs, pad, *(settings[name] for name in (*_SHAPE, *_DRAWS))]
    demo.load(open_link, [query], outputs, js="() => window.shapevae.search", **QUIET)


def open_link(query: object) -> list[object]:
    """What a link, "?name=value&…", sets: the tab, the pad, then the settings; what it doesn't name stays as it is."""
    link = links.read(links.parse(query))
    shape = linked_shape(link)
    values = {**shape, **{name: getattr(link, name) for name in _DRAWS}}
    tab = gr.skip() if link.tab is None else gr.Tabs(selected=link.tab)
    return [tab, *(gr.skip() if values.get(name) is None else values[name] for name in ("pad", *_SHAPE, *_DRAWS))]
