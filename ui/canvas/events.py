"""Turns Qt's events into what the tools understand."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from .stage import Button, Key, Pointer
from .view import View

_BUTTONS: dict[Qt.MouseButton, Button] = {
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.MiddleButton: "middle",
    Qt.MouseButton.RightButton: "right",
}

_NAMES: dict[int, str] = {
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Backspace: "Backspace",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_F: "F",
    Qt.Key.Key_F2: "F2",
    Qt.Key.Key_J: "J",
    Qt.Key.Key_A: "A",
    Qt.Key.Key_Return: "Return",
    Qt.Key.Key_Enter: "Enter",
    Qt.Key.Key_PageDown: "PageDown",
    Qt.Key.Key_PageUp: "PageUp",
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_Tab: "Tab",
}

CURSORS = {
    "arrow": Qt.CursorShape.ArrowCursor,
    "cross": Qt.CursorShape.CrossCursor,
    "open hand": Qt.CursorShape.OpenHandCursor,
    "closed hand": Qt.CursorShape.ClosedHandCursor,
}
"""Qt's mouse pointers by the tools' names for them."""


def pointer_at(
    position: QPointF,
    view: View,
    button: Qt.MouseButton = Qt.MouseButton.NoButton,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    *,
    space: bool = False,
) -> Pointer:
    """The mouse at a pixel of the widget."""
    pixel = (position.x(), position.y())
    return Pointer(
        pixel=pixel,
        at=view.to_scene(pixel),
        button=_BUTTONS.get(button, "none"),
        shift=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
        ctrl=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        alt=bool(modifiers & Qt.KeyboardModifier.AltModifier),
        space=space,
    )


def key_of(event: QKeyEvent) -> Key | None:
    """The key that a press means; None where no tool knows it."""
    name = _NAMES.get(event.key())
    if name is None:
        return None
    held = event.modifiers()
    return Key(
        name,
        shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
        ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
        alt=bool(held & Qt.KeyboardModifier.AltModifier),
    )
