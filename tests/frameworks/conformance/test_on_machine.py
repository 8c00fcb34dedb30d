"""Every sample gives on the machine what PyTorch gives, at the width of vectors that this process has.

Lanes of their own run this at other widths.
"""

import pytest

from core.kernels.vector import WIDTH

from .on_machine import THREADS, WIDTHS, every, outcomes, written
from .test_conformance import pytestmark

__all__ = ["pytestmark"]  # PyTorch warns of its own samples


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("module", every())
def test_every_sample_passes_on_the_machine(module: str, threads: int) -> None:
    found = outcomes(module, threads)
    assert found and all(one.passed for one in found), "\n".join(
        f"{one.sample}: {one.fault or one.missing}" for one in found if not one.passed
    )


def test_the_width_is_one_of_those_that_are_tested() -> None:
    assert WIDTH in WIDTHS


def test_the_table_has_a_row_for_each_module_and_a_column_for_each_width_and_thread() -> None:
    row = {"layers": ["ReLU"], "samples": 3, "passed": [3, 2], "difference": 1e-7, "faults": ["x"]}
    head, line, total = written([{"ReLU": row}] * len(WIDTHS)).splitlines()
    assert head.split() == [
        "Module",
        "Layers",
        "Samples",
        "16×1",
        "16×2",
        "8×1",
        "8×2",
        "4×1",
        "4×2",
        "Difference",
    ]
    assert line.split() == ["ReLU", "ReLU", "3", *["3", "2"] * 3, "1.0e-07"]
    assert total.split() == ["1", "modules", "3", *["3", "2"] * 3]
