"""Somebody at the window: sees what a screen reader is told, and has a keyboard and a mouse.

It knows the top-level window alone: what is there is found by its name and its place on the screen.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QGuiApplication, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from ui.canvas.accessible import install

PLAIN = Qt.KeyboardModifier.NoModifier
PATIENCE_MS = 20_000
Text = QAccessible.Text


WIDTH, HEIGHT = 1440, 900
"""A small laptop's screen."""


class Person:
    """Counts every key and every click; a drag is one."""

    def __init__(self, window: QWindow, pictures: Path | None = None) -> None:
        self.window = window
        self.pictures = pictures
        self.count = 0
        self.steps: list[str] = []

    # Hands

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Presses a key."""
        self.count += 1
        QTest.keyClick(self.window, key, modifiers)
        QTest.qWait(1)

    def type(self, text: str) -> None:
        """Types a text, a key for each letter."""
        for letter in text:
            self.count += 1
            key, shift = Qt.Key(ord(letter.upper())), Qt.KeyboardModifier.ShiftModifier
            held = shift if letter.isupper() else PLAIN
            QTest.sendKeyEvent(QTest.KeyAction.Click, self.window, key, letter, held)
        QTest.qWait(1)

    def click(
        self,
        name: str,
        role: QAccessible.Role | None = None,
        modifiers: Qt.KeyboardModifier = PLAIN,
        *,
        times: int = 1,
    ) -> None:
        """Clicks in the middle of the thing whose name begins so, once or twice."""
        self.count += times
        at = self._pixel(self.find(name, role))
        act = QTest.mouseClick if times == 1 else QTest.mouseDClick
        act(self.window, Qt.MouseButton.LeftButton, modifiers, at)
        QTest.qWait(1)

    def ask_for_menu(self, name: str, role: QAccessible.Role | None = None) -> None:
        """Clicks with the right button in the middle of the thing whose name begins so."""
        self.count += 1
        QTest.mouseClick(self.window, Qt.MouseButton.RightButton, PLAIN, self._pixel(self.find(name, role)))
        QTest.qWait(1)

    def drag(self, source: str, target: str) -> None:
        """Drags from the middle of one thing to that of another."""
        self._drag(self._pixel(self.find(source)), self._pixel(self.find(target)))

    def drag_by(self, source: str, right: int, down: int) -> None:
        """Drags from the middle of a thing so many pixels to the right and down."""
        start = self._pixel(self.find(source))
        self._drag(start, start + QPoint(right, down))

    def _drag(self, start: QPoint, end: QPoint) -> None:
        self.count += 1
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(self.window, left, PLAIN, start)
        for step in range(1, 5):
            QTest.mouseMove(self.window, start + (end - start) * step / 4)
            QTest.qWait(1)
        QTest.mouseRelease(self.window, left, PLAIN, end)
        QTest.qWait(1)

    # Eyes

    def look(self) -> Iterator[QAccessibleInterface]:
        """Everything in the window that is not hidden."""
        ahead = [self.window.accessibleRoot()]
        while ahead:
            thing = ahead.pop()
            if not _is_seen(thing):
                continue
            yield thing
            ahead += [thing.child(place) for place in reversed(range(thing.childCount()))]

    def seen(self) -> list[str]:
        """The names and values of everything that is seen."""
        return [text for thing in self.look() for text in _words(thing)]

    def find(self, name: str, role: QAccessible.Role | None = None) -> QAccessibleInterface:
        """The thing whose name begins so, the one of that very name before others."""
        found = [
            thing
            for thing in self.look()
            if thing.text(Text.Name).startswith(name) and role in (None, thing.role())
        ]
        assert found, f"nothing is called {name}; there are {self.names()}"
        return min(found, key=lambda thing: thing.text(Text.Name) != name)

    def names(self) -> list[str]:
        """What everything is called."""
        return [name for thing in self.look() if (name := thing.text(Text.Name))]

    def read(self, words: str) -> str:
        """Waits until a text that holds the words is seen, and returns it whole."""
        return self.wait(lambda: next((text for text in self.seen() if words in text), ""), words)

    def wait(self, look: Callable[[], str], wanted: str) -> str:
        """Waits until there is something, and returns it."""
        deadline = QDeadlineTimer(PATIENCE_MS)
        while not (found := look()):
            assert not deadline.hasExpired(), f"{wanted} is not seen, but {self.seen()}"
            QTest.qWait(5)
        return found

    def holds(self) -> str:
        """What is in the clipboard."""
        return QGuiApplication.clipboard().text()

    def step(self, name: str) -> None:
        """A step is done: a picture of it is kept where pictures are wanted."""
        self.steps.append(name)
        if self.pictures is not None:
            QTest.qWait(250)  # so that what fades and what follows later is there
            file = self.pictures / f"{len(self.steps):02} {name}.png"
            self.window.screen().grabWindow(0).save(str(file))

    def _pixel(self, thing: QAccessibleInterface) -> QPoint:
        middle = thing.rect().center()
        assert thing.parent().rect().contains(middle), f"{thing.text(Text.Name)} is outside of what shows it"
        at = self.window.mapFromGlobal(middle)
        assert self.window.geometry().translated(-self.window.position()).contains(at), (
            f"{thing.text(Text.Name)} is outside of the window"
        )
        return at


def _is_seen(thing: QAccessibleInterface | None) -> bool:
    return thing is not None and thing.isValid() and not thing.state().invisible


def _words(thing: QAccessibleInterface) -> Iterator[str]:
    for what in (Text.Name, Text.Value):
        text = thing.text(what)
        if text:
            yield text


def somebody_before(window: QWidget, pictures: Path | None = None) -> Person:
    """Somebody before a window as large as a small laptop's screen."""
    install()
    window.setGeometry(0, 0, WIDTH, HEIGHT)
    handle = window.windowHandle()
    assert handle is not None
    handle.requestActivate()
    QTest.qWaitForWindowActive(handle)
    return Person(handle, pictures)
