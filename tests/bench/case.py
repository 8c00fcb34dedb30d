"""What both sides of a measurement are given: a program, and numbers for its inputs and weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from zlib import crc32

import numpy as np

from core.document import Document
from core.engine.weights import initial
from core.export.proof import as_stored, sample_inputs
from core.initialise import Array
from core.program import Program
from tests.engine.designs import program_of

SEED = 7

CENTRED = ("bias", "mean")
"""What is in the names of vectors that are about zero."""


@dataclass(frozen=True)
class Case:
    """A network as it is run: eval and forward alone, or training with the backward."""

    program: Program
    inputs: Mapping[str, Array]
    weights: Mapping[str, Array]
    """By slot."""
    training: bool


def case_of(document: Document, *, training: bool) -> Case:
    """The design with drawn inputs and weights."""
    program = program_of(document)
    errors = [problem.text for problem in program.problems if problem.kind == "error"]
    assert not errors, errors
    inputs = {name: np.ascontiguousarray(as_stored(array)) for name, array in sample_inputs(program)}
    weights = {name: _drawn(name, array) for name, array in initial(program, None, SEED).items()}
    return Case(program, inputs, weights, training)


def _drawn(name: str, first: Array) -> Array:
    """A tensor that keeps values from growing or vanishing through many layers: fresh ones may vanish.

    Fresh statistics (0 and 1) would also hide faults. He et al. 2015 have the factor of the filters.
    """
    if first.dtype.kind != "f" or not first.ndim:
        return first
    generator = np.random.default_rng(crc32(name.encode()))
    if first.ndim > 1:
        drawn = generator.standard_normal(first.shape) * (2 / prod(first.shape[1:])) ** 0.5
    elif any(part in name.rpartition("/")[2] for part in CENTRED):
        drawn = generator.standard_normal(first.shape) * 0.1
    else:
        drawn = generator.uniform(0.5, 1.5, first.shape)
    return np.asarray(drawn, np.float32)
