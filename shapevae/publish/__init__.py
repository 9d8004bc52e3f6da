"""Writing to the Hub: weights and Spaces; the app never imports it."""
