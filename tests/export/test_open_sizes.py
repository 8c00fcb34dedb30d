"""A size that an input of the class has is read off that input and is no argument of the constructor."""

from typing import Any

import pytest

from core.export import export_code
from core.expression import parse
from core.program import Program
from tests.export.networks import Drawing

SHAPES: list[tuple[str, str, dict[str, Any]]] = [
    ("Expand", "1, 4", {"shape": "B, T, 4"}),
    ("Expand", "B, 1, 4", {"shape": "-1, T, -1"}),
    ("Reshape", "B, 4 * T", {"shape": "B, T, 2, 2"}),
    ("Unflatten", "B, 5, 12 * T", {"dim": -1, "sizes": "T, -1"}),
    ("RepeatInterleave", "B, T, 4", {"repeats": parse("x.shape[1]")}),
]
"""A layer, the shape of its input, and what it is told."""


def beside(kind: str, shape: str, given: dict[str, Any]) -> Program:
    """A module of two inputs, of which one goes through a layer that is told a size of the other."""
    drawing = Drawing("beside")
    drawing.module("inner")
    drawing.node("x", "Input", shape="B, T, F")
    drawing.node("z", "Input", order=1)
    drawing.node("layer", kind, **given)
    drawing.node("y", "Output")
    drawing.node("kept", "Output", order=1)
    drawing.chain("z", "layer", "y")
    drawing.wire("x", "kept")
    drawing.main()
    drawing.node("x", "Input", shape="B, T, 4", sizes="B=2, T=3")
    drawing.node("z", "Input", shape=shape, order=1)
    drawing.node("both", "@inner")
    drawing.node("y", "Output")
    drawing.node("kept", "Output", order=1)
    drawing.wire("x", "both.x")
    drawing.wire("z", "both.z")
    drawing.wire("both.y", "y")
    drawing.wire("both.kept", "kept")
    return drawing.program()


@pytest.mark.parametrize("to", ["pytorch", "keras", "flax", "gluon"])
@pytest.mark.parametrize(("kind", "shape", "given"), SHAPES)
def test_a_size_of_an_input_is_read_off_it(kind: str, shape: str, given: dict[str, Any], to: str) -> None:
    program = beside(kind, shape, given)
    written = export_code(program, to)
    assert not program.problems and not written.helpers
    assert "x.shape[1]" in written.text
    assert "t=3" not in written.text and "t: int" not in written.text
