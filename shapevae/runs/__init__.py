"""A run on disk: training into a folder, checkpoints, resume."""
