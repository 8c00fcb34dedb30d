"""Broadcasting and shapes as text."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from core.condition import noting
from core.dim import symbol
from core.expression import ExpressionError
from core.types import Shape, ShapeError, Type, broadcast, parse_shape, shape_text

B, H = symbol("B"), symbol("H")
SHAPES = st.lists(st.integers(1, 3), max_size=4).map(tuple)


@given(SHAPES, SHAPES)
def test_broadcasting_is_numpys(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    try:
        wanted = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ShapeError, match=r"^shapes .+ do not fit each other: \d and \d at axis -\d$"):
            broadcast(a, b)
    else:
        assert broadcast(a, b) == wanted


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        ((B, 3), (B, 3), (B, 3)),
        ((B, 3), (1, 3), (B, 3)),
        ((1, 3), (B, 1), (B, 3)),
        ((B,), (H, 1), (H, B)),
        ((B, 2 * H), (H + H,), (B, 2 * H)),
    ],
)
def test_a_symbol_fits_itself_and_a_literal_1(a: Shape, b: Shape, both: Shape) -> None:
    with noting() as conditions:
        assert broadcast(a, b) == both
    assert conditions == []


def test_sizes_that_never_agree_are_refused() -> None:
    with pytest.raises(
        ShapeError, match="shapes B×H and B×\\(H \\+ 1\\) do not fit each other: H and H \\+ 1"
    ):
        broadcast((B, H), (B, H + 1))


def test_a_symbol_against_a_number_is_a_condition_and_gives_the_number() -> None:
    with noting() as conditions:
        assert broadcast((B, H), (B, 8)) == (B, 8)
        assert broadcast((B, 8), (B, H)) == (B, 8)
    assert {str(one) for one in conditions} == {"H = 8", "8 = H"}


def test_conditions_are_noted_by_the_innermost_block() -> None:
    with noting() as outer:
        with noting() as inner:
            broadcast((H,), (8,))
        assert (len(outer), len(inner)) == (0, 1)
    broadcast((H,), (8,))
    assert outer == []


@pytest.mark.parametrize(
    ("source", "shape"),
    [
        ("", ()),
        ("B, 20", (B, 20)),
        ("3,", (3,)),
        (" B , 2*H ,-1", (B, 2 * H, -1)),
        ("H//2 + 1", (H // 2 + 1,)),
    ],
)
def test_a_typed_shape_is_read_and_spelled(source: str, shape: Shape) -> None:
    assert parse_shape(source) == shape
    assert parse_shape(shape_text(shape)) == shape


@pytest.mark.parametrize("source", [",", "B,,2", "B 20", "B×20", "2.5"])
def test_what_is_no_shape_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        parse_shape(source)


def test_a_type_reads_as_on_a_wire() -> None:
    assert str(Type((B, 64, 56, 56))) == "B×64×56×56"
    assert str(Type(())) == "scalar"
    assert str(Type((B, 2 * H), "int64")) == "B×(2*H) int64"
