"""What the rules cannot see of parting, repeating, looking up, and of losses that weigh."""

import math
from typing import Any

import numpy as np
import pytest

from core.dim import symbol
from core.layers import LAYERS
from core.layers.layer import ArgumentError, bind, layer_ports
from core.ops.interpret import evaluate
from core.ops.primitive import Array, BadIndex
from core.types import ShapeError, Type

B, T = symbol("B"), symbol("T")


def shapes(name: str, *given: Any, whole: tuple[int, ...] = (), **arguments: Any) -> list[str]:
    types = [Type(shape, "int64" if i in whole else "float32") for i, shape in enumerate(given)]
    return [str(ref.type) for ref in bind(LAYERS[name], arguments).trace(*types).result.values]


def refusal(name: str, *given: Any, **arguments: Any) -> str:
    with pytest.raises((ShapeError, ArgumentError)) as caught:
        shapes(name, *given, **arguments)
    return str(caught.value)


def value(name: str, *arrays: Array, **arguments: Any) -> Array:
    types = [Type(a.shape, "int64" if a.dtype == np.int64 else "float32") for a in arrays]
    run = bind(LAYERS[name], arguments).trace(*types)
    known = {ref.index: array for ref, array in zip(run.inputs, arrays, strict=True)}
    return evaluate(run.trace, known)[run.result.values[0].index]


def test_shapes_with_symbols() -> None:
    assert shapes("Split", (B, T, 6), sizes=(1, 5), dim=-1) == ["B×T×1", "B×T×5"]
    assert shapes("Chunk", (B, 7), chunks=3) == ["B×3", "B×3", "B×1"]
    assert shapes("Unflatten", (B, T, 12), dim=2, sizes="3, -1") == ["B×T×3×4"]
    assert shapes("Roll", (B, T), shifts=-1) == ["B×T"]
    assert shapes("Tile", (B, T), dims=2) == ["B×(2*T)"]
    assert shapes("RepeatInterleave", (B, T), repeats=3) == ["B×(3*T)"]
    assert shapes("Gather", (B, T), (B, 2), whole=(1,)) == ["B×2"]
    assert shapes("OneHot", (B, T), whole=(0,), num_classes=5) == ["B×T×5"]
    assert shapes("ArgMax", (B, T, 5)) == ["B×T int64"]
    assert shapes("Stack", (B, T), (B, T), dim=-1) == ["B×T×2"]
    assert shapes("Crop", (B, 3, T, 8), crop=(1, 2)) == ["B×3×T×5"]


def test_the_ports_follow_the_arguments_before_they_are_right() -> None:
    assert layer_ports(LAYERS["Split"], {"sizes": (1, 2, 3)}) == (("x",), ("y1", "y2", "y3"))
    assert layer_ports(LAYERS["Split"], {}) == (("x",), ("y1",))
    assert layer_ports(LAYERS["Chunk"], {"chunks": 10**9}) == (("x",), ("y1",))
    assert layer_ports(LAYERS["Chunk"], {"chunks": "many"}) == (("x",), ("y1",))


def test_refusals_say_what_was_found() -> None:
    assert refusal("Split", (2, 6), sizes=(2, 3)) == (
        "expected 5 elements at axis 1, the sum of sizes, got 6 elements (2×6)"
    )
    assert refusal("Chunk", (2, 6), chunks=4) == (
        "expected enough elements at axis 1 for 4 pieces of 2, got 6 elements"
    )
    assert refusal("GLU", (2, 5)) == "expected an even size at axis 1, got 5 elements (2×5)"
    assert refusal("Roll", (2, 5), shifts=(1, 2)) == "shifts: expected as many as dims has (1), got 2"
    assert refusal("Upsample", (2, 3, 4), mode="bicubic") == "Upsample bicubic expects B×C×H×W, got 2×3×4"
    assert refusal("CrossEntropyLoss", (2, 3), (2,), whole=(1,), weight="1, 2") == (
        "weight: expected a number for each of the 3 classes, got 2"
    )


@pytest.mark.parametrize(("text", "column"), [("1, two", 2), ("1,inf", 2), ("1,,2", 2), ("inf", 0)])
def test_weights_are_numbers_with_commas(text: str, column: int) -> None:
    with pytest.raises(ArgumentError) as caught:
        bind(LAYERS["NLLLoss"], {"weight": text})
    assert caught.value.column == column


def test_a_place_outside_is_told() -> None:
    with pytest.raises(BadIndex, match="index 4 is outside 0 … 3"):
        value("OneHot", np.array([0, 4]), num_classes=4)
    with pytest.raises(BadIndex, match="index 3 is outside 0 … 2"):
        value("Gather", np.zeros((2, 3)), np.array([[3], [0]]))


def test_probabilities_of_0_and_1_cost_at_most_100() -> None:
    found = value("BCELoss", np.array([0.0, 1.0, 0.5]), np.array([1.0, 1.0, 1.0]), reduction="none")
    assert found.tolist() == [100.0, 0.0, pytest.approx(math.log(2))]


def test_the_mean_is_divided_by_the_weights_of_the_targets() -> None:
    logs = np.log(np.array([[0.5, 0.5], [0.25, 0.75]]))
    found = value("NLLLoss", logs, np.array([0, 1]), weight="1, 3")
    assert found == pytest.approx((math.log(2) + 3 * math.log(4 / 3)) / 4)
    nothing = value("CrossEntropyLoss", logs, np.array([5, 5]), ignore_index=5, weight="1, 3")
    assert np.isnan(nothing)


def test_a_variance_over_symbols_is_that_over_numbers() -> None:
    run = bind(LAYERS["Var"], {"dim": (0, 1), "correction": 2}).trace(Type((B, T)))
    assert [step.primitive.name for step in run.trace.steps[-2:]] == ["over_root", "over_root"]
    assert refusal("Var", (2, 1), dim=1) == "expected more than 1 elements together, got 1 (2×1)"
