"""A choice that is an expression is written as what it comes to, in a class of its own where calls differ."""

from typing import Any

import pytest

from core import edits
from core.export import export_code
from core.expression import parse
from core.program import build_program
from core.resolve import Resolver
from core.templates import template
from tests.core.drawing import named
from tests.export.networks import program_of
from tests.templates.sheet import Book


def test_an_activation_that_is_computed_is_written_out() -> None:
    document = template("mlp").document()
    edits.set_argument(document, named(document, "hidden").id, "activation", parse("'tanh' if 1 else 'none'"))
    text = export_code(build_program(document, Resolver(document)), "pytorch").text
    assert "nn.Tanh()" in text


def test_calls_that_choose_otherwise_have_classes_of_their_own() -> None:
    document = template("residual-cnn").document()
    [block] = [module for module in document.modules() if module.name == "Block"]
    normed = named(document, "bn2", block.id)
    edits.set_argument(document, normed.id, "activation", parse("'relu' if stride == 1 else 'none'"))
    text = export_code(build_program(document, Resolver(document)), "pytorch").text
    assert "h = F.relu(self.bn2(self.conv2(h)))" in text
    assert "h = self.bn2(self.conv2(h))" in text
    compile(text, "exported.py", "exec")


@pytest.mark.parametrize("given", ["=pad", "='same_upper' if 1 else 'valid'"])
@pytest.mark.parametrize("kind", ["Conv2d", "DepthwiseConv2d"])
def test_padding_that_an_argument_decides_is_written_out_where_it_is_a_word(kind: str, given: str) -> None:
    book = Book("Net", "")
    words = ("same", "valid", "same_upper")
    block = book.sheet("Block").argument("pad", "same_upper", kind="choice", choices=words).input()
    sizes: dict[str, Any] = {"out_channels": 4} if kind == "Conv2d" else {}
    block.node(kind, "conv", kernel_size=3, padding=given, **sizes).output().wire("x > conv > y")
    root = book.root.input("x", "B, 4, 8, 8").node(block, "a").node(block, "b", pad="valid").output()
    program = program_of(root.wire("x > a > b > y").book.document())
    assert not program.problems
    for target, pads in (
        ("pytorch", "padding=(1, 1)"),
        ("flax", 'padding="SAME"'),
        ("keras", 'padding="same"'),
    ):
        text = export_code(program, target).text
        compile(text, "exported.py", "exec")
        assert pads in text and "padding=pad" not in text and 'padding="same_upper"' not in text


@pytest.mark.parametrize(
    ("kind", "choice", "value", "written"),
    [("GELU", "approximate", "'tanh' if 1 else 'none'", '"tanh"'), ("Pad", "mode", "'reflect'", '"reflect"')],
)
def test_every_other_choice_is_written_out_too(kind: str, choice: str, value: str, written: str) -> None:
    document = template("lenet5").document()
    layer = edits.insert_after(document, named(document, "image").id, kind)
    edits.set_argument(document, layer, choice, parse(value))
    text = export_code(build_program(document, Resolver(document)), "pytorch").text
    compile(text, "exported.py", "exec")
    assert written in text


def test_a_text_that_an_argument_gives_is_written_out() -> None:
    book = Book("equations", "")
    inner = book.sheet("Mix").argument("how", "bij,bjk->bik", kind="string").input("a").input("b")
    inner.node("Einsum", "mix", equation="=how").output().wire("a > mix", "b > mix > y")
    root = book.root.input("a", "2, 3, 4").input("b", "2, 4, 5").node(inner, "mix").output()
    program = program_of(root.wire("a > mix.a", "b > mix.b", "mix > y").book.document())
    for target in ("pytorch", "keras", "flax", "gluon"):
        assert '"bij,bjk->bik"' in export_code(program, target).text
