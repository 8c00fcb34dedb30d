"""Random draws that depend on nothing but the run's seed and the call path of the layer that asks."""

from hashlib import blake2b
from typing import Any

import numpy as np

from .elementwise import Unary
from .primitive import Array, Ref, apply

EVEN = -1
"""The seed by which nothing is left to chance: a mask keeps everything, each normal draw is 1.

So programs that draw can be compared where their random numbers cannot.
"""


def random_mask(x: Ref, keep: float) -> Ref:
    """1/keep with probability `keep`, else 0, for each element of x's shape."""
    trace = x.trace
    trace.draws += 1
    return apply("random_mask", x, keep=float(keep), key=f"{trace.scope}#{trace.draws}")[0]


def iteration_seed(seed: int, iteration: int) -> int:
    """The seed of a loop's iteration, counted from 0: its draws have the same names each time."""
    if seed == EVEN:
        return EVEN
    digest = blake2b(f"{seed}/iteration {iteration}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def random_normal(x: Ref) -> Ref:
    """A draw of the standard normal distribution for each element of x's shape."""
    trace = x.trace
    trace.draws += 1
    return apply("random_normal", x, key=f"{trace.scope}#{trace.draws}")[0]


class _RandomNormal(Unary):
    """y ~ N(0, 1); the same in every run with the same seed; no gradient."""

    name = "random_normal"
    random = True

    def reference(self, x: Array, *, key: str, seed: int, **settings: Any) -> tuple[Array, ...]:
        drawn = np.ones(x.shape) if seed == EVEN else _generator(seed, key).standard_normal(x.shape)
        return (np.asarray(drawn, x.dtype),)


class _RandomMask(Unary):
    """y = 1/keep with probability keep, else 0; the same in every run with the same seed."""

    name = "random_mask"
    random = True

    def reference(self, x: Array, *, keep: float, key: str, seed: int, **settings: Any) -> tuple[Array, ...]:
        kept = np.ones(x.shape, bool) if seed == EVEN else _generator(seed, key).random(x.shape) < keep
        return (np.where(kept, x.dtype.type(1 / keep if keep else 0), x.dtype.type(0)),)


def first_state(seed: int, key: str) -> tuple[int, int]:
    """What a draw's generator begins with: the state of PCG64, and what is added at each step."""
    told: Any = _generator(seed, key).bit_generator.state["state"]
    return told["state"], told["inc"]


def _generator(seed: int, key: str) -> np.random.Generator:
    digest = blake2b(f"{seed}/{key}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))
