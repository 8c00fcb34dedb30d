"""Exported code reads a size off its inputs where one has it, so that a batch may be of any size."""

from types import ModuleType

import pytest

from core.export import export_code
from core.program import Program
from core.templates import template
from tests.export.networks import program_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BATCHES = (1, 2, 5)


def vision_transformer() -> Program:
    return program_of(template("vit-b-16").small())


def ran(program: Program, to: str) -> ModuleType:
    """The exported file as a module."""
    module = ModuleType("exported")
    exec(export_code(program, to).text, module.__dict__)
    return module


def test_the_vision_transformer_in_keras_takes_batches_of_any_size() -> None:
    pytest.importorskip("keras")
    module = ran(vision_transformer(), "keras")
    model = module.VisionTransformerB16()
    assert [model(module.keras.ops.ones((n, 3, 64, 64))).shape[0] for n in BATCHES] == list(BATCHES)


def test_the_vision_transformer_in_flax_takes_batches_of_any_size() -> None:
    jax = pytest.importorskip("jax")
    model = ran(vision_transformer(), "flax").VisionTransformerB16()
    variables = model.init(jax.random.key(0), jax.numpy.ones((1, 64, 64, 3)))
    for n in BATCHES:
        result = jax.eval_shape(model.apply, variables, jax.numpy.ones((n, 64, 64, 3)))
        assert result.shape[0] == n
