"""One tab each: layout, then wiring; no logic."""
