"""Finds what a test with Qt leaves behind: windows, running threads, active timers."""

import gc
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import Shiboken

QTS_OWN = {"QTipLabel", "QComboBoxPrivateContainer", "QMenuBarExtension"}
"""Windows that Qt makes and keeps for itself."""


def _address(widget: QWidget) -> int:
    return int(Shiboken.getCppPointer(widget)[0])


class Leaks:
    """Watches from its making on; `found` tells what is left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._windows = {_address(widget) for widget in QApplication.topLevelWidgets()}
        self._started: list[QThread | QTimer] = []
        self._watch(QThread, monkeypatch)
        self._watch(QTimer, monkeypatch)

    def _watch(self, kind: type[QThread] | type[QTimer], monkeypatch: pytest.MonkeyPatch) -> None:
        start: Any = kind.start
        started = self._started

        def start_noted(self: Any, *arguments: Any) -> None:
            started.append(self)
            start(self, *arguments)

        monkeypatch.setattr(kind, "start", start_noted)

    def found(self) -> list[str]:
        """A name for each thing left, after what was to be deleted is gone."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        left = self._left()
        if left:
            gc.collect()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            left = self._left()
        return left

    def _left(self) -> list[str]:
        windows = [
            widget
            for widget in QApplication.topLevelWidgets()
            if _address(widget) not in self._windows and widget.metaObject().className() not in QTS_OWN
        ]
        busy = [one for one in self._started if Shiboken.isValid(one) and _is_busy(one)]
        return [_name(one) for one in (*windows, *busy)]


def _is_busy(one: QThread | QTimer) -> bool:
    return one.isRunning() if isinstance(one, QThread) else one.isActive()


def _name(one: QObject) -> str:
    return f"{one.metaObject().className()} {one.objectName()}".rstrip()
