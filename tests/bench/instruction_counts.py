"""Runs take no more instructions than they did: `python -m pytest tests/bench/instruction_counts.py`.

Valgrind takes minutes for it, so it is asked for by name.
"""

import pytest

from .instructions import counted

MOST = {
    ("tiny-mlp", False): 105_000,
    ("tiny-mlp", True): 245_000,
    ("mlp", False): 31_000_000,
    ("mlp", True): 79_000_000,
    ("resnet-18-1", False): 120_000_000,
}
"""Instructions of a run, a tenth above what was counted, a fifth for the tiny ones: most are Python's."""


@pytest.mark.timeout(1200)
def test_runs_take_no_more_instructions_than_they_did() -> None:
    found = dict(zip(MOST, counted(list(MOST)), strict=True))
    assert all(0 < found[case] <= MOST[case] for case in MOST), found
