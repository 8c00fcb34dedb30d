"""A hand on the mouse and the keyboard: real events to a widget, at pixels or at points of its scene."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from ui.canvas.canvas import Canvas

Place = tuple[float, float]
NO_BUTTON = Qt.MouseButton.NoButton
LEFT = Qt.MouseButton.LeftButton
MIDDLE = Qt.MouseButton.MiddleButton
RIGHT = Qt.MouseButton.RightButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


class Hand:
    """Presses, moves and types on one widget; places are its pixels."""

    def __init__(self, widget: QWidget) -> None:
        self.widget = widget
        self.held = NO_BUTTON
        self.at: Place = (0.0, 0.0)

    def move(self, to: Place, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Moves the mouse there."""
        self.at = to
        self._send(QEvent.Type.MouseMove, NO_BUTTON, modifiers)

    def press(self, at: Place, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Presses a button there."""
        self.at = at
        self.held = button
        self._send(QEvent.Type.MouseButtonPress, button, modifiers)

    def release(self, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Lets the button go where the mouse is."""
        button, self.held = self.held, NO_BUTTON
        self._send(QEvent.Type.MouseButtonRelease, button, modifiers)

    def click(self, at: Place, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Presses and lets go there."""
        self.press(at, button, modifiers)
        self.release(modifiers)

    def double_click(self, at: Place) -> None:
        """Clicks twice there."""
        self.click(at)
        self.held = LEFT
        self._send(QEvent.Type.MouseButtonDblClick, LEFT, PLAIN)
        self.release()

    def drag(
        self,
        start: Place,
        end: Place,
        button: Qt.MouseButton = LEFT,
        modifiers: Qt.KeyboardModifier = PLAIN,
        *,
        steps: int = 4,
        release: bool = True,
    ) -> None:
        """Drags from one place to another in a few steps."""
        self.press(start, button, modifiers)
        for step in range(1, steps + 1):
            part = step / steps
            to = (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            self.move(to, modifiers)
        if release:
            self.release(modifiers)

    def ask_for_menu(self, at: Place) -> None:
        """Asks for the menu of what is there."""
        place = QPoint(round(at[0]), round(at[1]))
        reason = QContextMenuEvent.Reason.Mouse
        event = QContextMenuEvent(reason, place, self.widget.mapToGlobal(place))
        self._give(event)

    def wheel(self, at: Place, notches: float) -> None:
        """Turns the wheel there; up is positive."""
        event = QWheelEvent(
            QPointF(*at),
            QPointF(self.widget.mapToGlobal(QPoint(round(at[0]), round(at[1])))),
            QPoint(),
            QPoint(0, round(notches * 120)),
            NO_BUTTON,
            PLAIN,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        self._give(event)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Types a key."""
        QTest.keyClick(self.widget, key, modifiers)

    def hold_key(self, key: Qt.Key) -> None:
        """Presses a key and keeps it down."""
        QTest.keyPress(self.widget, key)

    def let_key_go(self, key: Qt.Key) -> None:
        """Lets a key go."""
        QTest.keyRelease(self.widget, key)

    def carry(self, mime: QMimeData, *places: Place) -> None:
        """Brings a drag in from outside and holds it over these places, one after another."""
        move, button = Qt.DropAction.CopyAction, LEFT
        first = QPoint(round(places[0][0]), round(places[0][1]))
        self._give(QDragEnterEvent(first, move, mime, button, PLAIN))
        for x, y in places:
            event = QDragMoveEvent(QPoint(round(x), round(y)), move, mime, button, PLAIN)
            self._give(event)

    def drop(self, mime: QMimeData, at: Place) -> None:
        """Drops what was carried."""
        event = QDropEvent(QPointF(*at), Qt.DropAction.CopyAction, mime, LEFT, PLAIN)
        self._give(event)

    def carry_away(self) -> None:
        """Takes a drag out of the widget again."""
        self._give(QDragLeaveEvent())

    def _give(self, event: QEvent) -> None:
        """Sends an event and lets the widget paint, as it would between two movements of a real hand."""
        QApplication.sendEvent(self.widget, event)
        QApplication.processEvents()

    def _send(self, kind: QEvent.Type, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> None:
        place = QPointF(*self.at)
        everywhere = self.widget.mapToGlobal(place)
        event = QMouseEvent(kind, place, everywhere, button, self.held, modifiers)
        self._give(event)


class CanvasHand(Hand):
    """A hand on a canvas, which finds nodes, ports and wires by itself."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self.canvas = canvas

    def point(self, at: Place) -> Place:
        """The pixel of a point of the scene."""
        return self.canvas.view.to_screen(at)

    def node(self, key: str) -> Place:
        """A pixel on a node, in its header."""
        left, top, _, _ = self.canvas.geometry_store.box(key)
        return self.point((left + 30, top + 12))

    def port(self, key: str, side: str, name: str) -> Place:
        """The pixel of a port."""
        return self.point(self.canvas.geometry_store.port_place(key, side, name))

    def wire(self, key: str) -> Place:
        """A pixel on a wire, a third of its way."""
        points = self.canvas.geometry_store.wire_points((key,))[0]
        x, y = ((points[8] + points[9]) / 2).tolist()
        return self.point((x, y))
