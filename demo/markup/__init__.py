"""HTML and SVG as strings, from what the views return."""
