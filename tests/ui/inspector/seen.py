"""Finding what is seen in the inspector, and using it by mouse and keyboard."""

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMenu, QPushButton, QSpinBox, QToolButton, QWidget

from tests.ui.desk import Desk

Kind = TypeVar("Kind", bound=QWidget)


def part(desk: Desk, kind: type[Kind], name: str) -> Kind:
    """The widget of that name, scrolled into sight."""
    inspector = desk.window.inspector
    found = [widget for widget in inspector.findChildren(kind, name) if widget.isVisible()]
    assert found, f"no {name} is seen"
    inspector.ensureWidgetVisible(found[0])
    desk.settle()
    return found[0]


def is_seen(desk: Desk, name: str) -> bool:
    """Whether there is a widget of that name."""
    return any(widget.isVisible() for widget in desk.window.inspector.findChildren(QWidget, name))


def pick(desk: Desk, *names: str) -> str:
    """Picks nodes of the open module; the id of the last."""
    keys = [desk.node(name).id for name in names]
    desk.window.editor.session.select(keys)
    desk.settle()
    return keys[-1] if keys else ""


def enter(desk: Desk, name: str, text: str) -> QLineEdit:
    """Types into a field in place of what it holds, and presses Enter."""
    field = part(desk, QLineEdit, name)
    desk.click(field)
    field.selectAll()
    desk.key(Qt.Key.Key_Delete)
    desk.type(text)
    desk.key(Qt.Key.Key_Return)
    return field


def press(desk: Desk, name: str) -> None:
    """Clicks on a button."""
    kinds: tuple[type[QWidget], ...] = (QToolButton, QPushButton)
    inspector = desk.window.inspector
    found = [w for kind in kinds for w in inspector.findChildren(kind, name) if w.isVisible()]
    assert found, f"no button {name} is seen"
    inspector.ensureWidgetVisible(found[0])
    desk.settle()
    desk.click(found[0])


def choose(desk: Desk, name: str, text: str) -> None:
    """Goes through a list of words by the arrow keys to one of them."""
    box = part(desk, QComboBox, name)
    box.setFocus()
    up = box.findText(text) < box.currentIndex()
    for _ in range(box.count()):
        if box.currentText() == text:
            return
        desk.key(Qt.Key.Key_Up if up else Qt.Key.Key_Down)
        box = part(desk, QComboBox, name)
    raise AssertionError(f"{name} has no {text}")


def fill(desk: Desk, name: str, typed: str) -> None:
    """Clicks on a module's field, types into the search that opens, and takes its first row."""
    press(desk, name)
    desk.type(typed)
    desk.key(Qt.Key.Key_Return)


def step(desk: Desk, name: str, key: Qt.Key) -> QSpinBox:
    """Steps a number by a key."""
    stepper = part(desk, QSpinBox, name)
    stepper.setFocus()
    desk.key(key)
    return stepper


def told(desk: Desk, name: str) -> str:
    """What a label says."""
    return part(desk, QLabel, name).text()


def in_menu(desk: Desk, widget: QWidget, text: str) -> None:
    """Chooses from the menu that has just come up at a widget."""
    menu = widget.findChildren(QMenu)[-1]
    action = next(action for action in menu.actions() if action.text() == text)
    menu.hide()  # as a click on it does first
    action.trigger()
    desk.settle()
