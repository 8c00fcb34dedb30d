"""Where two designs part: matched by what nodes are and where they stand, and told in sentences."""

from typing import Any

import pytest
from msgspec.structs import replace

from core.comparison import Comparison, compare
from core.document import Document
from core.record import ROOT, Node, Record, Wire, module_of
from core.templates import template, templates
from core.use import use
from tests.templates.sheet import Book, Sheet, initial_of

TABS = ("pytorch", "mxnet", "jax", "tensorflow")


def book(tab: str) -> Document:
    return template(f"as-in-book-{tab}").document()


def chain(*layers: tuple[str, str, dict[str, Any]], design: str = "N") -> Document:
    """A design whose root is a chain of layers: kind, name, arguments."""
    root = Book(design, "").root.input(shape="B, 8", sizes="B=2")
    for kind, name, arguments in layers:
        root.node(kind, name, **arguments)
    root.output()
    return root.wire(" > ".join(("x", *(name for _, name, _ in layers), "y"))).book.document()


def linear(name: str, width: int = 8, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return ("Linear", name, {"out_features": width, **more})


def relu(name: str = "relu") -> tuple[str, str, dict[str, Any]]:
    return ("ReLU", name, {})


def texts(comparison: Comparison) -> list[str]:
    return [each.text for pair in comparison.pairs for each in pair.differences]


def with_other_ids(document: Document) -> Document:
    """The design as if somebody else had drawn it: other ids, other places."""
    new = {key: key if key == ROOT else f"other{number}" for number, key in enumerate(document.records)}

    def moved(record: Record) -> Record:
        fields: dict[str, Any] = {"id": new[record.id]}
        if module_of(record) != record.id:
            fields["module"] = new[module_of(record)]
        if isinstance(record, Node):
            fields |= {"at": (record.at[1] + 7, record.at[0])}
            fields |= {"owner": new[record.owner]} if record.owner else {}
        if isinstance(record, Wire):
            fields |= {"source": new[record.source], "target": new[record.target]}
        return replace(record, **fields)

    flat = [record for record in document.records.values() if module_of(record) == ROOT]
    assert len(flat) == len(document.records), "of designs without modules"
    return Document(map(moved, flat))


@pytest.mark.parametrize("key", [entry.id for entry in templates()])
def test_every_design_is_the_same_as_itself(key: str) -> None:
    comparison = compare(template(key).document(), template(key).document())
    assert comparison.same and comparison.lines == []


@pytest.mark.parametrize("key", ["mlp", "tied"])
def test_ids_and_places_tell_nothing_apart(key: str) -> None:
    document = template(key).document()
    assert compare(document, with_other_ids(document)).lines == []


def test_the_text_s_own_design_is_the_one_of_its_pytorch_tab() -> None:
    comparison = compare(template("fixed-hidden-mlp").document(), book("pytorch"))
    assert comparison.same and comparison.lines == []


def test_jax_s_tab_has_pytorch_s_network_under_other_names() -> None:
    comparison = compare(book("pytorch"), book("jax"))
    assert comparison.same
    assert comparison.lines == [
        "FixedHiddenMLP: linear is called dense in B",
        "FixedHiddenMLP: same linear is called same dense in B",
    ]


def test_mxnet_s_tab_has_relu_in_the_layer_that_is_shared() -> None:
    comparison = compare(book("pytorch"), book("mxnet"))
    assert not comparison.same
    assert texts(comparison)[0] == "activation of linear (dense in B) is none in A, relu in B"
    assert len([each for each in comparison.pairs[0].differences if each.subject != "name"]) == 1


def test_tensorflow_s_tab_shares_nothing_and_flattens_instead() -> None:
    assert texts(compare(book("pytorch"), book("tensorflow"))) == [
        "linear stands between x and hidden only in A",
        "flatten stands between x and hidden only in B",
        "activation of same linear (dense in B) is none in A, relu in B",
        "linear is used twice in A, dense once in B",
        "same linear is called dense in B",
    ]


def test_of_the_six_pairs_of_tabs_only_one_is_one_network() -> None:
    same = [(a, b) for a in TABS for b in TABS if a < b and compare(book(a), book(b)).same]
    assert same == [("jax", "pytorch")]


@pytest.mark.parametrize("a", TABS)
@pytest.mark.parametrize("b", TABS)
def test_what_is_only_in_one_is_the_same_from_either_side(a: str, b: str) -> None:
    there, back = compare(book(a), book(b)), compare(book(b), book(a))
    assert [(pair.a.only, pair.b.only) for pair in there.pairs] == [
        (pair.b.only, pair.a.only) for pair in back.pairs
    ]


def test_a_node_put_between_is_told_where_it_stands_and_its_wires_are_not_told_again() -> None:
    one = chain(linear("a"), linear("b"))
    other = chain(linear("a"), relu(), linear("b"))
    assert texts(compare(one, other)) == ["relu stands between a and b only in B"]
    assert texts(compare(other, one)) == ["relu stands between a and b only in A"]


def test_the_marks_are_the_nodes_and_wires_that_the_sentences_speak_of() -> None:
    other = chain(linear("a"), relu(), linear("b", 9))
    (pair,) = compare(chain(linear("a"), linear("b")), other).pairs
    named = {node.name: node.id for node in other.nodes(ROOT)}
    assert pair.a.only == frozenset() and pair.b.only == {named["relu"]}
    assert pair.b.changed == {named["b"]}
    at_relu = {wire.id for wire in other.wires(ROOT) if named["relu"] in (wire.source, wire.target)}
    assert pair.b.wires == at_relu and pair.a.wires == frozenset()


def test_a_layer_in_front_does_not_shift_those_behind_it_that_have_its_old_name() -> None:
    one = chain(linear("fc1", 5), relu("r1"), linear("fc2", 6), relu("r2"), linear("fc3", 7))
    other = chain(
        linear("fc1", 4), ("Tanh", "t", {}), linear("fc2", 5), relu("r1"), linear("fc3", 6), relu("r2"),
        linear("fc4", 7),
    )  # fmt: skip
    told = texts(compare(one, other))
    assert sum(text.endswith("only in B") for text in told) == 2
    assert not any(text.endswith("only in A") for text in told)
    assert told[-2:] == ["fc2 is called fc3 in B", "fc3 is called fc4 in B"]


def test_an_argument_at_its_default_is_the_same_as_one_that_is_not_set() -> None:
    assert compare(chain(linear("a", bias=True)), chain(linear("a"))).lines == []
    assert texts(compare(chain(linear("a", bias=False)), chain(linear("a")))) == [
        "bias of a is False in A, True in B"
    ]


def test_another_kind_under_the_same_name_in_the_same_place_is_a_change() -> None:
    one, other = chain(linear("a"), relu("act")), chain(linear("a"), ("GELU", "act", {}))
    assert texts(compare(one, other)) == ["act is ReLU in A, GELU in B"]


def crossed(a: str, b: str) -> Document:
    root = Book("N", "").root.input("x", "B, 8").input("z", "B, 8")
    root.node("Subtract", "difference").output()
    return root.wire(f"{a} > difference.a", f"{b} > difference.b", "difference > y").book.document()


def test_inputs_that_are_exchanged_are_told_port_by_port() -> None:
    assert texts(compare(crossed("x", "z"), crossed("z", "x"))) == [
        "difference.a reads x in A, z in B",
        "difference.b reads z in A, x in B",
    ]


def in_module(width: int, *more: tuple[str, str, dict[str, Any]], name: str = "Block") -> Document:
    design = Book("N", "")
    sheet = design.sheet(name).argument("width", width).input()
    for kind, key, arguments in (linear("fc"), *more):
        sheet.node(kind, key, **arguments)
    sheet.output().wire(" > ".join(("x", "fc", *(key for _, key, _ in more), "y")))
    root = design.root.input(shape="B, 8").node(sheet, "net").output()
    return root.wire("x > net > y").book.document()


def test_a_module_inside_is_told_by_its_name_and_not_again_where_it_is_used() -> None:
    assert compare(in_module(4), in_module(5, relu())).lines == [
        "Block: the argument width is 4 by default in A, 5 in B",
        "Block: relu stands between fc and y only in B",
    ]


def test_a_module_of_another_name_and_the_same_content_is_the_same() -> None:
    assert compare(in_module(4), in_module(4, name="Part")).same


def slotted(part: str) -> Document:
    design = Book("N", "")
    sheet: Sheet = design.sheet("Wrap").argument("part", use("ReLU")).input()
    sheet.slot("part", "part").output().wire("x > part > y")
    root = design.root.input(shape="B, 8").node(sheet, "net", part=use(part)).output()
    return root.wire("x > net > y").book.document()


def test_what_a_slot_is_given_is_told() -> None:
    assert texts(compare(slotted("ReLU"), slotted("Tanh"))) == ["part of net is ReLU in A, Tanh in B"]


def tied(owner: str) -> Document:
    root = Book("N", "").root.input(shape="B, 8")
    root.node("Linear", "a", out_features=8).node("Linear", "b", out_features=8)
    root.node("Linear", "c", owner=owner).output()
    return root.wire("x > a > b > c > y").book.document()


def test_weights_shared_with_another_node_are_told() -> None:
    told = texts(compare(tied("a"), tied("b")))
    assert "a is used twice in A, a once in B" in told
    assert "b is used once in A, b twice in B" in told


def head(is_tied: bool) -> Document:
    root = Book("N", "").root.input(shape="B, 8")
    root.node("Linear", "a", out_features=8).node("Linear", "b", out_features=8).output()
    root.wire("x > a > b > y")
    return (root.tie("b.weight", "a.weight", transposed=True) if is_tied else root).book.document()


def test_a_parameter_tied_in_one_only_is_told() -> None:
    assert texts(compare(head(True), head(False))) == ["b.weight is tied to a.weight transposed only in A"]
    assert texts(compare(head(False), head(True))) == ["b.weight is tied to a.weight transposed only in B"]


def test_other_first_values_are_a_difference() -> None:
    one, other = chain(linear("a")), chain(linear("a"))
    node = next(node for node in other.nodes(ROOT) if node.name == "a")
    changed = replace(node, initial={"weights": initial_of(("normal", 0.1))})
    other = Document({**other.records, node.id: changed}.values())
    assert texts(compare(one, other)) == ["the parameters of a get other first values in B"]


def test_in_a_long_chain_one_node_more_is_all_that_is_told() -> None:
    layers = [linear(f"fc{i}") if i % 2 else relu(f"relu{i}") for i in range(400)]
    one, other = chain(*layers), chain(*layers[:200], ("Tanh", "between", {}), *layers[200:])
    assert texts(compare(one, other)) == ["between (Tanh) stands between fc199 and relu200 only in B"]
