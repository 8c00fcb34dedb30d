"""Random designs with repeats, ties, choices and slots are written as code that compiles."""

from pathlib import Path

import pytest

from core.export import export_code
from core.record import Node, Tie
from core.use import Use, use
from tests.export.networks import program_of
from tests.export.random_structures import random_structures
from tests.export.structures import STRUCTURES
from tests.export.test_code import code_of
from tests.templates.sheet import Book

DESIGNS = 200


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_random_structures_are_code_that_compiles(seed: int) -> None:
    document = random_structures(seed)
    program = program_of(document)
    assert not program.problems
    code_of(program)


@pytest.mark.parametrize("name", STRUCTURES)
def test_structures_are_written_as_was_approved(name: str) -> None:
    golden = Path(__file__).parent / "golden" / f"{name}.py.txt"
    assert code_of(program_of(STRUCTURES[name]())) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("repeat", [2, 9_000])
def test_a_network_of_one_node_called_in_a_row_is_one_line(repeat: int) -> None:
    book = Book("Net", "")
    book.root.input("x", "B, 20").node("Linear", "fc", repeat=repeat, out_features=20).output()
    code = code_of(program_of(book.root.wire("x > fc > y").book.document()))
    row = f"nn.Sequential(*[nn.Linear(20, 20) for _ in range({repeat})])"
    assert f"def net():\n    return {row}  # (B, 20)\n" in code


def test_a_network_of_one_choice_is_one_line() -> None:
    book = Book("Net", "")
    book.root.argument("deep", 1).input("x", "B, 20")
    book.root.node("Choose", "way", condition="=deep > 0", then=use("Linear", {"out_features": 20})).output()
    assert "nn.Linear(20, 20) if" in code_of(program_of(book.root.wire("x > way > y").book.document()))


def test_each_random_design_holds_a_repeat_or_a_tie() -> None:
    for seed in range(DESIGNS):
        records = random_structures(seed).records.values()
        assert any(
            isinstance(record, Tie) or (isinstance(record, Node) and (record.repeat or record.owner))
            for record in records
        )


@pytest.mark.parametrize("to", ["pytorch", "flax", "keras", "gluon"])
def test_a_branch_s_module_is_no_expression_where_two_of_its_nodes_read_a_value(to: str) -> None:
    book = Book("Net", "")
    bend = book.sheet("Bend").input().node("Tanh", "bent").node("Scale", "half", factor=0.5)
    bend.node("Abs", "size").node("Add", "both").output()
    bend.wire("x > bent > half > both", "bent > size > both > y")
    root = book.root.input("x", "B, 6").node("Mean", "mean")
    root.node("If", "pick", then=bend.use(), otherwise=Use("Identity")).output()
    root.wire("x > pick.x", "x > mean > pick.condition", "pick > y")
    text = export_code(program_of(book.document()), to).text
    assert "class Bend(" in text and text.count("tanh(") == 1
