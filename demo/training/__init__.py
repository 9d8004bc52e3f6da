"""Training in the page."""
