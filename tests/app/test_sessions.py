"""Sessions share what Gradio says of the page's components, and nothing else."""

from __future__ import annotations

import gradio as gr
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState

from demo.server.blocks import GuardedBlocks


def page() -> GuardedBlocks:
    with GuardedBlocks() as demo:
        gr.Textbox("hello", label="Word")
        gr.Slider(0, 10, 3)
        gr.State([1])
    return demo


def shown(session: SessionState, key: int) -> tuple[str, str]:
    props = session.config_values[key]["props"]
    return props["value"], props["label"]


def test_a_session_is_told_what_gradio_would_tell_it() -> None:
    demo = page()
    plain = {key: BlocksConfig.config_for_block(key, [], block) for key, block in demo.blocks.items()}
    for _ in range(2):
        assert SessionState(demo).config_values == plain


def test_what_changes_in_one_session_stays_there() -> None:
    demo = page()
    key = next(key for key, block in demo.blocks.items() if isinstance(block, gr.Textbox))
    mine, other = SessionState(demo), SessionState(demo)
    mine._update_value_in_config(key, "mine")
    assert [shown(session, key) for session in (mine, other)] == [("mine", "Word"), ("hello", "Word")]
    mine[key] = gr.Textbox("new", label="Another word", render=False)
    mine._update_config(key)
    sessions = (mine, other, SessionState(demo))
    assert [shown(session, key) for session in sessions] == [("new", "Another word"), ("hello", "Word"), ("hello", "Word")]


def test_a_component_is_described_once_for_all_sessions() -> None:
    demo = page()
    SessionState(demo)
    for block in demo.blocks.values():
        block.get_config = lambda: 1 / 0  # type: ignore[method-assign]
    assert len(SessionState(demo).config_values) == len(demo.blocks)
