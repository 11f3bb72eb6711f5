"""Random generators by name: the same seed and names give the same stream, whatever else is drawn."""

import hashlib

import numpy as np


def generator(seed: int | str, *names: str) -> np.random.Generator:
    """A numpy Generator for one thing, such as `generator(1, "plate", "CYT-01")`."""
    text = "\x1f".join(map(str, (seed, *names)))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))
