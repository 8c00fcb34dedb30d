"""A definition is resolved once with symbols, under names that its code can show."""

from typing import Any

import pytest

from core.calls import ModuleCall
from core.expression import parse
from core.resolve import Resolver
from tests.core.design import Design
from tests.core.test_resolve import residual, shapes


def module(*inputs: str, **arguments: int) -> Design:
    """A module m with Inputs of these names."""
    design = Design().module("m", **arguments)
    for order, name in enumerate(inputs):
        design.node("Input", name, "m", shape="", order=order)
    return design


def called(design: Design, *inputs: str, **arguments: int) -> ModuleCall:
    """The definition of m where it is called once with Inputs of these shapes."""
    values: dict[str, Any] = dict(arguments)
    design.instance("m", "i", **values).node("Output", "out").wire("i.y", "out")
    ports = [r.name for r in design.records if getattr(r, "kind", "") == "Input" and r.module == "m"]  # type: ignore[union-attr]  # only a node has a kind
    for place, (port, shape) in enumerate(zip(ports, inputs, strict=True)):
        design.node("Input", f"in{place}", shape=shape, order=place).wire(f"in{place}", f"i.{port}")
    return Resolver(design.document()).definition("m")


def test_a_block_has_its_arguments_and_sizes_as_symbols() -> None:
    definition = Resolver(residual().document()).definition("block")
    assert shapes(definition) == dict.fromkeys("arbs", "B×width") | {"x": "B×features", "add": "B×width"}
    assert str(definition.parameters) == "2*features*width + width*width + 2*width"
    assert not definition.assumed
    assert definition.problems == ()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("N", "B"),
        ("N, 20", "B×features"),
        ("N, 5, 20", "B×channels×features"),
        ("N, 3, 28, 28", "B×channels×H×W"),
        ("N, 3, 8, 28, 28", "B×channels×D×H×W"),
        ("N, 1, 2, 3, 4, 5", "B×d1×d2×d3×d4×d5"),
    ],
)
def test_axes_are_named_by_the_rank_of_the_first_call(given: str, named: str) -> None:
    design = module("x").node("ReLU", "r", "m").node("Output", "y", "m").chain("x", "r", "y", module="m")
    assert str(called(design, given).inputs[0]) == named


def test_a_declared_shape_gives_its_own_names() -> None:
    design = Design().module("m", width=3).node("Input", "x", "m", shape="N, T, width")
    definition = called(design.node("Output", "y", "m").wire("x", "y", "m"), "B, 5, 3")
    assert str(definition.inputs[0]) == "N×T×width"


def test_inputs_that_always_agree_share_symbols_and_others_are_told_apart() -> None:
    design = module("a", "b", "c").node("Add", "add", "m").node("Output", "y", "m")
    design.wire("a", "add.x1", "m").wire("b", "add.x2", "m").wire("add", "y", "m")
    definition = called(design, "B, 8", "B, 8", "B, 9")
    assert [str(type_) for type_ in definition.inputs] == ["B×features", "B×features", "B×c_features"]
    assert definition.problems == ()


def test_an_argument_keeps_its_name_from_an_axis() -> None:
    design = module("x", H=2).node("Output", "y", "m").wire("x", "y", "m")
    assert str(called(design, "B, 3, 28, 28").inputs[0]) == "B×channels×x_H×W"


def test_what_symbols_do_not_decide_takes_the_numbers_of_the_first_call() -> None:
    design = module("x", width=4).node("Linear", "fc", "m", out_features=parse("8 if width > 5 else 9"))
    design.node("Output", "y", "m").chain("x", "fc", "y", module="m")
    definition = called(design, "B, 20", width=6)
    assert definition.arguments == {"width": 6} and not definition.assumed
    assert shapes(definition) == {"x": "B×features", "fc": "B×8"}


def test_only_the_argument_that_symbols_do_not_decide_takes_the_first_call_s_number() -> None:
    design = module("x", width=4, deep=2).node("Linear", "fc", "m", out_features=parse("width"))
    design.node("LSTM", "lstm", "m", hidden_size=parse("width"), num_layers=parse("deep"))
    design.node("Output", "y", "m").chain("x", "fc", "lstm", "y", module="m")
    definition = called(design, "B, 5, 20", width=6, deep=3)
    assert definition.arguments["deep"] == 3
    assert shapes(definition)["lstm"] == "B×channels×width"


def test_sizes_that_symbols_do_not_decide_are_those_of_the_first_call() -> None:
    design = module("x", width=4).node(
        "Linear", "fc", "m", out_features=parse("8 if x.shape[1] > 5 else width")
    )
    design.node("Output", "y", "m").chain("x", "fc", "y", module="m")
    definition = called(design, "B, 3", width=6)
    assert definition.assumed
    assert shapes(definition) == {"x": "B×3", "fc": "B×width"}


def test_a_definition_that_is_never_called_shows_what_its_inputs_declare() -> None:
    design = Design().module("m", width=4).node("Input", "x", "m", shape="B, 2*width")
    design.node("Linear", "fc", "m", out_features=parse("width")).node("Output", "y", "m")
    definition = Resolver(design.chain("x", "fc", "y", module="m").document()).definition("m")
    assert shapes(definition) == {"x": "B×(2*width)", "fc": "B×width"}


def test_a_module_inside_a_definition_is_resolved_with_the_outer_symbols() -> None:
    design = module("x", width=4).module("inner", size=2)
    design.node("Input", "ix", "inner", shape="").node("Linear", "fc", "inner", out_features=parse("size"))
    design.node("Output", "iy", "inner").chain("ix", "fc", "iy", module="inner")
    design.instance("inner", "deep", "m", size=parse("2 * width")).node("Output", "y", "m")
    design.wire("x", "deep.ix", "m").wire("deep.iy", "y", "m")
    definition = called(design, "B, 20")
    assert shapes(definition) == {"x": "B×features", "deep": "B×(2*width)"}
