"""What somebody does in several strokes: adds a layer, names a module, fills in a field, picks a command."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from tests.ui.person import Person

Key = Qt.Key
Role = QAccessible.Role
ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
COLUMN = 230
"""Units from one node of a chain to the next."""


def begin(person: Person, name: str) -> None:
    """Takes a new design from the start page, and names it."""
    person.read("New design")
    person.press(Key.Key_Return)
    person.read("B×20 = 2×20")
    fill(person, "Name", name)


def add(person: Person, *typed: str) -> None:
    """Adds layers and modules, each by what is typed into the search."""
    for words in typed:
        person.press(Key.Key_Space)
        person.type(words)
        person.press(Key.Key_Return)


def add_at(person: Person, port: str, right: int, down: int, typed: str) -> None:
    """Drags a wire from a port to an empty place, and adds there what is typed."""
    person.drag_by(port, right, down)
    person.type(typed)
    person.press(Key.Key_Return)


def command(person: Person, words: str) -> None:
    """Picks a command by its words."""
    person.press(Key.Key_K, CTRL)
    person.type(words)
    person.press(Key.Key_Return)


def fill(person: Person, field: str, text: str) -> None:
    """Types into a field of the inspector, and goes back to the canvas."""
    person.click(field, Role.EditableText)
    person.type(text)
    person.press(Key.Key_Return)
    person.press(Key.Key_Escape)


def rename(person: Person, name: str) -> None:
    """Gives the picked node a name."""
    person.press(Key.Key_F2)
    person.type(name)
    person.press(Key.Key_Return)


def pick(person: Person, *names: str) -> None:
    """Clicks on nodes, with Shift from the second on."""
    for place, name in enumerate(names):
        person.click(f"{name}, ", Role.ListItem, SHIFT if place else Qt.KeyboardModifier.NoModifier)


def new_module(person: Person, name: str) -> None:
    """Makes a module of that name, and opens it."""
    command(person, "New module")
    fill(person, "Name", name)


def argument(person: Person, name: str, default: str, kind: str = "") -> None:
    """Adds an argument to the open module; `kind` is its kind's first letter, if no integer."""
    person.click("Add argument", Role.Button)
    person.type(name)
    person.press(Key.Key_Return)
    if kind:
        person.click("integer", Role.ComboBox)
        person.type(kind)
        person.press(Key.Key_Return)
    fill(person, f"Default of {name}", default)


def expression(person: Person, field: str, text: str) -> None:
    """Types an expression where there is a tick."""
    person.ask_for_menu(field, Role.CheckBox)
    person.press(Key.Key_Up)
    person.press(Key.Key_Return)
    person.type(text)
    person.press(Key.Key_Return)
    person.press(Key.Key_Escape)


def home(person: Person) -> None:
    """Goes to the whole network."""
    person.press(Key.Key_Home, ALT)


def fit(person: Person) -> int:
    """Shows all of the open module; returns how large it is then, in per cent."""
    person.press(Key.Key_Home)
    return scale(person)


def scale(person: Person) -> int:
    """How large the drawing is, in per cent of the actual size."""
    return next(int(name.removesuffix(" %")) for name in person.names() if name.endswith(" %"))


def move(person: Person, name: str, columns: float, down: float) -> None:
    """Drags a node, and what is picked with it, so many columns to the right and units down."""
    part = scale(person) / 100
    person.drag_by(f"{name}, ", round(columns * COLUMN * part), round(down * part))


def wrap(person: Person, name: str, count: int, columns: float, down: float) -> None:
    """Takes a node and so many behind it into another row, and shows everything."""
    pick(person, name)
    for _ in range(count):
        person.press(Key.Key_Right, SHIFT)
    fit(person)
    move(person, name, columns, down)
    fit(person)
