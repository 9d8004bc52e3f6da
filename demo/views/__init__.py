"""What the app shows, as pure functions without Gradio."""
