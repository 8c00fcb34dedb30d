"""What breaks in other editors: grouping, ports, copying and undo across the border of a module."""

import random

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from core import edits
from core.document import Document
from core.edits import EditError
from core.edits.clip_text import from_text, to_text
from core.engine.run import run
from core.expression import Expression
from core.files import dumps, loads
from core.ports import module_ports, port_nodes, ports
from core.program import build_program, slots
from core.record import ROOT, Node, module_of
from core.resolve import Resolver
from core.templates import template, templates
from tests.core.drawing import named, resolved, wiring
from tests.core.test_group import branched

DESIGNS = {"branched": branched} | {entry.id: entry.document for entry in templates()}


def ways(document: Document, instance: str = "") -> set[tuple[str, str, str, str]]:
    """Each wire of the root by its ends, what leads through the ports of an instance followed to its end."""
    inside = document.node(instance).definition or "" if instance else ""
    found = {(w.source, w.source_port, w.target, w.target_port) for w in document.wires(ROOT)}
    if not instance:
        return found
    inner = {(w.source, w.source_port, w.target, w.target_port) for w in document.wires(inside)}
    inputs = {node.id: node.name for node in port_nodes(document, inside, "Input")}
    outputs = {node.id: node.name for node in port_nodes(document, inside, "Output")}
    into = {port: (source, name) for source, name, target, port in found if target == instance}
    out_of = {outputs[target]: (source, name) for source, name, target, _ in inner if target in outputs}
    joined = {way for way in found if instance not in (way[0], way[2])}
    for source, name, target, port in inner:
        if source in inputs and inputs[source] in into:
            joined.add((*into[inputs[source]], target, port))
        elif source not in inputs and target not in outputs:
            joined.add((source, name, target, port))
    joined |= {(*out_of[name], target, port) for source, name, target, port in found if source == instance}
    return joined


@settings(max_examples=80, deadline=None)
@given(design=st.sampled_from(sorted(DESIGNS)), seed=st.integers(0, 10**6), share=st.floats(0.1, 1))
def test_grouping_a_selection_never_duplicates_inputs_or_loses_wires(
    design: str, seed: int, share: float
) -> None:
    document = DESIGNS[design]()
    before = ways(document)
    chosen = {node.id for node in document.nodes(ROOT) if random.Random(f"{seed}{node.id}").random() < share}
    try:
        instance = edits.group(document, chosen)
    except EditError:
        return
    inside = {node.id for node in document.nodes(document.node(instance).definition or "")}
    assert ways(document, instance) == before
    crossing = {way[:2] for way in before if way[0] not in inside and way[2] in inside}
    fed = [wire for wire in document.wires(ROOT) if wire.target == instance]
    assert {(wire.source, wire.source_port) for wire in fed} == crossing and len(fed) == len(crossing)


def test_ungrouping_restores_the_wires_after_a_file() -> None:
    document = branched()
    before = ways(document)
    chosen = [named(document, name).id for name in ("a", "b", "sum", "both", "rows", "flat")]
    instance = edits.group(document, chosen)
    document = loads(dumps(document))
    edits.ungroup(document, instance)
    assert ways(document) == before


def class_of(document: Document) -> tuple[Node, str]:
    """The instance in the root and its module."""
    node = next(node for node in document.nodes(ROOT) if node.definition)
    return node, node.definition or ""


def test_disconnecting_inside_does_not_break_the_node() -> None:
    document = template("mlp-class").document()
    resolver = resolved(document)
    node, module = class_of(document)
    outside, own, sound = wiring(document), ports(document, node), resolver.resolution.root.outputs
    wire = next(w for w in document.wires(module) if document.node(w.source).kind == "Input")
    edits.disconnect(document, wire.id)
    assert ports(document, node) == own and wiring(document) == outside
    [problem] = [each for each in resolver.resolution.problems if each.path == (node.id, wire.target)]
    assert problem.text == f"{wire.target_port} is not connected"
    edits.connect(document, wire.source, wire.source_port, wire.target, wire.target_port)
    assert resolver.resolution.root.outputs == sound and not resolver.resolution.problems


def test_an_error_inside_is_shown_on_every_node_around_it() -> None:
    document = template("mlp-class").document()
    resolver = resolved(document)
    node, module = class_of(document)
    outer = edits.group(document, [node.id], "Outer")
    linear = next(each for each in document.nodes(module) if each.kind == "Linear")
    edits.set_kind(document, linear.id, "Conv2d")
    errors = [problem for problem in resolver.resolution.problems if problem.kind == "error"]
    assert errors and all(problem.path[:2] == (outer, node.id) for problem in errors)
    assert any(problem.path == (outer, node.id, linear.id) for problem in errors)
    document.undo()
    assert not resolver.resolution.problems


def argument_read(node: Node) -> str:
    """The module's argument that a Linear reads for its width."""
    value = node.arguments["out_features"]
    assert isinstance(value, Expression)
    return value.source


def test_copies_between_modules_and_documents_keep_what_was_edited() -> None:
    document = template("mlp-class").document()
    node, module = class_of(document)
    linear = next(each for each in document.nodes(module) if each.kind == "Linear")
    name = argument_read(linear)
    edits.set_argument(document, node.id, name, 7)
    edits.set_argument(document, linear.id, "bias", False)
    edits.rename(document, linear.id, "renamed")
    other = edits.new_document()
    holder = edits.add_module(other, "Holder")
    [pasted] = edits.paste(other, holder, from_text(to_text(edits.copy(document, [node.id]))))
    moved = other.node(pasted).definition or ""
    assert other.node(pasted).arguments[name] == 7
    copied = named(other, "renamed", moved)
    assert dict(copied.arguments) == dict(document.node(linear.id).arguments)
    [back] = edits.paste(document, ROOT, from_text(to_text(edits.copy(other, [pasted]))))
    assert document.node(back).definition == module


def test_undo_tells_in_which_module_it_changed_something() -> None:
    document = template("mlp-class").document()
    node, module = class_of(document)
    linear = next(each for each in document.nodes(module) if each.kind == "Linear")
    edits.set_argument(document, linear.id, "bias", False)
    edits.move(document, {node.id: (500.0, 0.0)})
    places = []
    for _ in range(2):
        change = document.undo()
        assert change is not None
        places.append({module_of(r) for pair in change.diff.values() for r in pair if r is not None})
    assert places == [{ROOT}, {module}]


def test_undo_of_a_group_and_of_what_was_edited_in_it_comes_back_step_by_step() -> None:
    document = branched()
    steps = [dumps(document)]
    instance = edits.group(document, [named(document, "a").id, named(document, "b").id], "Block")
    module = document.node(instance).definition or ""
    for edit in (
        lambda: edits.move_port(document, port_nodes(document, module, "Output")[0].id, 1),
        lambda: edits.rename(document, port_nodes(document, module, "Output")[0].id, "first"),
        lambda: edits.insert_after(document, named(document, "a", module).id, "ReLU"),
        lambda: edits.ungroup(document, instance),
    ):
        steps.append(dumps(document))
        edit()
    last = dumps(document)
    for step in reversed(steps):
        document.undo()
        assert dumps(document) == step
    for _ in steps:
        document.redo()
    assert dumps(document) == last


def test_values_inside_a_group_are_what_they_were() -> None:
    document = template("mlp").document()
    x = np.random.default_rng(0).standard_normal((2, 20)).astype(np.float32)
    linear = next(node for node in document.nodes(ROOT) if node.kind == "Linear")
    behind = {wire.target for wire in document.wires(ROOT) if wire.source == linear.id}
    chosen = [linear.id, *behind - {node.id for node in port_nodes(document, ROOT, "Output")}]

    def values() -> dict[str, np.ndarray]:
        program = build_program(document, Resolver(document))
        [name] = [node.name for node in document.nodes(ROOT) if node.kind == "Input"]
        weights = {key: np.full(shape, 0.1, np.float32) for key, shape in shapes(document).items()}
        found = run(program, weights, {name: x}).values
        return {path[-1]: array for (path, _), array in found.items() if path[-1] in chosen}

    before = values()
    edits.group(document, chosen)
    after = values()
    assert before.keys() == after.keys() == set(chosen)
    assert all(np.array_equal(before[key], after[key]) for key in chosen)


def shapes(document: Document) -> dict[str, tuple[int, ...]]:
    return {slot.name: slot.shape for slot in slots(build_program(document, Resolver(document)))}


@pytest.mark.parametrize("key", sorted(DESIGNS))
def test_every_port_of_an_instance_is_there_once(key: str) -> None:
    document = DESIGNS[key]()
    chosen = [node.id for node in document.nodes(ROOT) if node.kind not in ("Input", "Output")]
    module = document.node(edits.group(document, chosen)).definition or ""
    found = module_ports(document, module)
    assert len({*found.inputs, *found.outputs}) == len(found.inputs) + len(found.outputs)
