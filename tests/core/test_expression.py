"""Expressions have Python's values, and nothing that is typed runs, hangs or crashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, strategies as st

from core.dim import Dim, Symbolic, substitute as put_in, symbol
from core.expression import (
    Expression,
    ExpressionError,
    Result,
    Sized,
    Undecided,
    Value,
    evaluate,
    names,
    parse,
    rename,
    substitute,
)


@dataclass(frozen=True)
class Given:
    """An input with a shape."""

    shape: tuple[Dim, ...]


B, H = symbol("B"), symbol("H")
SCOPE: dict[str, Result | Sized] = {
    "width": 64,
    "i": 2,
    "rate": 0.5,
    "mode": "same",
    "flag": True,
    "depths": (2, 3, 4),
    "n": symbol("n"),
    "x": Given((B, 64, H, H)),
}

NUMBERS = st.recursive(
    st.integers(0, 9).map(str)
    | st.sampled_from(["width", "i", "rate", "flag", "depths[i]", "depths[-1]", "0.25"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner),
        st.builds("{}**{}".format, st.sampled_from(["i", "width", "2", "rate", "0"]), st.integers(0, 4)),
        st.builds("-{}".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner),
        st.builds("({} < {} <= {})".format, inner, inner, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("(not {})".format, inner),
        st.builds("[{}, {}][{}]".format, inner, inner, st.integers(-3, 3)),
        st.builds("(({}, {}) == depths)".format, inner, inner),
    ),
    max_leaves=8,
)

WHOLE = st.recursive(
    st.integers(0, 9).map(str) | st.sampled_from(["width", "i", "n", "x.shape[0]", "x.shape[2]"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner),
        st.builds("({} if {} < {} else {})".format, inner, inner, inner, inner),
        st.builds("({} == {} or {})".format, inner, inner, inner),
        st.builds("{}**2".format, st.sampled_from(["i", "n"])),
    ),
    max_leaves=6,
)


def tuples(value: Any) -> Any:
    return tuple(map(tuples, value)) if isinstance(value, list | tuple) else value


@given(NUMBERS)
def test_values_are_those_of_python(source: str) -> None:
    python = {key: value for key, value in SCOPE.items() if isinstance(value, bool | int | float | tuple)}
    try:
        value = evaluate(parse(source), SCOPE)
    except ExpressionError as error:
        assume("larger than" not in str(error) and "too large" not in str(error))
        with pytest.raises((ArithmeticError, TypeError, IndexError)):
            eval(source, {}, python)
        return
    expected = tuples(eval(source, {}, python))
    assert value == expected
    assert type(value) is type(expected)


@given(WHOLE, st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_symbolic_values_become_the_numbers_they_stand_for(source: str, n: int, b: int, h: int) -> None:
    expression = parse(source)
    try:
        symbolic = evaluate(expression, SCOPE)
        numbers = evaluate(expression, {**SCOPE, "n": n, "x": Given((b, 64, h, h))})
        assert isinstance(symbolic, int | Symbolic)
        found = put_in(symbolic, {"n": n, "B": b, "H": h})
    except (ExpressionError, ZeroDivisionError):
        assume(False)
        raise
    assert found == numbers


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_name_and_the_expression_put_in_for_it_have_the_same_value(source: str, a: str, b: str) -> None:
    expression = parse(source)
    scope = {**SCOPE, "depths": (2, 3, 4)}
    try:
        inner = {"width": evaluate(parse(a), scope), "i": evaluate(parse(b), scope)}
        expected = evaluate(expression, {**scope, **inner})
        replaced = substitute(expression, {"width": parse(a), "i": parse(b)})
    except ExpressionError:
        assume(False)
    assert evaluate(replaced, scope) == expected


@given(NUMBERS)
def test_renaming_there_and_back_restores_the_text(source: str) -> None:
    expression = parse(source)
    swapped = rename(expression, {"width": "i", "i": "width"})
    assert len(names(swapped)) == len(names(expression))
    assert rename(swapped, {"width": "i", "i": "width"}) == expression


@given(st.text(max_size=60) | st.text("()[]{}.,:=+-*/%<>!'\"#\\ \n01aif.orx_", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(source: str) -> None:
    try:
        parse(source)
    except ExpressionError as error:
        assert 0 <= error.column <= len(source)
        assert error.message


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("4 * width", 256),
        ("64 * 2**i", 256),
        ("depths[i]", 4),
        ("depths[-1]", 4),
        ("2 if i else 1", 2),
        ("mode == 'same'", True),
        ("1 < i <= 2", True),
        ("not flag or 3", 3),
        ("7 / 2", 3.5),
        ("-7 // 2", -4),
        ("2**-1", 0.5),
        ("[1, width]", (1, 64)),
        ("(2, 3, 4) == depths", True),
        ("'a' == 1", False),
        ("0x1F + 1_000", 1031),
        ("x.shape[1] // 2", 32),
        ("x.shape[2]//2 + 1", H // 2 + 1),
        ("x.shape", (B, 64, H, H)),
        ("x.shape[2] == x.shape[3]", True),
        ("n < 1", False),
        ("n > 0 and n != 0", True),
        ("2 if n else 1", 2),
        ("n**2 // n", symbol("n")),
        ("n == 0.5", False),
        ("(n, 1) == (n, 2)", False),
    ],
)
def test_examples_have_their_values(source: str, value: Result) -> None:
    assert evaluate(parse(source), SCOPE) == value


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("2 * wdth", 4, "unknown name wdth; did you mean width?"),
        ("2 * q", 4, "unknown name q; known are depths, flag, i, mode, n, rate, width, x"),
        ("1 // (i - 2)", 6, "division by zero"),
        ("1 % 0", 4, "division by zero"),
        ("0**-1", 3, "division by zero"),
        ("10**10**10", 0, "the result of ** is larger than 2**63"),
        ("2.0**10000", 0, "the result of ** is larger than 2**63"),
        ("1e308 * 10", 0, "the result of * is too large"),
        ("9223372036854775807 * 2", 0, "the result of * is larger than 2**63"),
        ("n * 9223372036854775807 * 2", 0, "the result of * is larger than 2**63"),
        ("(0 - 8)**0.5", 0, "a negative number has no such power"),
        ("mode * 3", 0, "* needs numbers, not a string"),
        ("1 + depths", 4, "+ needs numbers, not a list"),
        ("-mode", 1, "- needs numbers, not a string"),
        ("1 < mode", 4, "an order needs numbers, not a string"),
        ("depths[3]", 7, "index 3 is out of range; there are 3 elements, counted from 0"),
        ("depths[rate]", 7, "an index is a whole number, not a number with a fraction"),
        ("width[0]", 0, "a number cannot be indexed; a list can"),
        ("x + 1", 0, "x is an input; its sizes are x.shape[0] and so on"),
        ("width.shape[0]", 0, "width is a number; only an input has a shape"),
        ("n * rate", 0, "n is a size; it goes with whole numbers only"),
        ("n < rate", 0, "a size is compared with whole numbers only"),
        ("(((n**16)**16)**16)**16", 2, "a product of more than 32 sizes is too long"),
        ("n / 2", 0, "n is a size; // divides it to a whole number"),
        ("寬 + wide", 0, "unknown name 寬; known are depths, flag, i, mode, n, rate, width, x"),
        ("'寬' == wide", 7, "unknown name wide; did you mean width?"),
    ],
)
def test_what_has_no_value_says_why_and_where(source: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse(source), SCOPE)
    assert (caught.value.column, caught.value.message) == (column, message)
    assert not isinstance(caught.value, Undecided)


@pytest.mark.parametrize(
    "source", ["n < 4", "n == 4", "2 if n - 1 else 1", "depths[n]", "2**n", "n**n", "n == x.shape[0]"]
)
def test_what_depends_on_unknown_sizes_is_undecided(source: str) -> None:
    with pytest.raises(Undecided, match="depends on"):
        evaluate(parse(source), SCOPE)


@pytest.mark.parametrize(
    ("source", "column", "found"),
    [
        ("__import__('os')", 0, "found a call"),
        ("().__class__", 0, "found .__class__"),
        ("x.__class__", 0, "found .__class__"),
        ("depths[0].shape", 0, "found .shape"),
        ("lambda: 1", 0, "found a lambda"),
        ("[k for k in depths]", 0, "found a comprehension"),
        ("(k := 1)", 1, "found an assignment"),
        ("f'{i}'", 0, "found a formatted string"),
        ("depths[0:1]", 7, "found a slice"),
        ("{1: 2}", 0, "found a dictionary"),
        ("{1, 2}", 0, "found a set"),
        ("[*depths]", 1, "found a star"),
        ("1 in depths", 0, "found 'in'"),
        ("1 | 2", 0, "found '|'"),
        ("+1", 0, "found a leading '+'"),
        ("None", 0, "found None"),
        ("1j", 0, "1j is not a number"),
        ("b'a'", 0, "found b'a'"),
        ("...", 0, "found Ellipsis"),
        ("1if i else 2", 0, "1if is not a number"),
        ("1 # one", 2, "'#' has no place"),
        ("'\\x41'", 1, "a backslash has no place"),
        ("1; 2", 1, "';' has no place"),
        ("i\0", 1, "'\\x00' has no place"),
        ("i = 1", 2, "this cannot be read: unexpected '='"),
        ("'a", 0, "this cannot be read: unterminated string literal"),
        ("  2 *", 5, "this ends too early; a number or a name would follow"),
        ("(1", 0, "this cannot be read: '(' was never closed"),
        ("", 0, "nothing is written here"),
        ("1e999", 0, "the number is too large"),
        ("9" * 100, 0, "the number is larger than 2**63"),
        ("(" * 100_000, 1000, "100000 characters are more than the 1000"),
        ("(" * 100_000 + "1" + ")" * 100_000, 1000, "200001 characters are more than the 1000"),
        ("(" * 300 + "1" + ")" * 300, 200, "this cannot be read: too many nested parentheses"),
        ("-" * 900 + "1", 60, "more than 60 levels of nesting"),
        ("1" + "**1" * 300, 180, "more than 60 levels of nesting"),
        ("not " * 200 + "1", 240, "more than 60 levels of nesting"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(source: str, column: int, found: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert caught.value.message.startswith(found)
    assert caught.value.column == column


def test_fifty_terms_and_fifty_levels_are_read() -> None:
    assert evaluate(parse(" + ".join(["i"] * 50)), SCOPE) == 100
    nested = parse("-(1 + " * 25 + "i" + ")" * 25)
    assert evaluate(nested, SCOPE) == evaluate(substitute(nested, {"i": Expression("1 + 1")}), SCOPE)


def test_the_users_spelling_is_kept() -> None:
    assert parse("  64 * 2**i ").source == "64 * 2**i"
    assert parse("[1,\n 2]").source == "[1,  2]"


def test_an_expression_that_cannot_be_read_cannot_be_made() -> None:
    with pytest.raises(ExpressionError):
        Expression("import os")
    with pytest.raises(msgspec.ValidationError, match="found a call"):
        msgspec.convert({"source": "exit()"}, Expression)


def test_names_are_those_that_must_be_known() -> None:
    assert names(parse("a * x.shape[k] + (b if 'c' else 1)")) == {"a", "x", "k", "b"}
    assert names(parse("1 + 2")) == frozenset()


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("4 * w + w**2", {"w": Expression("a + b")}, "4 * (a + b) + (a + b)**2"),
        ("d[w] + w", {"w": Expression("a + b"), "d": (1, 2)}, "(1, 2)[a + b] + (a + b)"),
        ("d[w]", {"w": Expression("a + b")}, "d[a + b]"),
        ("w + 1", {"w": Expression("a * b")}, "a * b + 1"),
        ("w**2", {"w": -1}, "(-1)**2"),
        ("-w", {"w": -1}, "--1"),
        ("w", {"w": -1}, "-1"),
        ("a - b", {"a": Expression("b"), "b": Expression("a")}, "b - a"),
        ("m == 'a'", {"m": "b"}, "'b' == 'a'"),
        ("x.shape[1]  *  2", {"x": Expression("y")}, "y.shape[1]  *  2"),
        ("寬*w", {"寬": 3, "w": Expression("寬 + 1")}, "3*(寬 + 1)"),
        ("1 + 2", {"w": 3}, "1 + 2"),
    ],
)
def test_values_are_put_in_with_the_parentheses_they_need(
    source: str, values: Mapping[str, Value], expected: str
) -> None:
    assert substitute(parse(source), values).source == expected


@pytest.mark.parametrize("values", [{"x": 3}, {"x": Expression("y + 1")}, {"w": float("inf")}, {"w": "a\\b"}])
def test_values_that_cannot_be_put_in_are_refused(values: Mapping[str, Value]) -> None:
    with pytest.raises(ExpressionError):
        substitute(parse("x.shape[0] + w"), values)


def test_only_a_name_can_replace_a_name() -> None:
    with pytest.raises(ExpressionError, match="cannot be a name"):
        rename(parse("w"), {"w": "2w"})
    assert rename(parse("a + b*c"), {"a": "b", "b": "a"}).source == "b + a*c"
