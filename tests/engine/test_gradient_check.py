"""The check of a layer's backward against finite differences."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.engine.gradient_check import gradient_check
from core.layers import LAYERS
from core.layers.layer import bind
from core.ops.primitive import PRIMITIVES, Ref, Step
from core.types import Type

SMOOTH = ("Linear", "Expression", "LayerNorm", "Tanh", "Softmax", "Multiply", "Conv2d")


@pytest.mark.parametrize("kind", SMOOTH)
def test_smooth_layers_pass(kind: str) -> None:
    layer = bind(LAYERS[kind], LAYERS[kind].example.arguments)
    types = list(LAYERS[kind].example.types().values())
    found = gradient_check(layer, types)
    assert {*LAYERS[kind].example.inputs, *layer.parameters(*types)} == set(found.errors)
    assert 0 < found.worst < 1e-7
    assert found.wrong == ()


def test_whole_numbers_have_no_gradient_and_may_be_given() -> None:
    layer = bind(LAYERS["Embedding"], {"num_embeddings": 4, "embedding_dim": 3})
    found = gradient_check(layer, [Type((2,), "int64")], {"x": np.array([1, 3])})
    assert set(found.errors) == {"weight"}
    assert found.worst < 1e-9


def test_a_wrong_backward_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubled(self: object, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (step.inputs[0].trace.apply(PRIMITIVES["scale"], [dy], {"factor": 2.0})[0],)

    monkeypatch.setattr(type(PRIMITIVES["tanh"]), "backward", doubled)
    found = gradient_check(bind(LAYERS["Tanh"], {}), [Type((3, 4))])
    assert found.errors["x"] > 0.3
    assert found.wrong == ("x",)


def test_inputs_of_positive_numbers_are_drawn_so() -> None:
    found = gradient_check(bind(LAYERS["Log"], {}), [Type((3, 4))])
    assert 0 < found.worst < 1e-7
