"""Where the window stands on the screen and how it is parted, noted when it closes and put back."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMainWindow

from .code import CodePane
from .memory import Place
from .pane import CanvasPane
from .panels import Panels


def window_place(window: QMainWindow, panels: Panels, pane: CanvasPane, code: CodePane) -> Place:
    """What there is to remember."""
    place = window.normalGeometry()
    frame = window.geometry().topLeft() - window.pos()  # `move` counts the title bar in
    left, top = place.x() - frame.x(), place.y() - frame.y()
    return Place(
        left,
        top,
        place.width(),
        place.height(),
        window.isMaximized(),
        panels.state(),
        pane.has_minimap,
        code.framework,
    )


def put_back(window: QMainWindow, place: Place, panels: Panels, pane: CanvasPane, code: CodePane) -> None:
    """Stands the window where it was, unless that screen is gone."""
    window.resize(place.width, place.height)
    if place.left is not None and place.top is not None:
        screen = QApplication.screenAt(QPoint(place.left + 40, place.top + 20))
        if screen is not None:
            window.move(place.left, place.top)
    if place.docks:
        panels.restore(place.docks)
    pane.minimap.setVisible(place.minimap)
    code.choose(place.target)
    if place.maximised:
        window.setWindowState(Qt.WindowState.WindowMaximized)
