"""Values are written as a person writes them, and mean the same."""

import ast
from typing import Any

import pytest

from core.dim import parse as dim
from core.export.values import bare, free_names, with_slices_spaced, written
from core.expression import parse
from core.layers.spelling import code

NAMES = {"width": "hidden", "C": "in_channels", "x.shape[1]": "in_channels"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-5, "1e-5"),
        (0.1, "0.1"),
        (1e20, "1e20"),
        (float("inf"), 'float("inf")'),
        (True, "True"),
        (None, "None"),
        ("tanh", '"tanh"'),
        ((3,), "(3,)"),
        ((3, dim("C")), "(3, in_channels)"),
        (parse("4*width"), "4 * hidden"),
        (parse("2**width"), "2**hidden"),
        (parse("(width+1)**2"), "(hidden + 1) ** 2"),
        (parse("x.shape[1]//2"), "in_channels // 2"),
        (parse("1 if width>3 else 2"), "1 if hidden > 3 else 2"),
        (dim("2*C + 1"), "2 * in_channels + 1"),
        (
            code("nn.Linear", dim("C"), parse("width"), bias=False),
            "nn.Linear(in_channels, hidden, bias=False)",
        ),
    ],
)
def test_a_value_in_code(value: Any, text: str) -> None:
    assert written(value, NAMES) == text
    ast.parse(text)


def test_the_names_that_a_value_reads_come_in_order() -> None:
    call = code("f", dim("B*C"), parse("width + x.shape[1]"), (dim("T"), 3), key=parse("depths[i]"))
    assert list(free_names(call)) == ["B", "C", "width", "x.shape[1]", "T", "depths", "i"]


def test_only_a_size_by_itself_is_bare() -> None:
    assert bare(dim("C")) == "C"
    assert [bare(value) for value in (3, dim("2*C"), dim("B*C"), dim("C + 1"), dim("C//2"))] == [None] * 5


@pytest.mark.parametrize(
    ("plain", "spaced"),
    [
        ("x[:, 1:3]", "x[:, 1:3]"),
        ("x[:, -1:]", "x[:, -1:]"),
        ("x[:, :a + 1]", "x[:, : a + 1]"),
        ("x[1:3, self.a:self.b:2]", "x[1:3, self.a : self.b : 2]"),
        ("f(x, k=[1, 2])", "f(x, k=[1, 2])"),
        ("x[:, x.shape[1] - 1:x.shape[1]]", "x[:, x.shape[1] - 1 : x.shape[1]]"),
        ("x.reshape(*x.shape[:2], 4)", "x.reshape(*x.shape[:2], 4)"),
    ],
)
def test_slices_have_black_s_blanks(plain: str, spaced: str) -> None:
    assert with_slices_spaced(plain) == spaced
    assert ast.dump(ast.parse(plain)) == ast.dump(ast.parse(spaced))
