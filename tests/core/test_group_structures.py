"""Grouping and ungrouping what is repeated, tied, slotted, or reads sizes inside uses."""

import numpy as np
import pytest
from msgspec.structs import replace

from core import edits
from core.document import Change, Document
from core.edits import EditError
from core.engine.weights import follow, initial
from core.expression import Expression, parse
from core.program import build_program
from core.record import ROOT
from core.resolve import Resolver
from core.use import Use, use
from tests.core.drawing import named
from tests.core.test_exchange import parameters, slotted, tied, ties
from tests.templates import resnet
from tests.templates.sheet import Book


def followed(document: Document, edit: object) -> tuple[set[str], set[str]]:
    """The slots' names after an edit, and where the arrays of the old ones went."""
    resolver = Resolver(document)
    heard: list[Change] = []
    document.subscribe(heard.append)
    program = build_program(document, resolver)
    weights = {name: np.zeros(1) for name in initial(program, program.symbols, 0)}
    assert callable(edit)
    edit()
    moved = follow(weights, heard[0].renames, resolver.calls_of)
    resolver.update(heard[0])
    program = build_program(document, resolver)
    return set(initial(program, program.symbols, 0)), set(moved)


def test_a_repeated_node_keeps_its_index_when_it_is_grouped() -> None:
    document = resnet.resnet("Net", [1, 2, 1, 1], resnet.basic).document()
    before, node = parameters(document), named(document, "stages")
    instance = edits.group(document, [node.id], "Stages")
    module = document.node(instance).definition or ""
    inner = document.node(node.id)
    assert (inner.module, inner.repeat) == (module, node.repeat)
    assert inner.arguments["depth"] == Expression("depths[i]")
    assert set(document.node(instance).arguments) == {"depths", "width"}
    assert parameters(document) == before
    edits.ungroup(document, instance)
    assert dict(named(document, "stages").arguments) == dict(node.arguments)
    assert parameters(document) == before


def test_weights_of_a_repeated_node_follow_into_a_group_and_back() -> None:
    document = slotted()
    body = named(document, "body").id
    made: list[str] = []
    there, moved = followed(document, lambda: made.append(edits.group(document, [body], "G")))
    assert there == moved and all(name.startswith(made[0]) for name in there)
    there, moved = followed(document, lambda: edits.ungroup(document, made[0]))
    assert there == moved and all(name.startswith(body) for name in there)


@pytest.mark.parametrize("chosen", ["a", "b"])
def test_a_selection_that_parts_a_tied_node_from_its_owner_is_refused_by_their_names(chosen: str) -> None:
    document = tied()
    with pytest.raises(EditError, match="b has the weights of a; select both of them"):
        edits.group(document, [named(document, chosen).id], "Block")


def test_a_tie_between_inside_and_outside_leads_through_the_instance_and_back() -> None:
    document = tied()
    before = parameters(document)
    a, b, c = (named(document, name).id for name in "abc")
    instance = edits.group(document, [a, b], "Block")
    [tie] = ties(document)
    assert (tie.owner, tie.path) == ((instance, a), (c,))
    assert parameters(document) == before
    edits.ungroup(document, instance)
    [tie] = ties(document)
    assert (tie.owner, tie.path) == ((a,), (c,))
    assert parameters(document) == before


def test_a_tie_goes_along_where_both_ends_do_and_comes_back() -> None:
    document = tied()
    before = parameters(document)
    a, b, c = (named(document, name).id for name in "abc")
    instance = edits.group(document, [a, b, c], "Block")
    assert ties(document) == []
    [tie] = ties(document, document.node(instance).definition or "")
    assert (tie.owner, tie.path) == ((a,), (c,))
    assert parameters(document) == before
    edits.ungroup(document, instance)
    [tie] = ties(document)
    assert (tie.owner, tie.path) == ((a,), (c,))
    assert parameters(document) == before


def test_a_tie_from_above_follows_a_group_inside_the_module_that_it_leads_through() -> None:
    document = tied()
    before = parameters(document)
    a, b, c = (named(document, name).id for name in "abc")
    outer = edits.group(document, [a, b], "Outer")
    inner = edits.group(document, [a, b], "Inner")
    [tie] = ties(document)
    assert (tie.owner, tie.path) == ((outer, inner, a), (c,))
    assert parameters(document) == before
    edits.ungroup(document, inner)
    [tie] = ties(document)
    assert (tie.owner, tie.path) == ((outer, a), (c,))


def test_ungrouping_one_of_two_instances_copies_ties_and_owners() -> None:
    document = tied()
    instance = edits.group(document, [named(document, name).id for name in "abc"], "Block")
    module = document.node(instance).definition or ""
    [other] = edits.duplicate(document, [instance])
    edits.ungroup(document, other)
    a, b, c = (named(document, name).id for name in "abc")
    [tie] = ties(document)
    assert (tie.owner, tie.path, document.node(b).owner) == ((a,), (c,), a)
    assert len(ties(document, module)) == 1


def test_grouping_a_slot_lifts_the_argument_that_gives_its_module() -> None:
    document = slotted()
    body = next(module for module in document.modules() if module.name == "Body")
    before = parameters(document)
    instance = edits.group(document, [named(document, "inner", body.id).id], "Held")
    module = document.module(document.node(instance).definition or "")
    assert [(each.name, each.kind, each.default) for each in module.arguments] == [
        ("block", "module", Use("Identity"))
    ]
    assert document.node(instance).arguments == {"block": Expression("block")}
    assert parameters(document) == before
    edits.ungroup(document, instance)
    assert named(document, "inner", body.id).kind == "$block"
    assert parameters(document) == before


def test_ungrouping_an_instance_puts_its_module_into_the_slot() -> None:
    document = slotted()
    before = parameters(document)
    with document.edit("Once"):
        document.put(replace(named(document, "body"), repeat=None))
    once = parameters(document)
    edits.ungroup(document, named(document, "body").id)
    inner = named(document, "inner")
    assert document.module(inner.definition or "").name == "Wide" and inner.arguments == {"width": 8}
    assert parameters(document) == once != before
    assert "Body" not in [module.name for module in document.modules()]


def test_a_size_read_in_a_use_becomes_an_argument() -> None:
    document = slotted()
    node = named(document, "body")
    with document.edit("Read"):
        part = use("Linear", {"out_features": parse("x.shape[1]")})
        document.put(replace(node, arguments={"block": part}, repeat=parse("x.shape[1] // 4")))
    before = parameters(document)
    instance = edits.group(document, [node.id], "Block")
    inner = document.node(node.id)
    assert inner.arguments["block"] == use("Linear", {"out_features": Expression("x_size_1")})
    assert inner.repeat == Expression("x_size_1 // 4")
    assert document.node(instance).arguments == {"x_size_1": Expression("x.shape[1]")}
    assert parameters(document) == before


def test_what_stands_for_several_calls_is_not_ungrouped() -> None:
    document = slotted()
    with pytest.raises(EditError, match="body is repeated; take its repetition off first"):
        edits.ungroup(document, named(document, "body").id)


def test_what_shares_its_weights_is_not_ungrouped() -> None:
    book = Book("Shared", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=8).output().wire("x > fc > y")
    root = book.root.input("x", "B, 8").node(block, "one").node(block, "two", owner="one")
    document = root.output().wire("x > one > two > y").book.document()
    for name, other in (("one", "two"), ("two", "one")):
        with pytest.raises(EditError, match=f"{name} and {other} share their weights; untie them first"):
            edits.ungroup(document, named(document, name).id)


def test_a_definition_that_a_use_names_stays_when_its_last_instance_is_ungrouped() -> None:
    document = slotted()
    wide = next(module for module in document.modules() if module.name == "Wide")
    instance = edits.add_node(document, ROOT, f"@{wide.id}", (0, 0))
    edits.ungroup(document, instance)
    assert document.get(wide.id) == wide


def test_a_unique_definition_keeps_ties_and_owners_and_is_of_no_library() -> None:
    document = tied()
    before = parameters(document)
    a, b, c = (named(document, name).id for name in "abc")
    instance = edits.group(document, [a, b], "Block")
    edits.duplicate(document, [instance])
    new = edits.make_unique(document, instance)
    [tie] = ties(document)
    assert (tie.owner, tie.path) == ((instance, named(document, "a", new).id), (c,))
    assert named(document, "b", new).owner == named(document, "a", new).id
    with document.edit("Loosen"):
        document.remove(named(document, "block2").id)
    assert parameters(document) == before
