"""Each edit does what its name says, keeps wires attached, and refuses with a sentence."""

import itertools
import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from core import edits
from core.document import Document
from core.edits import EditError
from core.edits.basic import COLUMN
from core.edits.layout import ROW
from core.expression import Expression, parse
from core.files import dumps, loads
from core.layers.layer import ArgumentError
from core.ports import module_ports
from core.record import ROOT, instance_kind
from core.templates import templates
from tests.core.drawing import add, chain, named, wiring

templates_by_id = {entry.id: entry for entry in templates()}


@pytest.fixture
def mlp() -> Document:
    """x → hidden → relu → out → y."""
    document = edits.new_document()
    add(document, "Linear", "hidden", out_features=256)
    add(document, "ReLU", "relu")
    add(document, "Linear", "out", out_features=10)
    chain(document, "x", "hidden", "relu", "out", "y")
    return document


def ids(document: Document, *names: str) -> list[str]:
    return [named(document, name).id for name in names]


def test_a_new_design_holds_an_input_wired_to_an_output() -> None:
    document = edits.new_document()
    assert wiring(document) == {"x.y > y.x"}
    assert document.undo_name is None


def test_a_new_wire_to_an_input_replaces_the_old_one(mlp: Document) -> None:
    edits.connect(mlp, named(mlp, "x").id, "y", named(mlp, "out").id, "x")
    assert "relu.y > out.x" not in wiring(mlp)
    assert "x.y > out.x" in wiring(mlp)
    mlp.undo()
    assert "relu.y > out.x" in wiring(mlp)


def test_a_wire_that_closes_a_loop_is_refused_with_the_loop(mlp: Document) -> None:
    with pytest.raises(EditError, match="hidden → relu → hidden"):
        edits.connect(mlp, named(mlp, "relu").id, "y", named(mlp, "hidden").id, "x")
    assert "x.y > hidden.x" in wiring(mlp)


def test_a_layer_added_after_a_node_takes_over_its_wires(mlp: Document) -> None:
    new = edits.insert_after(mlp, named(mlp, "hidden").id, "Dropout")
    assert {"hidden.y > dropout.x", "dropout.y > relu.x"} <= wiring(mlp)
    assert mlp.node(new).at[0] < named(mlp, "relu").at[0]
    assert mlp.undo_name == "Add Dropout"
    mlp.undo()
    assert "hidden.y > relu.x" in wiring(mlp)


def test_a_node_dropped_on_a_wire_is_spliced_in(mlp: Document) -> None:
    wire = next(w for w in mlp.wires(ROOT) if w.target == named(mlp, "relu").id)
    edits.insert_on_wire(mlp, wire.id, "Dropout", (5, 5))
    assert {"hidden.y > dropout.x", "dropout.y > relu.x"} <= wiring(mlp)


def test_deleting_a_node_takes_its_wires_along(mlp: Document) -> None:
    edits.delete(mlp, ids(mlp, "relu"))
    assert wiring(mlp) == {"x.y > hidden.x", "out.y > y.x"}


@pytest.mark.parametrize("value", [0, -3, 1.5, True, "wide", 10**12])
def test_an_argument_of_a_wrong_type_or_range_is_refused(mlp: Document, value: object) -> None:
    before = dumps(mlp)
    with pytest.raises(ArgumentError, match="out_features: expected"):
        edits.set_argument(mlp, named(mlp, "hidden").id, "out_features", value)  # type: ignore[arg-type]
    assert dumps(mlp) == before


def test_grouping_draws_one_input_for_each_source_and_loses_no_wire(mlp: Document) -> None:
    add(mlp, "Add", "sum")
    edits.connect(mlp, named(mlp, "hidden").id, "y", named(mlp, "sum").id, "x1")
    edits.connect(mlp, named(mlp, "relu").id, "y", named(mlp, "sum").id, "x2")
    edits.connect(mlp, named(mlp, "sum").id, "y", named(mlp, "out").id, "x")
    before = wiring(mlp)
    instance = edits.group(mlp, ids(mlp, "relu", "sum"), "Block")
    module = mlp.node(instance).definition
    assert module is not None
    assert wiring(mlp) == {"x.y > hidden.x", "hidden.y > block.x", "block.y > out.x", "out.y > y.x"}
    assert wiring(mlp, module) == {"x.y > relu.x", "x.y > sum.x1", "relu.y > sum.x2", "sum.y > y.x"}
    edits.ungroup(mlp, instance)
    assert wiring(mlp) == before
    assert mlp.get(module) is None


def test_grouping_lifts_the_arguments_used_inside_and_ungrouping_gives_them_back(mlp: Document) -> None:
    edits.add_module_argument(mlp, ROOT, "width", 64)
    hidden = named(mlp, "hidden").id
    edits.set_argument(mlp, hidden, "out_features", parse("4 * width"))
    instance = edits.group(mlp, [hidden], "Block")
    module = mlp.module(mlp.node(instance).definition or "")
    assert [(a.name, a.default) for a in module.arguments] == [("width", 64)]
    assert mlp.node(instance).arguments == {"width": Expression("width")}
    edits.set_argument(mlp, instance, "width", 32)
    edits.ungroup(mlp, instance)
    assert mlp.node(hidden).arguments["out_features"] == 4 * 32


def test_grouping_around_a_node_that_stays_outside_is_refused(mlp: Document) -> None:
    with pytest.raises(EditError, match="relu stands between"):
        edits.group(mlp, ids(mlp, "hidden", "out"), "Block")


def test_a_module_cannot_be_put_into_itself(mlp: Document) -> None:
    instance = edits.group(mlp, ids(mlp, "relu"), "Block")
    module = mlp.node(instance).definition or ""
    with pytest.raises(EditError, match="Block would contain itself"):
        edits.add_node(mlp, module, instance_kind(module), (0, 0))
    with pytest.raises(EditError, match="would contain itself"):
        edits.add_node(mlp, module, instance_kind(ROOT), (0, 0))


def test_renaming_a_port_keeps_the_wires_of_every_instance(mlp: Document) -> None:
    instance = edits.group(mlp, ids(mlp, "relu"), "Block")
    module = mlp.node(instance).definition or ""
    edits.add_node(mlp, ROOT, instance_kind(module), (0, 0), "second")
    edits.connect(mlp, named(mlp, "x").id, "y", named(mlp, "second").id, "x")
    edits.rename(mlp, named(mlp, "x", module).id, "image")
    assert {"hidden.y > block.image", "x.y > second.image"} <= wiring(mlp)


def test_renaming_an_argument_reaches_expressions_and_instances(mlp: Document) -> None:
    instance = edits.group(mlp, ids(mlp, "hidden"), "Block")
    module = mlp.node(instance).definition or ""
    edits.add_module_argument(mlp, module, "width", 8)
    edits.set_argument(mlp, named(mlp, "hidden", module).id, "out_features", parse("2 * width"))
    edits.set_argument(mlp, instance, "width", 16)
    edits.rename_module_argument(mlp, module, "width", "features")
    assert named(mlp, "hidden", module).arguments["out_features"] == Expression("2 * features")
    assert mlp.node(instance).arguments == {"features": 16}
    edits.remove_module_argument(mlp, module, "features")
    assert named(mlp, "hidden", module).arguments["out_features"] == 16
    assert mlp.node(instance).arguments == {}


def test_making_an_instance_unique_leaves_the_other_as_it_was(mlp: Document) -> None:
    instance = edits.group(mlp, ids(mlp, "hidden"), "Block")
    module = mlp.node(instance).definition or ""
    [other] = edits.duplicate(mlp, [instance])
    fork = edits.make_unique(mlp, other)
    edits.set_argument(mlp, named(mlp, "hidden", fork).id, "out_features", 7)
    assert named(mlp, "hidden", module).arguments["out_features"] == 256
    assert mlp.node(other).definition == fork != module
    assert mlp.module(fork).name == "Block2"


def test_pasting_keeps_the_value_where_the_argument_is_unknown(mlp: Document) -> None:
    edits.add_module_argument(mlp, ROOT, "width", 64)
    edits.set_argument(mlp, named(mlp, "hidden").id, "out_features", parse("4 * width"))
    clip = edits.copy(mlp, ids(mlp, "hidden"))
    module = edits.add_module(mlp, "Other")
    [pasted] = edits.paste(mlp, module, clip)
    assert mlp.node(pasted).arguments["out_features"] == 256


def test_pasting_into_another_document_carries_the_definitions(mlp: Document) -> None:
    instance = edits.group(mlp, ids(mlp, "hidden", "relu"), "Block")
    clip = edits.copy(mlp, [instance])
    other = edits.new_document()
    [first] = edits.paste(other, ROOT, clip)
    [second] = edits.paste(other, ROOT, clip)
    assert other.node(first).definition == other.node(second).definition
    module = other.node(first).definition or ""
    edits.set_argument(other, named(other, "hidden", module).id, "out_features", 3)
    [third] = edits.paste(other, ROOT, clip)
    assert other.node(third).definition != module
    assert loads(dumps(other)).records == other.records


def test_undo_of_everything_gives_the_same_bytes(mlp: Document) -> None:
    before = dumps(mlp)
    depth = 0
    instance = edits.group(mlp, ids(mlp, "hidden", "relu"), "Block")
    edits.rename(mlp, instance, "殘差塊")
    edits.duplicate(mlp, [instance])
    edits.ungroup(mlp, instance)
    edits.add_comment(mlp, ROOT, "note", (3, 4))
    depth = 5
    for _ in range(depth):
        mlp.undo()
    assert dumps(mlp) == before
    for _ in range(depth):
        mlp.redo()
    assert dumps(mlp) != before


def test_the_last_output_of_a_module_is_its_port(mlp: Document) -> None:
    module = edits.add_module(mlp, "Two")
    edits.add_node(mlp, module, "Output", (0, 0), "extra")
    assert module_ports(mlp, module).outputs == ("y", "extra")
    edits.delete(mlp, [named(mlp, "y", module).id])
    assert module_ports(mlp, module).outputs == ("extra",)


def test_one_and_true_are_two_values(mlp: Document) -> None:
    hidden = named(mlp, "hidden").id
    edits.set_argument(mlp, hidden, "bias", True)
    with mlp.edit("Damage"):
        mlp.put(replace(mlp.node(hidden), arguments={**mlp.node(hidden).arguments, "bias": 1}))
    assert mlp.undo_name == "Damage"
    mlp.undo()
    assert mlp.node(hidden).arguments["bias"] is True


def test_a_wire_that_is_there_already_is_no_change(mlp: Document) -> None:
    undo = mlp.undo_name
    wire = next(w for w in mlp.wires(ROOT) if w.target == named(mlp, "relu").id)
    assert edits.connect(mlp, wire.source, "y", wire.target, "x") == wire.id
    assert mlp.undo_name == undo


def test_another_kind_keeps_the_wires_that_it_has_ports_for(mlp: Document) -> None:
    edits.set_kind(mlp, named(mlp, "relu").id, "Add")
    assert {"hidden.y > relu.x1", "relu.y > out.x"} <= wiring(mlp)
    edits.set_kind(mlp, named(mlp, "relu").id, "Constant")
    assert {"relu.y > out.x"} == {wire for wire in wiring(mlp) if "relu" in wire}
    with pytest.raises(EditError, match="x is a Input, which cannot become a ReLU"):
        edits.set_kind(mlp, named(mlp, "x").id, "ReLU")


def test_a_module_and_its_instances_go_together(mlp: Document) -> None:
    instance = edits.group(mlp, ids(mlp, "relu"), "Block")
    module = mlp.node(instance).definition or ""
    with pytest.raises(EditError, match="Block is used 1 time; delete its instances first"):
        edits.delete(mlp, [module])
    edits.delete(mlp, [module, instance])
    assert mlp.get(module) is None and mlp.get(instance) is None


@pytest.mark.parametrize("name", ["", "  ", "a.b", "a/b", "a\nb", "\x1b", "\ud800", "n" * 101])
def test_a_name_that_no_file_or_path_can_hold_is_refused(mlp: Document, name: str) -> None:
    before = dumps(mlp)
    for edit in (
        lambda: edits.rename(mlp, named(mlp, "relu").id, name),
        lambda: edits.add_module(mlp, name),
        lambda: edits.group(mlp, ids(mlp, "relu"), name),
        lambda: edits.add_node(mlp, ROOT, "ReLU", (0, 0), name),
    ):
        with pytest.raises(EditError, match="a name"):
            edit()
    assert dumps(mlp) == before


@pytest.mark.parametrize("name", ["1a", "a b", "for", "ﬁ", "", "x"])
def test_an_argument_has_a_name_that_an_expression_can_read(mlp: Document, name: str) -> None:
    with pytest.raises(EditError):
        edits.add_module_argument(mlp, ROOT, name)


def test_an_input_does_not_take_the_name_of_an_argument(mlp: Document) -> None:
    edits.add_module_argument(mlp, ROOT, "width", 3)
    new = edits.add_node(mlp, ROOT, "Input", (0, 0), "width")
    assert mlp.node(new).name == "width2"


def test_an_unknown_argument_is_refused_whatever_its_value(mlp: Document) -> None:
    relu = named(mlp, "hidden").id
    for value in (3, parse("3")):
        with pytest.raises(ArgumentError, match=r"Linear has no argument slope; it has out_features, bias"):
            edits.set_argument(mlp, relu, "slope", value)
    with pytest.raises(ArgumentError, match="Input takes plain values, got the expression 2"):
        edits.set_argument(mlp, named(mlp, "x").id, "order", parse("2"))


def test_choices_lists_and_texts_survive_grouping_and_a_file(mlp: Document) -> None:
    conv = edits.add_node(
        mlp,
        ROOT,
        "Conv2d",
        (0, 500),
        arguments={"out_channels": 4, "kernel_size": (3, 5), "padding": "same", "activation": "relu"},
    )
    before = dict(mlp.node(conv).arguments)
    instance = edits.group(mlp, [conv], "Block")
    assert dict(loads(dumps(mlp)).node(conv).arguments) == before
    edits.ungroup(mlp, instance)
    assert dict(mlp.node(conv).arguments) == before


def apart(document: Document) -> bool:
    places = [node.at for node in document.nodes(ROOT)]
    return not any(
        abs(a[0] - b[0]) < COLUMN and abs(a[1] - b[1]) < ROW for a, b in itertools.combinations(places, 2)
    )


@pytest.mark.parametrize("template", ["residual-cnn", "mlp", "lenet5"])
def test_many_inserted_in_a_row_do_not_overlap(template: str) -> None:
    document = templates_by_id[template].document()
    assert apart(document)
    chosen = random.Random(0)
    for _ in range(30):
        nodes = sorted(document.nodes(ROOT), key=lambda node: node.name)
        edits.insert_after(document, chosen.choice(nodes).id, chosen.choice(["ReLU", "Add", "Output"]))
        wires = sorted(
            document.wires(ROOT), key=lambda wire: (document.node(wire.source).name, wire.target_port)
        )
        edits.insert_on_wire(document, chosen.choice(wires).id, "Dropout")
        wire = chosen.choice(document.wires(ROOT))
        edits.insert_on_wire(document, wire.id, "Identity", document.node(wire.target).at)
        assert apart(document)


def test_inserting_in_a_chain_makes_room_downstream(mlp: Document) -> None:
    for _ in range(5):
        edits.insert_after(mlp, named(mlp, "x").id, "Dropout")
    order = ["x", "dropout5", "dropout4", "dropout3", "dropout2", "dropout", "hidden", "relu", "out", "y"]
    assert [named(mlp, name).at for name in order] == [(COLUMN * i, 0.0) for i in range(len(order))]


EDITS: dict[str, Callable[[Document], object]] = {
    "Add relu2": lambda d: edits.add_node(d, ROOT, "ReLU", (0, 0)),
    "Add module 塊": lambda d: edits.add_module(d, "塊"),
    "Move": lambda d: edits.move(d, {named(d, "relu").id: (3, 4)}),
    "Set out_features of hidden": lambda d: edits.set_argument(d, named(d, "hidden").id, "out_features", 3),
    "Make relu Tanh": lambda d: edits.set_kind(d, named(d, "relu").id, "Tanh"),
    "Rename relu to 激活": lambda d: edits.rename(d, named(d, "relu").id, "激活"),
    "Add comment": lambda d: edits.add_comment(d, ROOT, "note", (0, 0)),
    "Connect x to out": lambda d: edits.connect(d, named(d, "x").id, "y", named(d, "out").id, "x"),
    "Disconnect": lambda d: edits.disconnect(d, d.wires(ROOT)[0].id),
    "Delete relu": lambda d: edits.delete(d, ids(d, "relu")),
    "Delete 2 nodes": lambda d: edits.delete(d, ids(d, "relu", "out")),
    "Delete 2 wires": lambda d: edits.delete(d, [wire.id for wire in d.wires(ROOT)[:2]]),
    "Insert Dropout": lambda d: edits.insert_on_wire(d, d.wires(ROOT)[0].id, "Dropout"),
    "Add Dropout": lambda d: edits.insert_after(d, named(d, "hidden").id, "Dropout"),
    "Group into Block": lambda d: edits.group(d, ids(d, "relu"), "Block"),
    "Paste": lambda d: edits.paste(d, ROOT, edits.copy(d, ids(d, "relu"))),
    "Duplicate": lambda d: edits.duplicate(d, ids(d, "relu")),
    "Add argument width": lambda d: edits.add_module_argument(d, ROOT, "width"),
    "Promote out_features of hidden": lambda d: edits.promote_argument(
        d, named(d, "hidden").id, "out_features"
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_one_entry_with_its_name(mlp: Document, name: str) -> None:
    before, last = dumps(mlp), history(mlp)
    EDITS[name](mlp)
    after = dumps(mlp)
    assert history(mlp) == (name, None)
    mlp.undo()
    assert history(mlp) == (last[0], name)
    assert dumps(mlp) == before
    mlp.redo()
    assert dumps(mlp) == after


def history(document: Document) -> tuple[str | None, str | None]:
    return (document.undo_name, document.redo_name)


def test_a_failed_edit_inside_an_edit_takes_back_itself_alone(mlp: Document) -> None:
    with mlp.edit("Both"):
        kept = edits.add_node(mlp, ROOT, "ReLU", (0, 0))
        with pytest.raises(ZeroDivisionError), mlp.edit("Fail"):
            edits.delete(mlp, ids(mlp, "hidden"))
            raise ZeroDivisionError
    assert mlp.get(kept) is not None
    assert named(mlp, "hidden").kind == "Linear"
    assert mlp.undo_name == "Both"


def test_a_gesture_with_a_failed_step_and_escape_leaves_nothing(mlp: Document) -> None:
    before, redo = dumps(mlp), mlp.undo()
    assert redo is not None
    base = dumps(mlp)
    mlp.begin("Drag")
    edits.move(mlp, {named(mlp, "relu").id: (9, 9)})
    with pytest.raises(EditError):
        edits.connect(mlp, named(mlp, "x").id, "nothing", named(mlp, "relu").id, "x")
    mlp.cancel()
    assert dumps(mlp) == base
    mlp.redo()
    assert dumps(mlp) == before


def test_a_division_by_zero_does_not_keep_an_instance_from_ungrouping(mlp: Document) -> None:
    instance = edits.group(mlp, ids(mlp, "hidden"), "Block")
    module = mlp.node(instance).definition or ""
    edits.add_module_argument(mlp, module, "n", 0)
    edits.set_argument(mlp, named(mlp, "hidden", module).id, "out_features", parse("8 // n"))
    edits.ungroup(mlp, instance)
    assert named(mlp, "hidden").arguments["out_features"] == Expression("8 // 0")


def test_adding_a_node_adds_lines_and_changes_none(mlp: Document) -> None:
    before = dumps(mlp).decode().splitlines()
    edits.add_node(mlp, ROOT, "Linear", (1, 2))
    after = dumps(mlp).decode().splitlines()
    assert [line for line in after if line in set(before)] == before
    assert len(after) == len(before) + 1


def test_the_whole_network_cannot_be_a_part_of_a_module(mlp: Document) -> None:
    module = edits.add_module(mlp, "Other")
    with pytest.raises(EditError, match="whole network"):
        edits.add_node(mlp, module, instance_kind(ROOT), (0, 0))


def test_what_a_module_is_for_is_saved_and_taken_back(mlp: Document) -> None:
    before, last = dumps(mlp), mlp.undo_name
    edits.set_help(mlp, ROOT, "Tells digits apart.")
    assert mlp.undo_name == f"Describe {mlp.module(ROOT).name}"
    assert loads(dumps(mlp)).module(ROOT).help == "Tells digits apart."
    mlp.undo()
    assert dumps(mlp) == before
    edits.set_help(mlp, ROOT, mlp.module(ROOT).help)
    assert mlp.undo_name == last
