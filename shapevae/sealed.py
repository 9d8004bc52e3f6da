"""Tensors on disk with a checksum over all that the file says, and the check that every number is finite."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import torch
from safetensors.torch import save
from torch import Tensor

SEAL = "sha256"


def seal(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], *, about: str = "") -> bytes:
    """A safetensors file of CPU tensors whose metadata holds, beside what is given, the digest of everything.

    `about` is sealed too but not in the file. The file's bytes are a function of the arguments only where `metadata` is empty:
    safetensors writes several entries in any order.
    """
    return save(dict(tensors), {**metadata, SEAL: digest(tensors, metadata, about)})


def digest(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], about: str = "") -> str:
    """sha256, in hexadecimal, of `about`, the metadata but for the digest, and each tensor's name, type, shape and bytes."""
    texts = sorted((key, value) for key, value in metadata.items() if key != SEAL)
    named = sorted(tensors.items())
    described = [(name, str(tensor.dtype), list(tensor.shape)) for name, tensor in named]
    sha256 = hashlib.sha256(json.dumps([about, texts, described]).encode())
    for _, tensor in named:
        sha256.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return sha256.hexdigest()


def first_not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    """The name of the first tensor that holds a NaN or an infinity."""
    return next((name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()), None)
