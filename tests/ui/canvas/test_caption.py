"""What nodes say about themselves."""

import pytest

from core import edits
from core.document import Document
from core.expression import Value, parse
from core.layers import LAYERS
from core.record import ROOT, Node
from tests.ui.canvas.test_geometry import measured
from ui.canvas.caption import caption, category
from ui.canvas.card import LONGEST_LINE, NARROWEST, WIDEST, Sides, lay_out
from ui.canvas.geometry import Geometry
from ui.theme import LIGHT


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_every_layer_has_a_card_with_its_ports_inside(kind: str) -> None:
    document = Document()
    node = edits.add_node(document, ROOT, kind, (0.0, 0.0))
    card = Geometry(document, ROOT, measured).card(node)
    assert card.title and card.lines[0].startswith(kind)
    assert card.category in LIGHT.categories
    assert NARROWEST <= card.width <= WIDEST + 8
    assert all(0 < port.y < card.height for port in (*card.inputs, *card.outputs))
    assert len({port.y for port in card.inputs}) == len(card.inputs)


@pytest.mark.parametrize(
    ("kind", "arguments", "lines"),
    [
        ("Linear", {"out_features": 256}, ("Linear", "256")),
        ("Linear", {"out_features": 256, "activation": "relu"}, ("Linear + ReLU", "256")),
        ("Linear", {"out_features": parse("4 * width"), "bias": False}, ("Linear", "4 * width, no bias")),
        ("Conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2}, ("Conv2d", "6, 5×5, padding 2")),
        ("Conv2d", {"out_channels": 6, "kernel_size": (3, 1)}, ("Conv2d", "6, 3×1")),
        (
            "Conv2d",
            {"out_channels": 6, "kernel_size": 5, "stride": parse("stride")},
            ("Conv2d", "6, 5×5, stride"),
        ),
        ("ReLU", {}, ("ReLU",)),
        ("Input", {"shape": "B, 1, 28, 28", "sizes": "B=2", "order": 3}, ("Input", "B, 1, 28, 28")),
        ("Quantum", {"spin": 2}, ("Quantum", "spin 2")),
    ],
)
def test_a_node_names_its_main_arguments(
    kind: str, arguments: dict[str, Value], lines: tuple[str, ...]
) -> None:
    node = Node(id="n", module=ROOT, kind=kind, name="n", arguments=arguments)
    assert caption(Document(), node) == lines


def test_an_instance_names_its_module_and_what_was_set() -> None:
    document = Document()
    module = edits.add_module(document, "Block")
    node = Node(id="n", module=ROOT, kind="@" + module, name="n", arguments={"width": 64})
    assert caption(document, node) == ("Block", "width 64")
    assert category(document, node) == "module"


def test_a_long_line_is_cut_and_a_long_name_makes_the_card_wider() -> None:
    ports = Sides(("x",), ("y",))
    long = lay_out("a", ("b" * 90,), "linear", ports, measured, counted=False)
    assert long.width < LONGEST_LINE + 40
    assert lay_out("a" * 25, ("b",), "linear", ports, measured, counted=False).width > long.width
