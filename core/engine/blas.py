"""How many threads NumPy's matrix products may take: one, where nobody has asked for more.

Threads of BLAS spin while they wait for each other. On two cores that others use as well they made a LeNet
ten times slower; on two idle ones they halve the largest products alone.
"""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)
"""What the libraries under NumPy read as they are loaded, each its own name."""


def limit(environment: MutableMapping[str, str] = os.environ) -> None:
    """Asks for one thread, of a NumPy that is imported later; what the user has set stays."""
    if not any(name in environment for name in VARIABLES):
        environment.update(dict.fromkeys(VARIABLES, "1"))


@contextmanager
def limited() -> Iterator[None]:
    """A process started inside has one thread, unless the user has set it; this one stays as it is."""
    before = dict(os.environ)
    limit()
    try:
        yield
    finally:
        for name in VARIABLES:
            if name not in before:
                os.environ.pop(name, None)
