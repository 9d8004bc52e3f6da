"""Training in a folder: the run as a whole, its checkpoints, and the folder itself."""
