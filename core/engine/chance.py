"""Random numbers that depend on nothing but a seed and the names of what they are for."""

from hashlib import blake2b

import numpy as np


def generator(seed: int, *names: str) -> np.random.Generator:
    """The same stream for the same seed and names on every platform, unrelated to any other."""
    parts = [str(seed), *names]
    digest = blake2b("\0".join(parts).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
