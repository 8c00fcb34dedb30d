"""Formulas that the user types: what is read, what is refused and where, and what it comes to."""

import numpy as np
import pytest

from core.condition import noting
from core.dim import symbol
from core.edits import set_argument
from core.engine.walk import trace_program
from core.formula.declared import declarations
from core.formula.syntax import names, read
from core.layers import LAYERS
from core.layers.layer import ArgumentError, bind
from core.ops.interpret import evaluate
from core.program import build_program
from core.record import ROOT
from core.resolve import Resolver
from core.syntax import MAX_DEPTH, MAX_LENGTH, ExpressionError
from core.types import ShapeError, Type
from tests.core.design import Design

B, T = symbol("B"), symbol("T")


def fault(source: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        read(source)
    assert "\n" not in caught.value.message
    assert not caught.value.message.endswith(".")
    return caught.value


def given(expression: str, learnable: str = "") -> Design:
    """x (B×T×4) into the formula, its result out."""
    design = Design(width=6).node("Input", "x", shape="B, T, 4")
    design.node("Expression", "own", expression=expression, learnable=learnable)
    return design.node("Output", "y").wire("x", "own").wire("own", "y")


def problems(design: Design) -> list[str]:
    return [problem.text for problem in Resolver(design.document()).resolution.problems]


def test_names_are_the_inputs_in_the_order_in_which_they_appear() -> None:
    assert names("softmax(q @ k.T / sqrt(k.shape[-1])) @ v + q") == ("q", "k", "v")
    assert names("np.exp(exponent)") == ("exponent",)


def test_nothing_is_called_that_is_not_listed() -> None:
    error = fault("x + __import__('os').system('true')")
    assert error.message.startswith("there is no function system; known are abs, ")
    assert error.column == 4
    assert fault("__import__('os')").message.startswith("there is no function __import__; known are ")
    assert fault("x.__class__").column == 0
    assert fault("eval(x)").message.startswith("there is no function eval")
    assert fault("(lambda: 1)()").message.startswith("only a function can be called")


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("x + tahn(x)", 4),
        ("x + 'a'", 4),
        ("1 < x < 2", 0),
        ("x if x else x", 0),
        ("x @ (y and x)", 5),
        ("relu(x, y)", 0),
        ("x + where(x > 0, x)", 4),
        ("  sum(x, dims=1)", 2),
        ("x % 2", 2),
        ("[i for i in x]", 0),
        ("x +", 3),
        ("x; y", 1),
        ("f'{x}'", 0),
        ("x(1)", 0),
        ("x + self", 4),
        ("softmax(*x)", 0),
        ("sum(x, x=x)", 0),
        ("殘差 + tahn(x)", 5),
    ],
)
def test_what_is_refused_points_at_its_column(source: str, column: int) -> None:
    error = fault(source)
    assert abs(error.column - column) <= (2 if "%" in source else 0), error


def test_a_misspelt_function_is_told_which_one_is_near() -> None:
    assert fault("tahn(x)").message == "there is no function tahn; tanh is one"


def test_length_depth_and_numbers_are_bounded() -> None:
    assert fault("x + " * MAX_LENGTH + "x").column == MAX_LENGTH
    assert "levels of nesting" in fault("-" * (MAX_DEPTH + 1) + "x").message
    assert fault(f"x + {2**64}").column == 4
    layer = bind(LAYERS["Expression"], {"expression": "x * 9 ** 9 ** 9 ** 9"})
    with pytest.raises(ShapeError, match="no number"):
        layer.trace(Type((2,)))


def test_parameters_are_read_with_their_sizes_and_first_values() -> None:
    found = declarations("W: x.shape[-1], 2 * width = normal; b: 20 = 0.5\n s: = ones;")
    assert [(one.name, one.sizes) for one in found] == [
        ("W", ("x.shape[-1]", "2 * width")),
        ("b", ("20",)),
        ("s", ()),
    ]
    assert found[0].shape({"x": Type((B, 5))}) == (5, 2 * symbol("width"))


@pytest.mark.parametrize(
    ("source", "column"),
    [("W", 0), ("W: 3; 4: 3", 6), ("W: 3; W: 3", 6), ("W: 3, 4 +", 9), ("W: 3 = many", 7), ("W:3,,4", 4),
     ("sum: 3", 0)],
)  # fmt: skip
def test_what_is_refused_of_parameters_points_at_its_column(source: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        declarations(source)
    assert caught.value.column == column


def test_an_argument_that_cannot_be_read_is_refused_with_its_column() -> None:
    document = given("tanh(x)").document()
    with pytest.raises(ArgumentError, match=r"tanh is one \(column 5\)$") as caught:
        set_argument(document, "own", "expression", "x + tahn(x)")
    assert (caught.value.argument, caught.value.column) == ("expression", 4)
    with pytest.raises(ArgumentError, match=r"column 8"):
        set_argument(document, "own", "learnable", "W: 3 = many")


def test_a_formula_of_sizes_that_vary_keeps_them() -> None:
    layer = bind(
        LAYERS["Expression"],
        {
            "expression": "softmax(x @ W @ x.swapaxes(1, 2) / sqrt(x.shape[1]), axis=-1)",
            "learnable": "W: 4, 4",
        },
    )
    with noting() as conditions:
        assert layer.trace(Type((B, T, 4))).result.values[0].shape == (B, T, T)
        split = bind(LAYERS["Expression"], {"expression": "x.reshape((x.shape[0], -1, 2)) + x[:, -1:, :2]"})
        assert split.trace(Type((B, T, 4))).result.values[0].shape == (B, 2 * T, 2)
    assert not conditions


def test_it_resolves_runs_and_counts_with_sizes_of_its_module() -> None:
    document = given("tanh(x @ W + b)", "W: x.shape[-1], width; b: width = zeros").document()
    resolver = Resolver(document)
    assert not resolver.resolution.problems
    assert str(resolver.resolution.root.outputs[0]) == "B×T×6"
    assert resolver.resolution.root.nodes["own"].own_parameters == 4 * 6 + 6
    network = trace_program(build_program(document, resolver), {"B": 2, "T": 3})
    rng = np.random.default_rng(1)
    x, w, b = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 6)), rng.normal(size=6)
    slots = network.slots
    values = {network.inputs["x"].index: x, slots["own/W"].ref.index: w, slots["own/b"].ref.index: b}
    y = evaluate(network.trace, values)[network.places[network.outputs["y"]].index]
    np.testing.assert_allclose(y, np.tanh(x @ w + b))


def test_ports_follow_the_formula_and_wires_their_names() -> None:
    document = given("x + W").document()
    resolver = Resolver(document)
    assert resolver.schedule(ROOT).ports["own"].inputs == ("x", "W")
    set_argument(document, "own", "learnable", "W: 4")
    set_argument(document, "own", "expression", "z * W")
    assert [(wire.target, wire.target_port) for wire in document.wires(ROOT)] == [("own", "z"), ("y", "x")]
    assert not Resolver(document).resolution.problems


@pytest.mark.parametrize(
    ("expression", "learnable", "said"),
    [
        ("x @ W", "W: 3, 2", "cannot multiply B×T×4 by 3×2: 4 columns meet 3 rows, in x @ W"),
        ("tanh(x + b)", "b: 3", "shapes B×T×4 and 3 do not fit each other: 4 and 3 at axis -1, in x + b"),
        ("sum(x, axis=3)", "", "B×T×4 has no axis 3, in sum(x, axis=3)"),
        ("x > 0", "", "x > 0 is true or false; where(x > 0, 1, 0) makes numbers of it"),
        ("where(x, 1, 0)", "", "expected a comparison as the condition, such as x > 0, in where(x, 1, 0)"),
        ("x[0, 0, 4]", "", "axis 2 of 1×1×4 has no element 4, in x[0, 0, 4]"),
        ("x.reshape((x.shape[0], 2, -1))", "", None),
        ("x + b", "b: hight", "unknown size hight; known are B, T, width"),
        ("x + b", "b: x.shape[7]", "the shape of b does not exist: index 7 is out of range; "
         "there are 3 elements, counted from 0"),
        ("x + b", "b: 0", "b would have the size 0 (column 1)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_the_part_that_does_not(
    expression: str, learnable: str, said: str | None
) -> None:
    assert problems(given(expression, learnable))[:1] == ([] if said is None else [said])


def test_a_formula_without_inputs_or_parameters_is_refused() -> None:
    with pytest.raises(ShapeError, match="reads no input"):
        bind(LAYERS["Expression"], {"expression": "1 + 1"}).trace()
