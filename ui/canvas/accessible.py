"""What a screen reader finds on the canvas: every node, port and wire with its words and its place."""

from functools import cache
from typing import Any

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import isValid

from core.text import tr

from .canvas import Canvas

Part = tuple[str, str, str]
"""A node's or wire's id; of a port besides its side and its name."""

PORT = 6.0
"""Half the width of what is said to be a port, in scene units."""


class CanvasReader(QAccessibleWidget):
    """The canvas as a list of what stands on it."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas, QAccessible.Role.List)
        self.canvas = canvas
        self._readers: dict[Part, PartReader] = {}

    def parts(self) -> list[Part]:
        """The nodes from left to right, each with its ports, then the wires."""
        geometry = self.canvas.geometry_store
        found: list[Part] = []
        for key in sorted(geometry.nodes, key=lambda key: geometry.box(key)[:2]):
            card = geometry.card(key)
            found.append((key, "", ""))
            found += [(key, "in", port.name) for port in card.inputs]
            found += [(key, "out", port.name) for port in card.outputs]
        return found + [(key, "", "") for key in geometry.wires]

    def reader(self, part: Part) -> "PartReader":
        """The reader of a part, the same one each time."""
        if part not in self._readers:
            self._readers[part] = PartReader(self, part)
        return self._readers[part]

    def childCount(self) -> int:
        return len(self.parts())

    def child(self, index: int) -> Any:
        parts = self.parts()
        return self.reader(parts[index]) if 0 <= index < len(parts) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        parts = self.parts()
        return parts.index(child.part) if isinstance(child, PartReader) and child.part in parts else -1

    def childAt(self, x: int, y: int) -> Any:
        under = [part for part in self.parts() if self.reader(part).rect().contains(x, y)]
        return self.reader(under[-1]) if under else None

    def focusChild(self) -> Any:
        focus = self.canvas.stage.session.focus
        known = focus is not None and focus in self.canvas.geometry_store
        return self.reader((focus or "", "", "")) if known else None


class PartReader(QAccessibleInterface):
    """A node, a port or a wire."""

    def __init__(self, reader: CanvasReader, part: Part) -> None:
        super().__init__()
        self.part = part
        self._reader = reader

    @property
    def _canvas(self) -> Canvas:
        return self._reader.canvas

    def isValid(self) -> bool:
        key, side, port = self.part
        if not isValid(self._canvas) or key not in self._canvas.geometry_store:
            return False
        if not side:
            return True
        card = self._canvas.geometry_store.card(key)
        return port in [each.name for each in (card.inputs if side == "in" else card.outputs)]

    def object(self) -> Any:
        return None

    def window(self) -> QWindow:
        return self._canvas.window().windowHandle()

    def parent(self) -> QAccessibleInterface:
        return self._reader

    def childCount(self) -> int:
        return 0

    def child(self, index: int) -> Any:
        return None

    def childAt(self, x: int, y: int) -> Any:
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def text(self, what: QAccessible.Text) -> str:
        if what != QAccessible.Text.Name or not self.isValid():
            return ""
        key, side, port = self.part
        geometry, labels = self._canvas.geometry_store, self._canvas.drawing().labels
        if side:
            told = tr("input {tip}") if side == "in" else tr("output {tip}")
            title = geometry.card(key).title
            return f"{title}: {told.format(tip=labels.port_tip(key, side, port))}"
        lines = labels.node_tip(key) if geometry.is_node(key) else labels.wire_tip(key)
        return ", ".join(lines.splitlines())

    def setText(self, what: QAccessible.Text, text: str) -> None:
        """Names are changed by F2."""

    def rect(self) -> QRect:
        """Its place on the screen."""
        if not self.isValid():
            return QRect()
        key, side, port = self.part
        geometry = self._canvas.geometry_store
        if side:
            x, y = geometry.port_place(key, side, port)
            box = (x - PORT, y - PORT, x + PORT, y + PORT)
        else:
            box = geometry.box(key) if geometry.is_node(key) else geometry.wire_box(key)
        left, top, right, bottom = self._canvas.view.to_screen_box(box)
        corner = self._canvas.mapToGlobal(QPoint(0, 0))
        return QRectF(left, top, right - left, bottom - top).translated(QPointF(corner)).toRect()

    def role(self) -> QAccessible.Role:
        key, side, _ = self.part
        if side:
            return QAccessible.Role.Indicator
        is_node = self.isValid() and self._canvas.geometry_store.is_node(key)
        return QAccessible.Role.ListItem if is_node else QAccessible.Role.StaticText

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        session = self._canvas.stage.session
        picked = not self.part[1] and self.part[0] in session.selection
        state.selectable = not self.part[1]
        state.selected = picked
        return state

    def foregroundColor(self) -> QColor:
        return self._canvas.palette().text().color()

    def backgroundColor(self) -> QColor:
        return self._canvas.palette().base().color()


_readers: list[CanvasReader] = []
"""Qt owns its readers without Python's knowledge: they are kept here until it has deleted them."""


@cache
def install() -> None:
    """Lets screen readers see canvases; the first time only, as Qt never forgets."""
    QAccessible.installFactory(_make)


def _make(name: str, thing: QObject) -> Any:
    if not isinstance(thing, Canvas):
        return None
    _readers[:] = [reader for reader in _readers if isValid(reader)]
    _readers.append(CanvasReader(thing))
    return _readers[-1]
