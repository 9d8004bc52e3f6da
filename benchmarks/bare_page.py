"""What the app's start is held against: a page of Gradio with one line on it, and torch imported."""

import gradio as gr
import torch

with gr.Blocks(analytics_enabled=False) as page:
    gr.Markdown(f"torch {torch.__version__}")

if __name__ == "__main__":
    page.launch(server_name="127.0.0.1", ssr_mode=False, quiet=True)
