"""Nothing writes beyond its memory or reads what was never written, and all is repeatable bit by bit.

Over all layers of the catalogue, the structures among them, and all templates; as they are used and as they
are trained, and once more as they are used with weights that stay, arrays from outside whose axes stand the
other way round, and convolutions without a transform.
"""

from typing import Any

import numpy as np
import pytest

from core.engine.plan import Plan, build_plan
from core.engine.run import draw_missing
from core.initialise import Array
from core.layers import LAYERS
from core.machine.machine import Machine
from core.program import Program
from core.templates import Template, templates
from tests.engine.loops import halving, looped
from tests.export.networks import one_layer, program_of
from tests.structures import mixed
from tests.templates.sheet import Book

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)

TRAINED = pytest.mark.parametrize("training", [False, True], ids=["used", "trained"])


def guarded(program: Program, *, training: bool) -> None:
    """Runs it, in training with the backward, guarded and not: nothing is broken, and all is the same."""
    plan = build_plan(program, {}, training=training, backward=training, keep=False)
    outside = drawn(plan)
    _compared(plan, outside)
    if not training:
        turned = {number: np.asfortranarray(array) for number, array in outside.items()}
        _compared(plan, turned, fixed=plan.slots.values(), exact=True)


def _compared(plan: Plan, outside: dict[int, Array], **ways: Any) -> None:
    for threads in (1, 2):
        machine = Machine(plan, outside, threads, guarded=True, **ways)
        machine.run(0)
        assert machine.broken() == []
        plain = Machine(plan, outside, threads, **ways)
        for _ in range(2):
            plain.run(0)
            for number in plan.results:
                assert machine.array(number).tobytes() == plain.array(number).tobytes()


def drawn(plan: Plan) -> dict[int, Array]:
    """Numbers for all that comes from outside: inputs and cotangents by chance, slots as they begin."""
    rng = np.random.default_rng(0)
    outside: dict[int, Array] = {}
    for number in plan.outside:
        buffer = plan.buffers[number]
        if buffer.dtype == "int64":
            outside[number] = rng.integers(0, 2, buffer.shape)
        elif buffer.dtype == "bool":
            outside[number] = rng.integers(0, 2, buffer.shape).astype(np.bool_)
        else:
            outside[number] = rng.uniform(0.1, 0.9, buffer.shape).astype(np.float32)
    for name, array in draw_missing(plan, {}, 0).items():
        number = plan.slots[name]
        outside[number] = np.ascontiguousarray(array, plan.buffers[number].dtype)
    return outside


@TRAINED
@pytest.mark.parametrize("kind", PLAIN)
def test_a_layer_keeps_to_its_memory_and_is_repeatable(kind: str, training: bool) -> None:
    guarded(one_layer(kind).program(), training=training)


@TRAINED
@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_a_template_keeps_to_its_memory_and_is_repeatable(template: Template, training: bool) -> None:
    guarded(program_of(template.small()), training=training)


@TRAINED
def test_repeats_choices_branches_and_ties_keep_to_their_memory(training: bool) -> None:
    guarded(program_of(mixed()), training=training)


@TRAINED
def test_a_loop_keeps_to_its_memory(training: bool) -> None:
    book = Book("Loop", "Halves what is given until it is small")
    guarded(looped(book, halving(book).use(), bound=5), training=training)
