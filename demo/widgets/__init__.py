"""gr.HTML components, their scripts, and what those may call."""
