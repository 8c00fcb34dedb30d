"""Where Qt's events come in: each is turned into a pointer or a key and handed to the tool at work."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from . import commands
from .events import CURSORS, key_of, pointer_at
from .stage import Pointer, SearchRequest, Stage
from .tools.dropping import Dropping
from .tools.idle import Idle, key_of as key_of_hit
from .tools.tool import Tool
from .view import Point

KIND_MIME = "application/x-layerloom-kind"
"""What a drag from the palette carries: a node's kind in UTF-8."""

TITLE_MIME = "application/x-layerloom-title"
"""What it carries besides: what the kind is called."""

ZOOM_STEP = 1.15
"""How much one notch of the wheel magnifies."""


class Inputs(QWidget):
    """A widget that has a tool and feeds it; what the tool's answer means is the canvas's affair."""

    stage: Stage
    tool: Tool

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 80)
        self._space = False
        self._panned = False
        self._button = Qt.MouseButton.NoButton

    # The canvas says

    def _become(self, tool: Tool) -> None:
        raise NotImplementedError

    def _tip(self, pointer: Pointer) -> str:
        raise NotImplementedError

    def _want_menu(self, key: str | None, at: QPoint) -> None:
        raise NotImplementedError

    def zoom(self, factor: float, at: Point) -> None:
        """Magnifies about a pixel."""
        raise NotImplementedError

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins a gesture."""
        self._panned = self._panned or self._space
        if self._button != Qt.MouseButton.NoButton:
            return
        self._button = event.button()
        self._become(self.tool.on_press(self.stage, self._pointer(event)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Goes on with it, or points at things."""
        self._become(self.tool.on_move(self.stage, self._pointer(event)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends it, where it is the button that began it."""
        if event.button() != self._button:
            return
        self._button = Qt.MouseButton.NoButton
        self._become(self.tool.on_release(self.stage, self._pointer(event)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enters, renames or searches."""
        self._become(self.tool.on_double(self.stage, self._pointer(event)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms at the mouse."""
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom(ZOOM_STEP**notches, (event.position().x(), event.position().y()))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks the window for a menu about what is under the mouse."""
        pointer = pointer_at(QPointF(event.pos()), self.stage.view)
        self._want_menu(key_of_hit(self.stage.under(pointer)), event.globalPos())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Points at nothing any more."""
        self.stage.session.point_at(None)
        self.stage.host.show_calls(None)
        super().leaveEvent(event)

    # Keys

    def event(self, event: QEvent) -> bool:
        """Takes the keys that others would: Tab, and those that the window may have as shortcuts."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and self._takes(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
                self._on_tab()
                return True
        if isinstance(event, QHelpEvent):
            tip = self._tip(pointer_at(QPointF(event.pos()), self.stage.view))
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hands a key to the tool; Space waits whether the drawing is dragged with it."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self._space, self._panned = True, False
                self._set_cursor(self.tool)
            return
        key = key_of(event)
        if key is None or not self._takes(event):
            super().keyPressEvent(event)
            return
        self._become(self.tool.on_key(self.stage, key))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A tap of Space opens the search."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat() or not self._space:
            super().keyReleaseEvent(event)
            return
        self._space = False
        self._set_cursor(self.tool)
        if not self._panned:
            self.open_search()

    def open_search(self) -> None:
        """Asks for a search at the mouse, or in the middle where the mouse is elsewhere."""
        pixel = self.mapFromGlobal(self.cursor().pos())
        if not self.rect().contains(pixel):
            pixel = self.rect().center()
        at = (float(pixel.x()), float(pixel.y()))
        self.stage.host.search(SearchRequest(self.stage.view.to_scene(at), at))

    def _on_tab(self) -> None:
        if commands.single_instance(self.stage) is not None:
            commands.enter(self.stage)
        else:
            self.open_search()

    def _takes(self, event: QKeyEvent) -> bool:
        key = key_of(event)
        if key is None:
            return False
        if not isinstance(self.tool, Idle):
            return key.name == "Escape"
        if key.ctrl:  # other keys with Ctrl are the window's, such as Ctrl+Enter
            return not key.alt and key.name in ("A", *commands.DIRECTIONS)
        return not key.alt and key.name in ("Space", *commands.KEYS)

    # Drags from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes a layer that is held over the canvas."""
        if not event.mimeData().hasFormat(KIND_MIME):
            event.ignore()
            return
        kind = bytes(event.mimeData().data(KIND_MIME).data()).decode()
        title = bytes(event.mimeData().data(TITLE_MIME).data()).decode() or kind
        self._become(Dropping(kind, title, self.tool))
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Shows where it would go."""
        self._become(self.tool.on_move(self.stage, pointer_at(event.position(), self.stage.view)))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forgets it."""
        self._become(self.tool.on_cancel(self.stage))

    def dropEvent(self, event: QDropEvent) -> None:
        """Puts it there."""
        self._become(self.tool.on_release(self.stage, pointer_at(event.position(), self.stage.view)))
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.acceptProposedAction()

    # The rest

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tells the tools how much is seen."""
        self.stage.size = (event.size().width(), event.size().height())
        super().resizeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows the focused node."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Lets go of Space."""
        self._space = False
        self.update()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Takes a gesture back that can no longer be ended."""
        self._become(self.tool.on_cancel(self.stage))
        super().hideEvent(event)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        return pointer_at(
            event.position(), self.stage.view, event.button(), event.modifiers(), space=self._space
        )

    def _set_cursor(self, tool: Tool) -> None:
        waiting = self._space and isinstance(tool, Idle)
        self.setCursor(CURSORS["open hand" if waiting else tool.cursor])
