"""Dimensions agree with the whole numbers they stand for."""

import operator
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from core.dim import (
    Dim,
    Symbolic,
    TooManyTerms,
    at_least_one,
    compact,
    equal,
    highest,
    less_equal,
    lowest,
    parse,
    product,
    substitute,
    symbol,
    symbols,
    text,
)
from core.syntax import ExpressionError

B, H, T, W = (symbol(name) for name in "BHTW")
SIZES = st.fixed_dictionaries({name: st.integers(1, 40) for name in "BHTW"})
OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}

Tree = Any
"""A number, a name, or (operation, left, right): a formula before it is given symbols or numbers."""

TREES: st.SearchStrategy[Tree] = st.recursive(
    st.integers(-6, 12) | st.sampled_from("BHTW"),
    lambda inner: st.tuples(st.sampled_from(sorted(OPERATIONS)), inner, inner),
    max_leaves=7,
)


def built(tree: Tree, atom: Callable[[str], Dim]) -> Dim:
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return atom(tree)
    sign, left, right = tree
    result: Dim = OPERATIONS[sign](built(left, atom), built(right, atom))
    return result


@st.composite
def dims(draw: st.DrawFn) -> Dim:
    tree = draw(TREES)
    try:
        return built(tree, symbol)
    except ZeroDivisionError:
        assume(False)
        raise


def number(dim: Dim, sizes: dict[str, int]) -> int:
    """The value for some sizes; examples where it has none are passed over."""
    try:
        value = substitute(dim, sizes)
    except ZeroDivisionError:
        assume(False)
        raise
    assert type(value) is int
    return value


@given(TREES, SIZES)
def test_symbolic_arithmetic_agrees_with_numbers(tree: Tree, sizes: dict[str, int]) -> None:
    try:
        expected = built(tree, sizes.__getitem__)
    except ZeroDivisionError:
        assume(False)
    assert number(built(tree, symbol), sizes) == expected


@given(dims())
def test_text_reads_back_as_the_same_dimension(dim: Dim) -> None:
    assert parse(text(dim)) == dim


@given(dims(), SIZES)
def test_text_is_python_with_the_same_value(dim: Dim, sizes: dict[str, int]) -> None:
    expected = number(dim, sizes)
    assert eval(text(dim), dict(sizes)) == expected


@given(dims(), dims(), dims())
def test_forms_are_canonical_under_the_laws_of_arithmetic(a: Dim, b: Dim, c: Dim) -> None:
    assert a + b == b + a
    assert a * b == b * a
    assert a + b - b == a
    assert a - a == 0
    assert a * (b + c) == a * b + a * c
    if b != 0:
        assert a * b // b == a
        assert a * b % b == 0
    assert hash(a + b) == hash(b + a)


@given(dims(), dims(), SIZES)
def test_what_is_claimed_of_two_dimensions_is_never_refuted(a: Dim, b: Dim, sizes: dict[str, int]) -> None:
    left, right = number(a, sizes), number(b, sizes)
    assert equal(a, b) in (None, left == right)
    assert less_equal(a, b) in (None, left <= right)
    assert at_least_one(a) in (None, left >= 1)
    low, high = lowest(a), highest(a)
    assert low is None or low <= left
    assert high is None or left <= high


@given(dims(), SIZES)
def test_sizes_put_in_one_by_one_give_the_same_as_all_at_once(dim: Dim, sizes: dict[str, int]) -> None:
    expected = number(dim, sizes)
    for name, size in sizes.items():
        try:
            dim = substitute(dim, {name: size})
        except ZeroDivisionError:
            assume(False)
        assert name not in symbols(dim)
    assert dim == expected


@given(dims())
def test_a_dimension_survives_pickling(dim: Dim) -> None:
    again = pickle.loads(pickle.dumps(dim))
    assert again == dim
    assert hash(again) == hash(dim)


@pytest.mark.parametrize(
    ("dim", "expected"),
    [
        (2 * B - B, "B"),
        ((2 * H) // 2, "H"),
        ((H + 4) // 2, "H//2 + 2"),
        ((H - 1) // 2 + 1, "(H + 1)//2"),
        (-(-H // 3), "(H + 2)//3"),
        (H // 2 // 3, "H//6"),
        (((H - 1) // 2) // 2 + 1, "(H + 3)//4"),
        ((4 * B * T + 2 * B) // (2 * B), "2*T + 1"),
        (B * T // (2 * B), "T//2"),
        ((B + 1) * (T + 1) // (B + 1), "T + 1"),
        (8 * W // 3, "8*W//3"),
        (2 * (H // 2) * B, "2*B*(H//2)"),
        (7 - B, "-B + 7"),
        (H % 2, "H - 2*(H//2)"),
        (H // (2 * T), "H//(2*T)"),
        (-(H // 3), "-(H//3)"),
        (1 + T * T + B * T + B, "B*T + T*T + B + 1"),
    ],
)
def test_dimensions_read_as_one_would_write_them(dim: Dim, expected: str) -> None:
    assert text(dim) == expected


@pytest.mark.parametrize("dim", [B - B, 0 * B, (B + 1) - B, B // B, (2 * B + 1) // 2 - B, B % B])
def test_constants_are_plain_numbers(dim: Dim) -> None:
    assert type(dim) is int


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (3, 3, True),
        (3, 4, False),
        (B, B, True),
        (B, B + 1, False),
        (B, 7, None),
        (B, 0, False),
        (2 * B, 7, False),
        (B, T, None),
        (2 * (H // 2), H, None),
        (2 * (H // 2), H + 1, False),
        ((H + 1) // 2, H - H // 2, True),
        (3 * H // 2, H + H // 2, True),
        (B * T, -T, False),
    ],
)
def test_equality_is_decided_where_it_can_be(a: Dim, b: Dim, expected: bool | None) -> None:
    assert equal(a, b) is expected
    assert equal(b, a) is expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (3, 4, True),
        (1, B, True),
        (2, B, None),
        (B, 0, False),
        (B, B * T, True),
        (2 * (H // 2), H, True),
        (H, 2 * (H // 2) + 1, True),
        (H % 4, 3, True),
        (H // T, H, True),
        (1, H // 2, None),
        (1, H // 2 + 1, True),
    ],
)
def test_order_is_decided_where_it_can_be(a: Dim, b: Dim, expected: bool | None) -> None:
    assert less_equal(a, b) is expected


def test_the_size_of_an_image_halved_four_times_is_one_division() -> None:
    size: Dim = H
    for _ in range(4):
        size = (size + 2 - 3) // 2 + 1
    assert text(size) == "(H + 15)//16"
    assert substitute(size, {"H": 224}) == 14


def test_products_of_shapes_stay_symbolic_only_where_they_must() -> None:
    assert product((2, 3, 4)) == 24
    assert product(()) == 1
    assert text(product((B, 64, H // 2))) == "64*B*(H//2)"


def test_unknown_names_stay_when_sizes_are_put_in() -> None:
    assert substitute(B * T + 1, {"T": 3}) == 3 * B + 1
    assert substitute(B, {"B": T + 1}) == T + 1
    assert substitute(B, {"T": 3}) is B
    assert symbols(B * (H // T) + 1) == {"B", "H", "T"}
    assert symbols(5) == frozenset()


def test_wires_show_products_with_a_dot() -> None:
    assert compact(4 * W) == "4·W"
    assert compact(H // 2 + 1) == "(H//2+1)"
    assert compact(64) == "64"


def test_a_dimension_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        B.terms = ()


def test_a_dimension_takes_no_fractions() -> None:
    for operation in OPERATIONS.values():
        with pytest.raises(TypeError):
            operation(B, 0.5)
        with pytest.raises(TypeError):
            operation(0.5, B)


def test_division_by_zero_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        assert B // 0
    with pytest.raises(ZeroDivisionError):
        substitute(H // (B - 1), {"B": 1})


def test_a_dimension_that_outgrows_reading_is_refused() -> None:
    total = sum((symbol(f"s{i}") for i in range(40)), start=B)
    with pytest.raises(TooManyTerms):
        assert total * total * total
    deep: Dim = H
    with pytest.raises(TooManyTerms):
        for _ in range(30):
            deep = (deep * deep + deep) // W


def test_typed_dimensions_are_read() -> None:
    assert parse("64") == 64
    assert parse(" 4*width ") == 4 * symbol("width")
    assert parse("H//2 + 1") == H // 2 + 1
    assert parse("寬 * 2") == 2 * symbol("寬")
    assert isinstance(parse("B"), Symbolic)


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("B / 2", 0, "a dimension has + - * // and % only"),
        ("  B + 0.5", 6, "a dimension is made of whole numbers and names with + - * // and %"),
        ("B // 0", 5, "a dimension cannot be divided by 0"),
        ("B < 2", 0, "a dimension is made of whole numbers and names with + - * // and %"),
        ("True", 0, "a dimension is made of whole numbers and names with + - * // and %"),
        ("", 0, "nothing is written here; a number or a name would fit"),
    ],
)
def test_what_is_no_dimension_is_refused_with_its_place(source: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert (caught.value.column, str(caught.value)) == (column, message)


def test_only_a_name_can_name_a_size() -> None:
    with pytest.raises(ValueError, match="cannot name a size"):
        symbol("2B")


def test_what_is_too_long_to_bound_is_left_undecided() -> None:
    long = sum((symbol(f"s{i}") for i in range(100)), start=B)
    assert equal(long - H, 0) is None
    huge = sum((symbol(f"t{i}") for i in range(950)), start=B)
    assert less_equal(long, huge) is None
