"""Code as a person would write it: names, operators without needless parentheses, sizes off the inputs."""

from typing import Any

import pytest

from core.export import export_code
from core.export.values import filled
from core.record import Node
from core.use import use
from tests.export.networks import program_of
from tests.templates.sheet import Book


def code_of(book: Book) -> str:
    return export_code(program_of(book.document()), "pytorch").text


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        ("{x} + 1", "a @ b", "a @ b + 1"),
        ("{x} * 2", "a + b", "(a + b) * 2"),
        ("{x}.sum()", "a @ b", "(a @ b).sum()"),
        ("{x} > 1", "a + b", "a + b > 1"),
        ("-{x}", "a * b", "-(a * b)"),
        ("F.relu({x})", "a + b", "F.relu(a + b)"),
        ("{x}.mT", "self.weight", "self.weight.mT"),
        ("{y} - {x}", "a - b", "{y} - (a - b)"),
    ],
)
def test_parentheses_stand_only_where_they_change_what_is_meant(
    template: str, text: str, expected: str
) -> None:
    assert filled(template, {"x": text}) == expected


def test_an_attribute_may_have_the_name_of_a_constructor_s_argument_unless_both_are_kept() -> None:
    book = Book("Names", "")
    block = book.sheet("Block").argument("hidden", 4, minimum=1).argument("scale", 2, minimum=1).input()
    block.node("Linear", "hidden", out_features="=hidden").node("Linear", "scale", out_features=3)
    block.node("Scale", "times", factor="=scale").output().wire("x > hidden > scale > times > y")
    root = book.root.input(shape="B, 5", sizes="B=2").node(block, "one", hidden=6).output()
    text = code_of(root.wire("x > one > y").book)
    assert "self.hidden = nn.Linear(in_features, hidden)" in text
    assert "self.scale = scale" in text and "self.scale2 = nn.Linear(hidden, 3)" in text


def loop_of(body: str, **arguments: Any) -> Book:
    """A loop while Σ|x| > 0 whose body is one layer."""
    book = Book("Loop", "")
    large = book.sheet("IsLarge").input().node("Abs", "size").node("Sum", "sum").node("Compare", "above")
    large.output().wire("x > size > sum > above > y")
    step = book.sheet("Step").input().node(body, "step", **arguments).output().wire("x > step > y")
    root = book.root.input(shape="B, 4", sizes="B=2")
    root.node("While", "shrink", condition=large.use(), body=step.use()).output()
    return root.wire("x > shrink > y").book


def test_parts_of_a_loop_that_keep_nothing_are_written_in_it() -> None:
    text = code_of(loop_of("Scale", factor=0.5))
    assert "        while x.abs().sum() > 0:\n            x = x * 0.5\n" in text
    assert text.count("class ") == 1


def test_parts_of_a_loop_that_keep_weights_are_called_by_the_names_of_their_modules() -> None:
    text = code_of(loop_of("Linear", out_features=4))
    assert "        while x.abs().sum() > 0:\n            x = self.step(x)\n" in text
    assert "class Step(nn.Module):" in text


def test_the_lines_of_a_loop_are_its_node_s_first_and_then_those_written_in_it() -> None:
    document = loop_of("Scale", factor=0.5).document()
    written = export_code(program_of(document), "pytorch")
    names = {one.name: one.id for one in document.records.values() if isinstance(one, Node)}
    (head, body) = written.places(names["shrink"])
    for line in (head, body):
        assert written.lines[line][0] == (names["shrink"],)
        assert {path[-1] for path in written.lines[line]} == {
            names[n] for n in ("shrink", "size", "sum", "above", "step")
        }


def test_a_batch_that_forward_needs_is_read_off_the_input() -> None:
    book = Book("Token", "")
    block = book.sheet("Join").input(shape="B, T, features")
    block.node("Parameter", "token", (0, 1), shape="1, 1, 3").node("Expand", "tokens", shape="B, -1, -1")
    block.node("Concat", "join", dim=1).output().wire("x > join.x2", "token > tokens > join > y")
    root = book.root.input(shape="B, 4, 3", sizes="B=2").node(block, "one").output()
    text = code_of(root.wire("x > one > y").book)
    assert "self.token.expand(x.shape[0], -1, -1)" in text
    assert "def __init__(self):" in text and "Join()" in text


def test_what_a_slot_passes_nothing_to_is_made_by_a_plain_function() -> None:
    book = Book("Many", "")
    block = book.sheet("Block").argument("hidden", 4, minimum=1).input()
    block.node("Linear", "wide", out_features="=hidden").node("Linear", "narrow", out_features="=x.shape[1]")
    block.output().wire("x > wide > narrow > y")
    row = book.sheet("Row").argument("block", use("Identity")).argument("count", 3, minimum=0)
    row.input().slot("block", "blocks", repeat="=count").output().wire("x > blocks > y")
    root = book.root.input(shape="B, 5", sizes="B=2").node(row, "row", block=block.use(hidden=7)).output()
    text = code_of(root.wire("x > row > y").book)
    assert "Row(5, lambda in_features: Block(in_features, hidden=7))" in text
    assert "nn.Sequential(*[block(features) for _ in range(count)])" in text


def test_arguments_that_need_no_number_stay_arguments_beside_one_that_does() -> None:
    book = Book("Stacked", "")
    root = book.root.argument("depth", 2, minimum=1).argument("width", 6, minimum=1)
    root.input(shape="B, T, 4", sizes="B=2, T=3").node(
        "LSTM", "lstm", hidden_size="=width", num_layers="=depth"
    )
    text = code_of(root.node("Linear", "fc", out_features=2).output().wire("x > lstm > fc > y").book)
    assert "nn.LSTM(4, width, num_layers=depth, batch_first=True)" in text
    assert "nn.Linear(width, 2)" in text


def test_the_bound_of_an_input_is_what_its_expression_comes_to() -> None:
    book = Book("Words", "")
    root = book.root.argument("vocabulary", 30, minimum=1)
    root.input("tokens", "B, T", dtype="int64", bound="=vocabulary", sizes="B=2, T=3")
    root.node("Embedding", "words", num_embeddings="=vocabulary", embedding_dim=4).output()
    assert "torch.randint(30, (2, 3))" in code_of(root.wire("tokens > words > y").book)
