"""The faults that are planted in exported folders, the same in every framework: each has to be found."""

from tests.frameworks.faults_of_designs import MERGED, ROUNDS, SEQUENCES, TRAINING
from tests.frameworks.faults_of_layers import ACTIVATION, LOSSES, NORMALISATION, REDUCED, SHAPE, SPATIAL
from tests.frameworks.faults_of_values import VALUES
from tests.frameworks.planting import Fault

FAULTS: list[Fault] = [
    *NORMALISATION, *ACTIVATION, *SPATIAL, *SHAPE, *REDUCED, *LOSSES,
    *MERGED, *ROUNDS, *TRAINING, *SEQUENCES, *VALUES,
]  # fmt: skip
"""Each one argument, wire or tensor that is another; no shape changes."""
