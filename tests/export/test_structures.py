"""Random designs with repeats, ties, choices and slots are written as code that compiles."""

import pytest

from core.export.code import export_code
from core.record import Node, Tie
from tests.export.networks import program_of
from tests.export.random_structures import random_structures

DESIGNS = 200


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_random_structures_are_code_that_compiles(seed: int) -> None:
    document = random_structures(seed)
    program = program_of(document)
    assert not program.problems
    text = export_code(program, "pytorch").text
    compile(text, "design.py", "exec")


def test_each_random_design_holds_a_repeat_or_a_tie() -> None:
    for seed in range(DESIGNS):
        records = random_structures(seed).records.values()
        assert any(
            isinstance(record, Tie) or (isinstance(record, Node) and (record.repeat or record.owner))
            for record in records
        )
