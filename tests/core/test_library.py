"""Modules kept for other designs: brought once, locked, compared in words, updated and saved."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from core import edits
from core.difference import Apart, difference, nodes_apart
from core.document import Document
from core.edits import EditError
from core.edits.clip_text import from_text, to_text
from core.expression import parse
from core.files import FileError, dumps, loads
from core.library import (
    FOLDER,
    Entry,
    bring,
    differs,
    edit_a_copy,
    is_locked,
    newer,
    read_library,
    save_to_library,
    shipped,
    update_from_library,
)
from core.ports import module_ports
from core.record import ROOT, Module, Node, instance_kind
from core.resolve import Resolver
from tests.core.drawing import named, wiring
from tests.library.blocks import BOOKS
from tests.templates.sheet import Book

ENTRIES = {entry.name: entry for entry in shipped().entries}

FEATURES = ("MLP", "Parallel", "Sequential")
STEPS = (
    "Bidirectional",
    "MaskedTransformerDecoderLayer",
    "MaskedTransformerEncoderLayer",
    "TimeDistributed",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
)
SHAPES = {**dict.fromkeys(FEATURES, "B, 20"), **dict.fromkeys(STEPS, "B, T, 64")}


def holding(name: str) -> tuple[Document, str, str]:
    """A design with an entry between x and y: the document, the instance and the module."""
    document = edits.new_document()
    module = bring(document, ENTRIES[name])
    edits.set_argument(document, named(document, "x").id, "shape", SHAPES.get(name, "B, 32, 16, 16"))
    [wire] = document.wires(ROOT)
    instance = edits.insert_on_wire(document, wire.id, instance_kind(module))
    for port in module_ports(document, module).inputs[1:]:
        source = masked(document, port) if port.endswith("mask") else wire.source
        edits.connect(document, source, wire.source_port, instance, port)
    return document, instance, module


def masked(document: Document, port: str) -> str:
    """An Input that says for each step where it may look: the node's id."""
    node = edits.add_node(document, ROOT, "Input", (0, 0))
    for argument, value in (("shape", "B, T, T"), ("dtype", "int64"), ("bound", 2)):
        edits.set_argument(document, node, argument, value)
    edits.rename(document, node, port)
    return node


@pytest.mark.parametrize("make", BOOKS, ids=lambda make: make.__name__)
def test_the_files_that_ship_are_what_is_written_down(make: object) -> None:
    assert callable(make)
    book = make()
    assert isinstance(book, Book)
    document = book.document()
    path = FOLDER / f"{document.module(ROOT).name}.loom"
    assert path.read_bytes() == dumps(document)


def test_every_file_of_the_folder_is_an_entry_with_a_help() -> None:
    library = shipped()
    assert library.faults == ()
    assert {entry.name for entry in library.entries} == {path.stem for path in FOLDER.glob("*.loom")}
    assert len(library.entries) == len(BOOKS)
    assert all(entry.help for entry in library.entries)


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_every_entry_resolves_as_soon_as_it_is_wired(name: str) -> None:
    document, instance, _ = holding(name)
    resolution = Resolver(document).resolution
    assert resolution.problems == ()
    assert None not in resolution.root.nodes[instance].outputs


# Widths 32 → 64 on 16×16: 3·3·32·64 + 3·3·64·64 + 32·64, and 2 numbers per channel of three BatchNorms.
# PyTorch's TransformerEncoderLayer(64, 8): 4·64² + 4·64, 2·64·2048 + 2048 + 64, two norms of 2·64.
COUNTS = {
    "BasicBlock": 9 * 32 * 64 + 9 * 64 * 64 + 32 * 64 + 3 * 128,
    "TransformerEncoderLayer": 4 * 64 * 64 + 4 * 64 + 2 * 64 * 2048 + 2048 + 64 + 4 * 64,
    "SeparableConv2d": 9 * 32 + 32 * 64 + 64,
    "SqueezeExcite": 32 * 2 + 2 + 2 * 32 + 32,
    "MLP": 20 * 256 + 256 + 256 * 20 + 20,
    "Parallel": 2 * (20 * 16 + 16),
    "Sequential": 20 * 256 + 256 + 256 * 10 + 10,
}


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_an_entry_has_the_parameters_of_its_formula(name: str) -> None:
    document, _, _ = holding(name)
    assert Resolver(document).resolution.root.parameters == COUNTS[name]


def test_bringing_twice_uses_what_is_there() -> None:
    document = edits.new_document()
    first = bring(document, ENTRIES["Bottleneck"])
    count = len(document.records)
    assert bring(document, ENTRIES["Bottleneck"]) == first
    assert len(document.records) == count
    bring(document, ENTRIES["BasicBlock"])
    names = [module.name for module in document.modules()]
    assert sorted(names) == ["BasicBlock", "Bottleneck", "Network", "Projection"]


def test_what_is_brought_remembers_its_origin_in_the_file_and_in_a_clip() -> None:
    document, instance, module = holding("Bottleneck")
    origin = document.module(module).origin
    assert origin is not None
    assert (origin.library, origin.entry, origin.module) == ("shipped", "Bottleneck", "Bottleneck")
    inner = next(each for each in document.modules() if each.name == "Projection")
    assert inner.origin is not None and inner.origin.module == "Projection"
    assert loads(dumps(document)).module(module).origin == origin
    other = edits.new_document()
    edits.paste(other, ROOT, from_text(to_text(edits.copy(document, [instance]))))
    pasted = next(each for each in other.modules() if each.name == "Bottleneck")
    assert pasted.origin == origin and is_locked(pasted)


def attempts(document: Document, module: str) -> list[object]:
    """Edits of a module's inside, of each kind."""
    conv = next(node for node in document.nodes(module) if node.kind == "Conv2d")
    port = named(document, "x", module)
    wire = document.wires(module)[0]
    return [
        lambda: edits.add_node(document, module, "ReLU", (0, 0)),
        lambda: edits.set_argument(document, conv.id, "kernel_size", 5),
        lambda: edits.move(document, {conv.id: (1.0, 2.0)}),
        lambda: edits.delete(document, [conv.id]),
        lambda: edits.disconnect(document, wire.id),
        lambda: edits.rename(document, port.id, "image"),
        lambda: edits.rename(document, module, "Mine"),
        lambda: edits.hide_port(document, port.id, True),
        lambda: edits.group(document, [conv.id]),
        lambda: edits.add_comment(document, module, "mine", (0, 0)),
        lambda: edits.set_help(document, module, "mine"),
        lambda: edits.add_module_argument(document, module, "more"),
        lambda: edits.promote_argument(document, conv.id, "kernel_size"),
        lambda: edits.duplicate(document, [conv.id]),
    ]


@pytest.mark.parametrize("index", range(14))
def test_the_inside_of_a_locked_module_is_not_edited(index: int) -> None:
    document, _, module = holding("SqueezeExcite")
    before, heard = dict(document.records), list[object]()
    document.subscribe(heard.append)
    edit = attempts(document, module)[index]
    assert callable(edit)
    with pytest.raises(EditError, match="SqueezeExcite is of the library that ships; edit a copy of it"):
        edit()
    assert document.records == before and not heard
    edit_a_copy(document, module)
    assert not is_locked(document.module(module))
    again = attempts(document, module)[index]
    assert callable(again)
    again()


def test_a_locked_module_is_used_ungrouped_deleted_and_undone_as_any_other() -> None:
    document, instance, module = holding("SqueezeExcite")
    data = dumps(document)
    edits.set_argument(document, instance, "reduction", 4)
    edits.duplicate(document, [instance])
    document.undo()
    edits.ungroup(document, instance)
    assert document.get(module) is None
    document.undo()
    edits.delete(document, [instance, module])
    assert document.get(module) is None
    document.undo()
    document.undo()
    assert dumps(document) == data


def test_a_difference_is_told_in_words() -> None:
    document, _, module = holding("SqueezeExcite")
    entry = ENTRIES["SqueezeExcite"]
    assert difference(document, module, entry) == []
    edit_a_copy(document, module)
    reduce = named(document, "reduce", module)
    edits.add_module_argument(document, module, "spare", 2)
    edits.set_module_argument(document, module, "reduction", 8)
    edits.set_argument(document, reduce.id, "activation", "gelu")
    edits.set_argument(document, reduce.id, "out_channels", parse("reduction"))
    edits.set_kind(document, named(document, "squeeze", module).id, "Identity")
    edits.rename(document, named(document, "expand", module).id, "widen")
    edits.delete(document, [wire.id for wire in document.wires(module) if wire.target == reduce.id])
    assert difference(document, module, entry) == [
        "the argument spare is new",
        "the argument reduction is 8 by default, in the library 16",
        "widen is new",
        "expand is gone",
        "squeeze is Identity, in the library AdaptiveAvgPool2d",
        "output_size of squeeze is not set, in the library 1",
        "activation of reduce is 'gelu', in the library 'relu'",
        "out_channels of reduce is reduction, in the library max(1, x.shape[1] // reduction)",
        "the wire from reduce.y to widen.x is new",
        "the wire from widen.y to scale.x2 is new",
        "the wire from expand.y to scale.x2 is gone",
        "the wire from reduce.y to expand.x is gone",
        "the wire from squeeze.y to reduce.x is gone",
    ]


def test_a_difference_of_a_module_inside_is_told() -> None:
    document, _, module = holding("Bottleneck")
    inner = next(each for each in document.modules() if each.name == "Projection")
    edit_a_copy(document, inner.id)
    edits.set_argument(document, named(document, "conv", inner.id).id, "bias", True)
    assert difference(document, module, ENTRIES["Bottleneck"]) == ["the module Projection inside differs"]


def test_a_user_saves_a_module_and_brings_it_into_another_design(tmp_path: Path) -> None:
    document, _, module = holding("Bottleneck")
    edit_a_copy(document, module)
    edits.set_argument(document, named(document, "conv2", module).id, "kernel_size", 5)
    edits.rename(document, module, "Mine")
    path = save_to_library(document, module, tmp_path / "library")
    assert path.name == "Mine.loom"
    [entry] = read_library(tmp_path / "library").entries
    assert (entry.library, entry.name, entry.help) == ("user", "Mine", document.module(module).help)
    origin = document.module(module).origin
    assert origin is not None and origin.library == "user" and not is_locked(document.module(module))
    assert difference(document, module, entry) == []
    other = edits.new_document()
    brought = bring(other, entry)
    assert other.module(brought).origin == origin
    projection = next(each for each in other.modules() if each.name == "Projection")
    assert is_locked(projection)


def user_entry(folder: Path) -> tuple[Document, str, Entry]:
    """A design whose Block is an entry of the user's library."""
    document = edits.new_document()
    module = edits.add_module(document, "Block")
    [wire] = document.wires(module)
    edits.insert_on_wire(document, wire.id, "Linear")
    edits.add_module_argument(document, module, "width", 4)
    save_to_library(document, module, folder)
    return document, module, read_library(folder).entries[0]


def test_an_update_keeps_ids_by_name_and_takes_out_what_has_no_place(tmp_path: Path) -> None:
    document, module, entry = user_entry(tmp_path)
    other = edits.new_document()
    brought = bring(other, entry)
    instance = edits.insert_on_wire(other, other.wires(ROOT)[0].id, instance_kind(brought))
    edits.set_argument(other, instance, "width", 8)
    linear, comment = named(other, "linear", brought).id, edits.add_comment(other, brought, "mine", (0, 0))
    edits.remove_module_argument(document, module, "width")
    edits.rename(document, named(document, "y", module).id, "result")
    edits.insert_after(document, named(document, "linear", module).id, "ReLU")
    save_to_library(document, module, tmp_path)
    assert difference(other, brought, entry) == [
        "the argument width is new",
        "y is new",
        "relu is gone",
        "result is gone",
        "the wire from linear.y to y.x is new",
        "the wire from linear.y to relu.x is gone",
        "the wire from relu.y to result.x is gone",
    ]
    data = dumps(other)
    update_from_library(other, brought, entry)
    assert difference(other, brought, entry) == []
    assert other.node(linear).name == "linear" and other.get(comment) is not None
    assert dict(other.node(instance).arguments) == {}
    assert wiring(other) == {"x.y > block.x"}
    assert other.module(brought).origin == document.module(module).origin
    position = other.position
    update_from_library(other, brought, entry)
    assert other.position is position
    other.undo()
    assert dumps(other) == data


def test_a_locked_module_is_updated(tmp_path: Path) -> None:
    document, module, _ = user_entry(tmp_path)
    entry = read_library(tmp_path, "shipped").entries[0]
    other = edits.new_document()
    brought = bring(other, entry)
    assert is_locked(other.module(brought))
    edits.set_help(document, module, "new words")
    save_to_library(document, module, tmp_path)
    assert difference(other, brought, entry) == ["its help differs"]
    update_from_library(other, brought, entry)
    assert other.module(brought).help == "new words" and is_locked(other.module(brought))


def test_a_file_that_is_no_entry_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    user_entry(tmp_path)
    (tmp_path / "broken.loom").write_text("{")
    (tmp_path / "design.loom").write_bytes(dumps(edits.new_document()))
    library = read_library(tmp_path)
    assert [entry.name for entry in library.entries] == ["Block"]
    assert library.faults == (
        "broken.loom: the file is cut off",
        "design.loom: it is a design, not an entry of a library",
    )
    assert read_library(tmp_path / "nowhere").entries == ()


def test_the_whole_network_is_no_entry(tmp_path: Path) -> None:
    with pytest.raises(EditError, match="the whole network is no module"):
        save_to_library(edits.new_document(), ROOT, tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    document = edits.new_document()
    module = edits.add_module(document, "Block")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot make"):
        save_to_library(document, module, tmp_path / "file" / "library")


def test_an_edit_that_exchanges_a_locked_module_as_a_whole_is_one(tmp_path: Path) -> None:
    document, _, module = holding("SqueezeExcite")
    node = next(record for record in document.members(module) if isinstance(record, Node))
    with pytest.raises(EditError), document.edit("Both"):
        document.put(replace(node, name="other"))
        document.put(Module(id="fresh", name="Fresh"))
    assert document.get("fresh") is None


def test_the_nodes_apart_are_those_that_the_sentences_name() -> None:
    document, _, module = holding("MLP")
    assert nodes_apart(document, module, ENTRIES["MLP"]) == Apart(frozenset(), frozenset(), frozenset())
    assert not differs(document, module, ENTRIES["MLP"])
    edit_a_copy(document, module)
    linear, *_ = sorted((n for n in document.nodes(module) if n.kind == "Linear"), key=lambda n: n.at)
    dropout = next(n for n in document.nodes(module) if n.kind == "Dropout")
    edits.set_argument(document, linear.id, "bias", False)
    edits.rename(document, dropout.id, "other")
    apart = nodes_apart(document, module, ENTRIES["MLP"])
    assert apart.new == {"other"} and apart.gone == {dropout.name} and apart.changed == {linear.name}
    assert differs(document, module, ENTRIES["MLP"])
    sentences = " ".join(difference(document, module, ENTRIES["MLP"]))
    assert all(name in sentences for name in (*apart.new, *apart.gone, *apart.changed))


def test_a_node_made_of_a_module_that_is_another_inside_is_changed() -> None:
    document, _, module = holding("Bottleneck")
    edit_a_copy(document, module)
    inner = next(m for m in document.modules() if m.name == "Projection")
    edit_a_copy(document, inner.id)
    conv = next(n for n in document.nodes(inner.id) if n.kind == "Conv2d")
    edits.set_argument(document, conv.id, "bias", True)
    assert nodes_apart(document, module, ENTRIES["Bottleneck"]).changed == {"shortcut"}


def test_newer_are_the_modules_whose_entry_is_no_longer_what_they_were_taken_from(tmp_path: Path) -> None:
    author = edits.new_document()
    module = edits.add_module(author, "Mine")
    save_to_library(author, module, tmp_path)
    document = edits.new_document()
    [entry] = read_library(tmp_path).entries
    taken = bring(document, entry)
    assert newer(document, [entry]) == []
    inside = next(n for n in document.nodes(taken) if n.kind == "Input")
    edits.rename(document, inside.id, "mine")  # an edit here makes the library no newer
    assert newer(document, [entry]) == []
    edits.add_node(author, module, "ReLU", (0.0, 0.0))
    save_to_library(author, module, tmp_path)
    assert newer(document, [entry]) == [(taken, entry)]
    update_from_library(document, taken, entry)
    assert newer(document, [entry]) == []
    entry.path.unlink()
    assert newer(document, [entry]) == []
