"""Nothing writes beyond its memory or reads what was never written: all layers, all templates."""

import numpy as np
import pytest

from core.engine.plan import build_plan
from core.engine.run import draw_missing
from core.initialise import Array
from core.layers import LAYERS
from core.machine.machine import Machine
from core.program import Program
from core.templates import Template, templates
from tests.export.networks import one_layer, program_of

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)


def guarded(program: Program) -> None:
    """Runs it forward and backward in training, guarded and not: nothing is broken, and all is the same."""
    plan = build_plan(program, {}, training=True, backward=True, keep=False)
    rng = np.random.default_rng(0)
    weights = draw_missing(plan, {}, 0)
    outside: dict[int, Array] = {}
    for number in plan.outside:
        buffer = plan.buffers[number]
        if buffer.dtype == "int64":
            outside[number] = rng.integers(0, 2, buffer.shape)
        elif buffer.dtype == "bool":
            outside[number] = rng.integers(0, 2, buffer.shape).astype(np.bool_)
        else:
            outside[number] = rng.uniform(0.1, 0.9, buffer.shape).astype(np.float32)
    for name, number in plan.slots.items():
        outside[number] = np.ascontiguousarray(weights[name], plan.buffers[number].dtype)
    machine = Machine(plan, outside, 2, guarded=True)
    machine.run(0)
    assert machine.broken() == []
    plain = Machine(plan, outside, 2)
    plain.run(0)
    for number in plan.results:
        assert machine.array(number).tobytes() == plain.array(number).tobytes()


@pytest.mark.parametrize("kind", PLAIN)
def test_a_layer_keeps_to_its_memory(kind: str) -> None:
    guarded(one_layer(kind).program())


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_a_template_keeps_to_its_memory(template: Template) -> None:
    guarded(program_of(template.small()))
