"""How large files and models may be: what a file claims is held against this before any memory is given to it."""

from __future__ import annotations

import dataclasses

from shapevae.config import ModelConfig

MAX_BYTES = 64 * 2**20  # of a weights file, and of the model it is for: far above any of ours
MAX_CONFIG = 64 * 2**10  # bytes of a config.json
MAX_SIZE = 4096  # of any width, any depth and the picture's side


def too_large(config: ModelConfig) -> str | None:
    """A phrase that says what is too large about a model, or None; builds nothing."""
    for name, value in dataclasses.asdict(config).items():
        if isinstance(value, int) and value > MAX_SIZE:
            return f"{name} is {value}, and the limit {MAX_SIZE}"
    if model_bytes(config) > MAX_BYTES:
        return f"it describes a model of {model_bytes(config) // 2**20} MiB, and the limit is {MAX_BYTES // 2**20} MiB"
    return None


def model_bytes(config: ModelConfig) -> int:
    """Memory of the model's weight matrices and coordinates in float32, by arithmetic; biases, a small part, are left out."""
    cells, block = (config.image_size // 16) ** 2, config.image_size // config.decoder_grid
    encoder, width, hidden = config.encoder_width, config.decoder_width, config.hidden
    encoding = 16 * encoder + 18 * encoder**2 + 2 * encoder * cells * hidden + 2 * hidden * config.latent_dim
    trunk = 2 * (config.latent_dim * hidden + (config.trunk_layers - 1) * hidden**2)
    decoding = (3 + 2 * config.decoder_layers) * width * hidden + config.decoder_layers * width**2 + width * block**2
    return 4 * (encoding + trunk + decoding + 3 * config.decoder_grid**2)
