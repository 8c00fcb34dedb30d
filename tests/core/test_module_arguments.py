"""The arguments that a module declares, of every kind: declared, given, renamed, promoted and taken out."""

from typing import Any

import pytest
from msgspec.structs import replace

from core import edits
from core.document import Document
from core.edits import EditError
from core.expression import Expression, parse
from core.files import dumps, loads
from core.layers.layer import ArgumentError
from core.module_arguments import KINDS, kind_of
from core.record import ROOT, Module, ModuleArgument, instance_kind
from core.resolve import Resolver
from core.use import Use, use
from tests.core.drawing import add, chain, named


def network(*kinds: str, size: int = 20) -> Document:
    """x (B×size) → a node of each kind, n1, n2, … → y."""
    document = edits.new_document()
    edits.set_argument(document, named(document, "x").id, "shape", f"B, {size}")
    names = [f"n{place + 1}" for place in range(len(kinds))]
    for kind, name in zip(kinds, names, strict=True):
        add(document, kind, name)
    chain(document, "x", *names, "y")
    return document


def dense(document: Document, width: int = 8) -> str:
    """A module of one Linear, whose width is the argument; returns its id."""
    module = edits.add_module(document, "Dense")
    edits.add_module_argument(document, module, "width", width, minimum=1)
    wire = document.wires(module)[0]
    fc = edits.insert_on_wire(document, wire.id, "Linear")
    edits.set_argument(document, fc, "out_features", Expression("width"))
    edits.rename(document, fc, "fc")
    return module


def parameters(document: Document) -> object:
    assert loads(dumps(document)).records == document.records
    return Resolver(document).resolution.root.parameters


FITTING: dict[str, list[Any]] = {
    "int": [3], "float": [0.5, 2], "bool": [True], "choice": ["b"], "list": [(1, 2)], "shape": ["B, 4"],
    "string": ["text"], "module": [Use("ReLU")],
    "modules": [(Use("ReLU"), use("Linear", {"out_features": 3}))],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_argument_of_each_kind_takes_its_values_and_expressions_and_refuses_others(kind: Any) -> None:
    document = network()
    module = edits.add_module(document, "Block")
    edits.add_module_argument(
        document, module, "value", kind=kind, choices=("a", "b") if kind == "choice" else ()
    )
    assert kind_of(document.module(module).arguments[0]) == kind
    node = edits.add_node(document, ROOT, instance_kind(module), (0, 0))
    for value in [*FITTING[kind], Expression("other")]:
        edits.set_argument(document, node, "value", value)
        assert document.node(node).arguments["value"] == value
        assert loads(dumps(document)).records == document.records
    others = [value for other, values in FITTING.items() if other != kind for value in values]
    refused = [value for value in others if not _fits(document, node, value)]
    assert refused, "each kind refuses some values of the others"
    for value in refused:
        with pytest.raises(ArgumentError, match="value: expected"):
            edits.set_argument(document, node, "value", value)


def _fits(document: Document, node: str, value: Any) -> bool:
    try:
        edits.set_argument(document, node, "value", value)
    except ArgumentError:
        return False
    return True


def test_bounds_and_choices_are_checked_where_an_argument_is_declared_and_given() -> None:
    document = network()
    module = edits.add_module(document, "Block")
    edits.add_module_argument(document, module, "rate", 0.5, minimum=0.0, maximum=1.0)
    node = edits.add_node(document, ROOT, instance_kind(module), (0, 0))
    with pytest.raises(ArgumentError, match="expected at most 1"):
        edits.set_argument(document, node, "rate", 1.5)
    with pytest.raises(ArgumentError, match="a choice needs at least one"):
        edits.add_module_argument(document, module, "mode", kind="choice")
    with pytest.raises(ArgumentError, match="only numbers have bounds"):
        edits.add_module_argument(document, module, "flag", True, minimum=1)
    with pytest.raises(ArgumentError, match="least value 3 is above the greatest 2"):
        edits.add_module_argument(document, module, "count", 3, minimum=3, maximum=2)
    with pytest.raises(EditError, match="number of a repetition"):
        edits.add_module_argument(document, module, "i")


def test_declaring_an_argument_anew_refuses_what_no_longer_fits_and_names_the_place() -> None:
    document = network()
    module = dense(document)
    node = edits.add_node(document, ROOT, instance_kind(module), (0, 0), "wide")
    edits.set_argument(document, node, "width", 64)
    old = document.module(module).arguments[0]
    before = dumps(document)
    with pytest.raises(
        EditError, match="wide gives width a value that no longer fits: expected at most 32, got 64"
    ):
        edits.declare_module_argument(document, module, replace(old, maximum=32))
    with pytest.raises(EditError, match="wide gives width a value that no longer fits: expected a text"):
        edits.declare_module_argument(
            document, module, replace(old, kind="string", default="a", minimum=None)
        )
    assert dumps(document) == before
    edits.declare_module_argument(document, module, replace(old, maximum=64, help="Features"))
    assert document.module(module).arguments[0].help == "Features"


def holding(document: Document, module: str) -> None:
    """The module as an instance, in a choice, as a default, in a setting, and given to a slot."""
    given = use(instance_kind(module), {"width": 5})
    edits.add_node(document, ROOT, instance_kind(module), (0, 300), "instance", {"width": 5})
    edits.add_node(document, ROOT, "Choose", (0, 400), "choice", {"then": given})
    outer = edits.add_module(document, "Outer")
    edits.add_module_argument(document, outer, "block", given)
    edits.add_node(document, outer, "ReLU", (0, 300), "slot")
    slot = named(document, "slot", outer)
    with document.edit("Make it a slot"):
        document.put(replace(slot, kind="$block", arguments={"width": 7}))
        record = document.module(outer)
        document.put(replace(record, settings={"small": {"block": given}}))
    edits.add_node(document, ROOT, instance_kind(outer), (0, 500), "outer", {"block": (given)})


def given_width(document: Document, name: str) -> list[Any]:
    """What each of those gives the argument of that name."""
    outer = next(module for module in document.modules() if module.name == "Outer")
    uses: list[Any] = [
        named(document, "choice").arguments["then"],
        outer.arguments[0].default,
        outer.settings["small"]["block"],
        named(document, "outer").arguments["block"],
    ]
    mappings = [named(document, "instance").arguments, named(document, "slot", outer.id).arguments]
    return [each.named.get(name) for each in uses] + [each.get(name) for each in mappings]


def test_renaming_an_argument_is_followed_wherever_its_module_is_used() -> None:
    document = network()
    module = dense(document)
    holding(document, module)
    before = dumps(document)
    edits.rename_module_argument(document, module, "width", "features")
    assert given_width(document, "features") == [5, 5, 5, 5, 5, 7]
    assert given_width(document, "width") == [None] * 6
    assert named(document, "fc", module).arguments["out_features"] == Expression("features")
    document.undo()
    assert dumps(document) == before


def test_removing_an_argument_takes_it_out_wherever_its_module_is_used() -> None:
    document = network()
    module = dense(document)
    holding(document, module)
    edits.remove_module_argument(document, module, "width")
    assert given_width(document, "width") == [None] * 6
    assert named(document, "fc", module).arguments["out_features"] == 8


def test_renaming_an_argument_reaches_slots_repeats_uses_and_settings_inside() -> None:
    document = network("Linear")
    edits.add_module_argument(document, ROOT, "block", Use("ReLU"))
    edits.add_module_argument(document, ROOT, "depth", 2)
    node = named(document, "n1")
    inside = use("Linear", {"out_features": parse("4 * depth")})
    with document.edit("Read them"):
        document.put(replace(node, kind="Choose", repeat=parse("depth"),
                             arguments={"then": inside, "otherwise": Use("$block")}))  # fmt: skip
        root = document.module(ROOT)
        document.put(replace(root, settings={"small": {"depth": 1}}))
    assert {(reader.node, reader.argument) for reader in edits.argument_users(document, ROOT, "depth")} == {
        (node.id, "then"), (node.id, "repeat"),
    }  # fmt: skip
    edits.rename_module_argument(document, ROOT, "depth", "count")
    edits.rename_module_argument(document, ROOT, "block", "layer")
    changed = document.node(node.id)
    assert changed.repeat == Expression("count")
    assert changed.arguments["then"] == use("Linear", {"out_features": parse("4 * count")})
    assert changed.arguments["otherwise"] == Use("$layer")
    assert document.module(ROOT).settings == {"small": {"count": 1}}


def test_a_slot_whose_argument_is_removed_becomes_its_default_with_its_own_arguments() -> None:
    document = network("Linear")
    edits.make_slot(document, named(document, "n1").id, "block")
    with document.edit("Give it a width"):
        document.put(replace(named(document, "n1"), arguments={"bias": False}))
    edits.remove_module_argument(document, ROOT, "block")
    node = named(document, "n1")
    assert (node.kind, node.arguments["bias"]) == ("Linear", False)
    assert "out_features" in node.arguments


def test_arguments_stand_in_the_order_that_they_are_put_in() -> None:
    document = network()
    for name in ("a", "b", "c"):
        edits.add_module_argument(document, ROOT, name)
    edits.reorder_module_argument(document, ROOT, "c", 0)
    assert [argument.name for argument in document.module(ROOT).arguments] == ["c", "a", "b"]


# Promoting


def test_an_argument_is_promoted_through_three_levels_in_one_gesture() -> None:
    document = network("Linear")
    edits.set_argument(document, named(document, "n1").id, "out_features", 7)
    inner = edits.group(document, [named(document, "n1").id], "Inner")
    outer = edits.group(document, [inner], "Outer")
    node = next(r for r in document.records.values() if getattr(r, "kind", "") == "Linear")
    count, before = parameters(document), dumps(document)
    assert edits.promote_argument(document, node.id, "out_features", levels=3) == "out_features"
    assert parameters(document) == count == 20 * 7 + 7
    for module in document.modules():
        assert [(a.name, a.default) for a in module.arguments] == [("out_features", 7)]
    assert document.node(outer).arguments == {"out_features": Expression("out_features")}
    edits.set_module_argument(document, ROOT, "out_features", 9)
    assert parameters(document) == 20 * 9 + 9
    document.undo()
    document.undo()
    assert dumps(document) == before


def test_promoting_further_passes_through_every_user_or_those_on_a_path() -> None:
    document = network()
    module = dense(document)
    first = edits.add_node(document, ROOT, instance_kind(module), (0, 0), "first")
    second = edits.add_node(document, ROOT, instance_kind(module), (0, 0), "second")
    own = edits.add_node(document, ROOT, instance_kind(module), (0, 0), "own", {"width": 3})
    fc = named(document, "fc", module).id
    edits.promote_argument(document, fc, "out_features", levels=2)
    assert document.node(first).arguments == document.node(second).arguments == {"width": Expression("width")}
    assert document.node(own).arguments == {"width": 3}
    document.undo()
    edits.promote_argument(document, fc, "out_features", levels=2, path=(own, fc))
    assert document.module(ROOT).arguments == (ModuleArgument(name="width", default=3, minimum=1),)
    assert document.node(first).arguments == {}
    with pytest.raises(EditError, match="used nowhere that could pass"):
        edits.promote_argument(document, fc, "out_features", levels=4)


@pytest.mark.parametrize(
    ("kind", "name", "value", "promoted"),
    [
        ("Dropout", "p", 0.25, "float"),
        ("Linear", "bias", False, "bool"),
        ("Linear", "activation", "relu", "choice"),
        ("Sum", "dim", (1,), "list"),
        ("Reshape", "shape", "5, 4", "shape"),
        ("Choose", "then", Use("ReLU"), "module"),
        ("Choose", "condition", True, "bool"),
        ("While", "bound", 7, "int"),
    ],
)
def test_an_argument_of_any_kind_is_promoted(kind: str, name: str, value: Any, promoted: str) -> None:
    document = network(kind)
    node = named(document, "n1").id
    edits.set_argument(document, node, name, value)
    problems = Resolver(document).resolution.problems
    count = parameters(document)
    called = edits.promote_argument(document, node, name)
    argument = next(a for a in document.module(ROOT).arguments if a.name == called)
    assert (kind_of(argument), argument.default) == (promoted, value)
    assert Resolver(document).resolution.problems == problems
    assert parameters(document) == count


def test_what_reads_names_is_not_promoted() -> None:
    document = network("Linear", "Reshape", "Choose")
    edits.add_module_argument(document, ROOT, "width", 4)
    edits.set_argument(document, named(document, "n1").id, "out_features", parse("4 * width"))
    edits.set_argument(document, named(document, "n2").id, "shape", "B, width")
    part = use("Linear", {"out_features": parse("width")})
    edits.set_part(document, named(document, "n3").id, "then", part)
    with pytest.raises(EditError, match=r"is the expression 4 \* width; promote what it reads"):
        edits.promote_argument(document, named(document, "n1").id, "out_features")
    with pytest.raises(EditError, match="shape of n2 reads B"):
        edits.promote_argument(document, named(document, "n2").id, "shape")
    with pytest.raises(EditError, match="then of n3 reads width"):
        edits.promote_argument(document, named(document, "n3").id, "then")


def test_the_number_of_repetitions_is_promoted() -> None:
    document = network("Linear")
    node = named(document, "n1").id
    edits.set_argument(document, node, "out_features", 20)
    edits.set_repeat(document, node, 3)
    assert parameters(document) == 3 * (20 * 20 + 20)
    assert edits.promote_repeat(document, node) == "n1_count"
    edits.set_module_argument(document, ROOT, "n1_count", 5)
    assert parameters(document) == 5 * (20 * 20 + 20)
    with pytest.raises(EditError, match="not repeated by a number"):
        edits.promote_repeat(document, node)


# Parts


def test_an_argument_inside_a_part_is_set_and_checked() -> None:
    document = network("Choose")
    module = dense(document)
    node = named(document, "n1").id
    edits.set_part(document, node, "then", Use(instance_kind(module)))
    edits.set_use_argument(document, node, "then", "width", 6)
    assert document.node(node).arguments["then"] == use(instance_kind(module), {"width": 6})
    assert parameters(document) == 20 * 6 + 6
    with pytest.raises(ArgumentError, match="expected at least 1, got 0"):
        edits.set_use_argument(document, node, "then", "width", 0)
    with pytest.raises(ArgumentError, match="Dense has no argument depth; it has width"):
        edits.set_use_argument(document, node, "then", "depth", 1)
    with pytest.raises(EditError, match=r"there is no module in then\[2\]"):
        edits.set_use_argument(document, node, ("then", 2), "width", 1)
    edits.set_use_argument(document, node, "then", "width", None)
    assert document.node(node).arguments["then"] == Use(instance_kind(module))


def test_an_argument_inside_a_list_of_modules_is_set() -> None:
    document = network()
    module = edits.add_module(document, "Parts")
    edits.add_module_argument(document, module, "parts", (Use("ReLU"), Use("Linear", (("out_features", 3),))))
    node = edits.add_node(document, ROOT, instance_kind(module), (0, 0))
    edits.set_use_argument(document, node, ("parts", 1), "out_features", 9)
    edits.set_part(document, node, ("parts", 0), Expression("block"))
    expected = (Use("$block"), use("Linear", {"out_features": 9}))
    assert document.node(node).arguments["parts"] == expected


def test_a_module_cannot_be_put_into_itself_by_a_part() -> None:
    document = network()
    module = dense(document)
    node = edits.add_node(document, module, "Choose", (0, 0))
    with pytest.raises(EditError, match="Dense would contain itself"):
        edits.set_part(document, node, "then", Use(instance_kind(module)))
    with pytest.raises(EditError, match="Dense would contain itself"):
        edits.add_module_argument(document, module, "block", Use(instance_kind(module)))
    with pytest.raises(EditError, match="Input is a port"):
        edits.set_part(document, node, "then", Use("Input"))


def test_a_module_that_is_a_part_is_in_use() -> None:
    document = network("Choose")
    module = dense(document)
    edits.set_part(document, named(document, "n1").id, "then", Use(instance_kind(module)))
    with pytest.raises(EditError, match="Dense is used 1 time"):
        edits.delete(document, [module])


def test_wires_follow_when_a_port_of_a_part_is_renamed() -> None:
    document = network("Choose")
    module = dense(document)
    edits.set_part(document, named(document, "n1").id, "then", Use(instance_kind(module)))
    edits.rename(document, named(document, "x", module).id, "image")
    assert [w.target_port for w in document.wires(ROOT) if w.target == named(document, "n1").id] == ["image"]
    assert isinstance(document.get(module), Module)
