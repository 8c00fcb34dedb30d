"""A whole window under test, used by its mouse and keys alone."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.document import Document
from core.record import Node
from core.templates import template
from tests.ui.hand import PLAIN, CanvasHand
from ui.memory import Forgetful
from ui.window import Window


class Desk:
    """A window on an empty home; `close` it or let the fixture do so."""

    def __init__(self, qtbot: QtBot, home: Path, start: str = "", memory: Forgetful | None = None) -> None:
        self.qtbot = qtbot
        self.memory = memory or Forgetful(recovery=home / "recovery", library=home / "library")
        self.window = Window(self.memory)
        self.window.resize(1400, 850)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.window.begin(None)
        if start == "new":
            self.window.files.new()
        elif start:
            self.window.files.open_template(template(start))
        self.settle()
        self._closed = False
        self.hand = CanvasHand(self.window.canvas)

    @property
    def document(self) -> Document:
        """What is open."""
        return self.window.editor.document

    def settle(self) -> None:
        """Lets everything that is due happen."""
        for _ in range(3):
            QApplication.processEvents()
        # What is to be deleted later goes as the loop comes round, and no loop runs here.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Types a key; the window gives it to what has the keyboard."""
        handle = self.window.windowHandle()
        assert handle is not None
        QTest.keyClick(handle, key, modifiers)
        self.settle()

    def type(self, text: str) -> None:
        """Types a text, letter by letter."""
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, text)

    def click(self, widget: QWidget) -> None:
        """Clicks in the middle of a widget."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, PLAIN, widget.rect().center())
        self.settle()

    def click_at(self, widget: QWidget, at: QPoint) -> None:
        """Clicks at a place of a widget."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, PLAIN, at)
        self.settle()

    def button(self, name: str, inside: QWidget | None = None) -> QPushButton:
        """The button of that object name that is seen."""
        found = [b for b in (inside or self.window).findChildren(QPushButton, name) if b.isVisible()]
        assert found, f"no button {name} is seen"
        return found[0]

    def node(self, name: str, module: str | None = None) -> Node:
        """The node of that name in the open module."""
        where = module or self.window.editor.session.module
        return next(node for node in self.document.nodes(where) if node.name == name)

    def names(self) -> list[str]:
        """The names of the open module's nodes from left to right."""
        nodes = self.document.nodes(self.window.editor.session.module)
        return [node.name for node in sorted(nodes, key=lambda node: node.at)]

    def pick(self, *names: str) -> None:
        """Clicks on nodes, with Shift from the second on."""
        for place, name in enumerate(names):
            shift = Qt.KeyboardModifier.ShiftModifier if place else PLAIN
            self.hand.click(self.hand.node(self.node(name).id), modifiers=shift)
        self.settle()

    def answering(self, answer: str, act: Callable[[], object]) -> list[str]:
        """Does something, and presses a button in the question that it raises; returns what was asked."""
        asked: list[str] = []

        def press() -> None:
            boxes = [
                w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()
            ]
            if not boxes:
                return
            timer.stop()
            asked.append(boxes[0].text())
            button = next(b for b in boxes[0].buttons() if b.text().replace("&", "") == answer)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

        timer = QTimer()
        timer.timeout.connect(press)
        timer.start(5)
        act()
        timer.stop()
        self.settle()
        return asked

    def close(self) -> None:
        """Closes the window; what is unsaved is given up."""
        if self._closed:
            return
        self._closed = True
        if self.window.isVisible() and self.window.editor.changed:
            self.answering("Discard", self.window.close)
        self.window.close()
        self.window.deleteLater()
