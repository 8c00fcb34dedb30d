"""Bilinear and the two layers of equations: shapes with symbols, and refusals in words."""

from typing import Any

import pytest

from core.dim import Dim, product, symbol
from core.layers import LAYERS
from core.layers.equation import read
from core.layers.layer import ArgumentError, bind, check, layer_ports
from core.types import ShapeError, Type

B, T = symbol("B"), symbol("T")


def shape_of(name: str, *shapes: tuple[Dim, ...], **arguments: Any) -> str:
    return str(bind(LAYERS[name], arguments).trace(*map(Type, shapes)).result.values[0].type)


def refusal(name: str, *shapes: tuple[Dim, ...], **arguments: Any) -> tuple[str | None, str]:
    try:
        shape_of(name, *shapes, **arguments)
    except ArgumentError as error:
        return error.argument, error.message
    except ShapeError as error:
        return error.port, error.message
    pytest.fail("taken")


def test_shapes_with_symbols() -> None:
    assert shape_of("Bilinear", (B, T, 3), (B, T, 4), out_features=5) == "B×T×5"
    assert shape_of("Einsum", (B, 4, T, 8), (B, 4, T, 8), equation="bhqd,bhkd->bhqk") == "B×4×T×T"
    assert shape_of("Einsum", (B, T), equation="bt->") == "scalar"
    dense = {"equation": "...x,xhd->h...d", "out_features": (4, T), "bias_axes": "hd"}
    assert shape_of("EinsumDense", (B, 7, 6), **dense) == "4×B×7×T"


def test_refusals_say_what_was_found_and_what_would_fit() -> None:
    assert refusal("Bilinear", (B, 3), (B, 2, 4), out_features=5) == (
        "x2",
        "expected B in front of the features like x1, got B×2×4",
    )
    assert refusal("Einsum", (B, 3), (B, 4), equation="bi,bi->b") == (
        "x2",
        "expected 3 along i like x1, got 4 (B×4)",
    )
    assert refusal("Einsum", (B, 3), equation="bij->b") == ("x1", "expected 3 axes (bij), got B×3")
    assert refusal("Einsum", (B,), equation="...ij->i") == ("x1", "expected at least 2 axes (...ij), got B")
    dense = {"equation": "bx,xy->by"}
    assert refusal("EinsumDense", (B, 3), **dense, out_features=(2, 3)) == (
        "out_features",
        "expected a size for each of y, got 2",
    )
    assert refusal("EinsumDense", (B, 3), **dense, out_features=2, bias_axes="x") == (
        "bias_axes",
        "x is no axis of the result",
    )


@pytest.mark.parametrize(
    ("kind", "equation", "message"),
    [
        ("Einsum", "ij,jk", r"an equation is written as in bij,bjk->bik \(column 6\)"),
        ("Einsum", "ij,jk->il", r"l is an axis of no input \(column 9\)"),
        ("Einsum", "ij->...i", r"\.\.\. is an axis of no input \(column 5\)"),
        ("Einsum", "ij, jj->i", r"j stands twice for one tensor \(column 6\)"),
        ("Einsum", "i1->i", r"an axis is a letter, or \.\.\. for any number of axes \(column 2\)"),
        ("Einsum", "..i->i", r"an axis is a letter, or \.\.\. for any number of axes \(column 1\)"),
        ("EinsumDense", "ij->j", "an input and a weight are expected, as in abc,cd->abd"),
        ("EinsumDense", "ij,...j->i", "an input and a weight are expected, as in abc,cd->abd"),
    ],
)
def test_what_is_no_equation_is_refused_with_the_column(kind: str, equation: str, message: str) -> None:
    (spec,) = [spec for spec in LAYERS[kind].arguments if spec.name == "equation"]
    with pytest.raises(ArgumentError, match=message):
        check(spec, equation)


def test_an_equation_is_written_as_it_was_read() -> None:
    assert str(read(" ...ij , jk -> ...ik ")) == "...ij,jk->...ik"


def test_the_equation_says_how_many_inputs_there_are() -> None:
    for equation, ports in (("i->i", ("x1",)), ("i,j,k->ijk", ("x1", "x2", "x3")), (None, ("x1", "x2"))):
        assert layer_ports(LAYERS["Einsum"], {"equation": equation}) == (ports, ("y",))


def test_a_matrix_product_by_equation_costs_what_a_linear_does() -> None:
    def macs(name: str, **arguments: Any) -> Dim:
        steps = bind(LAYERS[name], arguments).trace(Type((B, T, 6))).trace.steps
        found = [s.primitive.macs(*(i.type for i in s.inputs), **s.settings) for s in steps]
        return sum(found, 0)

    linear = macs("Linear", out_features=5)
    assert macs("EinsumDense", equation="...x,xy->...y", out_features=5) == linear == product((B, T, 30))
