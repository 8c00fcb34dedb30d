"""Copying between modules and documents: uses, ties, owners and equal definitions come through."""

import pytest
from msgspec.structs import replace

from core import edits
from core.content import Contents
from core.document import Document
from core.edits import EditError
from core.edits.clip_text import from_text, to_text
from core.expression import Expression
from core.record import ROOT, Tie, instance_kind
from core.resolve import Resolver
from core.use import Use, use
from tests.core.drawing import named
from tests.templates import resnet
from tests.templates.sheet import Book


def slotted(depth: int = 2) -> Document:
    """x → body (repeated, its block a Wide of 8 features) → y, where Wide is used in arguments alone."""
    book = Book("Slotted", "")
    wide = book.sheet("Wide").argument("width", 4).input()
    wide.node("Linear", "fc", out_features="=width").output().wire("x > fc > y")
    body = book.sheet("Body").argument("block", Use("Identity"), kind="module").input()
    body.slot("block", "inner").node("Linear", "out", out_features=8).output().wire("x > inner > out > y")
    root = book.root.input("x", "B, 8")
    root.node(body, "body", repeat=depth, block=wide.use(width=8)).output().wire("x > body > y")
    return book.document()


def tied() -> Document:
    """x → a → b (tied to a) → c → y, c's weight tied to a's."""
    book = Book("Tied", "")
    root = book.root.input("x", "B, 8").node("Linear", "a", out_features=8, bias=False)
    root.node("Linear", "b", owner="a").node("Linear", "c", out_features=8)
    root.output().wire("x > a > b > c > y").tie("c.weight", "a.weight")
    return book.document()


def ties(document: Document, module: str = ROOT) -> list[Tie]:
    return [record for record in document.members(module) if isinstance(record, Tie)]


def parameters(document: Document) -> object:
    resolution = Resolver(document).resolution
    assert not [problem for problem in resolution.problems if problem.kind == "error"]
    return resolution.root.parameters


def test_a_module_used_in_an_argument_comes_along_under_its_new_id() -> None:
    source, target = slotted(), edits.new_document()
    wide = next(module for module in source.modules() if module.name == "Wide")
    other = edits.add_module(target, "Wide")
    with target.edit("Take the id"):
        for record in [target.module(other), *target.members(other)]:
            target.remove(record.id)
        target.put(replace(wide, arguments=()))
    clip = from_text(to_text(edits.copy(source, [named(source, "body").id])))
    edits.paste(target, ROOT, clip)
    names = {module.name: module.id for module in target.modules()}
    assert {"Wide", "Wide2", "Body"} <= names.keys()
    pasted = named(target, "body").arguments["block"]
    assert pasted == use(instance_kind(names["Wide2"]), {"width": 8})
    assert named(target, "body").repeat == 2


def test_a_module_that_stands_here_under_other_ids_is_not_brought_twice() -> None:
    source, target = slotted(), edits.new_document()
    clip = from_text(to_text(edits.copy(source, [named(source, "body").id])))
    edits.paste(target, ROOT, clip)
    renewed = with_other_ids(slotted())
    other = from_text(to_text(edits.copy(renewed, [named(renewed, "body").id])))
    edits.paste(target, ROOT, clip)
    edits.paste(target, ROOT, other)
    assert sorted(module.name for module in target.modules()) == ["Body", "Network", "Wide"]


def with_other_ids(document: Document) -> Document:
    """The same modules in another document, none under its id."""
    target = edits.new_document()
    clip = edits.copy(document, [node.id for node in document.nodes(ROOT)])
    text = to_text(clip)
    for key in {record.id for record in clip.definitions}:
        text = text.replace(key, f"{key}x")
    edits.paste(target, ROOT, from_text(text))
    assert not {record.id for record in clip.definitions} & target.records.keys()
    return target


def test_the_content_of_a_module_is_the_same_under_other_ids_and_places() -> None:
    document = resnet.resnet("Net", [1, 1, 1, 1], resnet.bottleneck).document()
    book = Book("Another", "")
    resnet.bottleneck(book)
    other = book.document()
    ours = next(module for module in document.modules() if module.name == "Bottleneck")
    theirs = next(module for module in other.modules() if module.name == "Bottleneck")
    assert ours.id != theirs.id
    assert Contents(document).of(ours.id) == Contents(other).of(theirs.id)
    inside = next(module for module in other.modules() if module.name == "Projection")
    edits.set_argument(other, named(other, "conv", inside.id).id, "bias", True)
    assert Contents(document).of(ours.id) != Contents(other).of(theirs.id)


def test_one_and_true_are_two_contents() -> None:
    document = tied()
    block = edits.group(document, [named(document, "c").id], "Block")
    module = document.node(block).definition or ""
    before = Contents(document).of(module)
    with document.edit("Set"):
        node = named(document, "c", module)
        document.put(replace(node, arguments={**node.arguments, "bias": 1}))
    one = Contents(document).of(module)
    with document.edit("Set"):
        document.put(replace(node, arguments={**node.arguments, "bias": True}))
    assert len({before, one, Contents(document).of(module)}) == 3


def test_ties_and_owners_come_along_with_both_ends() -> None:
    document = tied()
    before = parameters(document)
    ids = [named(document, name).id for name in "abc"]
    edits.paste(document, ROOT, from_text(to_text(edits.copy(document, ids))))
    a, b, c = (named(document, f"{name}2") for name in "abc")
    assert b.owner == a.id
    [old, tie] = sorted(ties(document), key=lambda tie: tie.owner != (ids[0],))
    assert (tie.owner, tie.path) == ((a.id,), (c.id,))
    edits.connect(document, named(document, "x").id, "y", a.id, "x")
    edits.connect(document, c.id, "y", named(document, "y").id, "x")
    edits.delete(document, [*ids, old.id])
    assert parameters(document) == before == 8 * 8 + 8


def test_a_tied_node_copied_alone_is_its_owners_equal() -> None:
    document = tied()
    [copied] = edits.duplicate(document, [named(document, "b").id])
    a, new = named(document, "a"), document.node(copied)
    assert (new.kind, new.arguments, new.owner) == (a.kind, a.arguments, "")


def test_two_nodes_tied_to_one_that_stays_are_tied_to_each_other() -> None:
    document = tied()
    with document.edit("Tie"):
        document.put(replace(named(document, "c"), owner=named(document, "a").id, arguments={}))
    new = edits.duplicate(document, [named(document, "b").id, named(document, "c").id])
    leader, follower = sorted((document.node(key) for key in new), key=lambda node: node.owner)
    assert (leader.owner, follower.owner) == ("", leader.id)
    assert leader.arguments == named(document, "a").arguments


def test_ties_and_owners_inside_a_module_stay_inside_its_copy() -> None:
    source = tied()
    block = edits.group(source, [named(source, name).id for name in "abc"], "Block")
    module = source.node(block).definition or ""
    text = to_text(edits.copy(source, [block]))
    target = edits.new_document()
    edits.paste(target, ROOT, from_text(text))
    with target.edit("Differ"):
        target.put(replace(target.module(module), help="changed"))
    edits.paste(target, ROOT, from_text(text))
    second = next(m.id for m in target.modules() if m.name == "Block2")
    [tie] = ties(target, second)
    a, b, c = (named(target, name, second).id for name in "abc")
    assert (tie.owner, tie.path, target.node(b).owner) == ((a,), (c,), a)
    assert not {a, b, c} & {node.id for node in target.nodes(module)}


def test_a_slot_pasted_where_its_argument_is_not_becomes_what_it_was() -> None:
    document = slotted()
    body = next(module for module in document.modules() if module.name == "Body")
    wide = next(module for module in document.modules() if module.name == "Wide")
    with document.edit("Default"):
        default = replace(body.arguments[0], default=Use(instance_kind(wide.id)))
        document.put(replace(body, arguments=(default,)))
    clip = from_text(to_text(edits.copy(document, [named(document, "inner", body.id).id])))
    [pasted] = edits.paste(edits.new_document(), ROOT, clip)
    [here] = edits.paste(document, ROOT, clip)
    assert document.node(here).kind == instance_kind(wide.id)
    target = edits.new_document()
    [pasted] = edits.paste(target, ROOT, clip)
    assert target.module(target.node(pasted).definition or "").name == "Wide"


def test_a_use_does_not_put_a_module_into_itself() -> None:
    document = slotted()
    wide = next(module for module in document.modules() if module.name == "Wide")
    clip = edits.copy(document, [named(document, "body").id])
    before = dict(document.records)
    with pytest.raises(EditError, match="Wide would contain itself"):
        edits.paste(document, wide.id, clip)
    assert document.records == before


def test_a_size_read_in_a_use_or_a_repeat_becomes_the_number_it_was() -> None:
    document = slotted()
    body = named(document, "body")
    read = replace(
        body,
        repeat=Expression("x.shape[1] // 4"),
        arguments={"block": use("Linear", {"out_features": Expression("x.shape[1]")})},
    )
    with document.edit("Read"):
        document.put(read)
    clip = edits.copy(document, [body.id])
    other = edits.add_module(document, "Other")
    edits.rename(document, named(document, "x", other).id, "image")
    [pasted] = edits.paste(document, other, clip)
    assert document.node(pasted).arguments["block"] == use("Linear", {"out_features": Expression("8")})
    assert document.node(pasted).repeat == Expression("8 // 4")
