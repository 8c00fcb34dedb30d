"""Modules that are handed to a slot: their calls are found, and an edit in one is seen where it stands."""

from typing import Any

import pytest

from core import edits
from core.document import Change, Document
from core.graph import Graphs
from core.record import ROOT, Module
from core.resolve import Resolver
from core.summary import total
from tests.templates.sheet import Book


def handed(deep: bool) -> Document:
    """A module in a slot of another, which may itself stand in a third."""
    book = Book("handed", "")
    part = book.sheet("Part").input().node("Linear", "fc", out_features=3).output().wire("x > fc > y")
    holder = book.sheet("Holder").argument("part", part.use()).input().slot("part", "slot").output()
    holder.wire("x > slot > y")
    if deep:
        outer = book.sheet("Outer").argument("inner", part.use()).input()
        outer.node(holder, "holder", part="=inner").output().wire("x > holder > y")
        holder = outer
    root = book.root.input(shape="B, 4", sizes="B=2")
    given: dict[str, Any] = {"inner" if deep else "part": part.use()}
    root.node(holder, "one", **given).output()
    return root.wire("x > one > y").book.document()


def module(document: Document, name: str) -> Module:
    return next(module for module in document.modules() if module.name == name)


@pytest.mark.parametrize("deep", [False, True])
def test_the_calls_of_a_module_in_a_slot_are_found(deep: bool) -> None:
    document = handed(deep)
    resolver = Resolver(document)
    (path,) = resolver.calls_of(module(document, "Part").id)
    assert [document.node(key).name for key in path] == ["one", *(["holder"] if deep else []), "slot"]


@pytest.mark.parametrize("deep", [False, True])
def test_an_edit_in_a_module_in_a_slot_is_seen_where_it_stands(deep: bool) -> None:
    document = handed(deep)
    resolver = Resolver(document)

    def follow(change: Change) -> None:
        resolver.update(change)

    document.subscribe(follow)
    assert total(resolver.resolution).parameters == 4 * 3 + 3
    (fc,) = (node for node in document.nodes(module(document, "Part").id) if node.kind == "Linear")
    edits.set_argument(document, fc.id, "out_features", 5)
    assert total(resolver.resolution).parameters == 4 * 5 + 5


def test_only_where_a_module_is_handed_over_do_slots_count_as_its_users() -> None:
    document = handed(deep=False)
    other = Module(id="other", name="Other")
    document = Document({**document.records, "other": other}.values())
    graphs = Graphs(document)
    assert graphs.users([module(document, "Part").id]) == {
        ROOT, module(document, "Part").id, module(document, "Holder").id,
    }  # fmt: skip
    assert graphs.users(["other"]) == {"other"}
