"""The text's first network, from the start page to gradients and code, by events on the window alone."""

from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible

from tests.ui import first_network
from tests.ui.conftest import OpenDesk
from tests.ui.person import Person
from ui.canvas.accessible import install


@pytest.fixture
def person(open_desk: OpenDesk) -> Person:
    """Somebody before the start page."""
    install()
    handle = open_desk("").window.windowHandle()
    assert handle is not None
    return Person(handle)


def test_the_first_network_takes_at_most_thirty_keys_and_clicks(person: Person) -> None:
    code = first_network.first_network(person)
    assert "nn.Linear(20, 256)" in code and "nn.ReLU()" in code and "nn.Linear(256, 10)" in code
    assert person.count <= 30


def test_a_module_used_twice_has_weights_of_its_own_in_each_place(person: Person) -> None:
    code = first_network.twice(person)
    assert "self.mlp = Module(20)" in code and "self.mlp2 = Module(20)" in code


def test_the_script_knows_nothing_of_the_core() -> None:
    for file in (first_network.__file__, str(Path(first_network.__file__).with_name("person.py"))):
        text = Path(file).read_text(encoding="utf-8")
        assert "from core" not in text and "import core" not in text


def test_a_screen_reader_is_told_where_nodes_ports_and_wires_are(person: Person) -> None:
    first_network.draw(person)
    canvas = person.find("Canvas")
    roles = [canvas.child(place).role() for place in range(canvas.childCount())]
    assert roles.count(QAccessible.Role.ListItem) == 4
    assert roles.count(QAccessible.Role.Indicator) == 6
    assert roles.count(QAccessible.Role.StaticText) == 3
    node = person.find("linear2, ")
    found = canvas.childAt(node.rect().center().x(), node.rect().center().y())
    assert found.text(QAccessible.Text.Name) == node.text(QAccessible.Text.Name)
    assert canvas.indexOfChild(found) >= 0
    assert canvas.rect().contains(node.rect())
    assert node.state().selected
