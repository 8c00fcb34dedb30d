"""The panels around the canvas: which there are, which are shown, and how the keyboard goes between them."""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from core.text import tr

from .bottom import Bottom
from .palette import WIDTH

INSPECTOR_WIDTH = 320
BOTTOM_HEIGHT = 224


class Panels:
    """Docks of the window, by name: palette, inspector, and at the bottom the tabs."""

    def __init__(self, window: QMainWindow, palette: QWidget, inspector: QWidget | None) -> None:
        self._window = window
        self._stops: dict[str, QWidget] = {}
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.bottom = Bottom()
        area = Qt.DockWidgetArea
        self.docks = {"palette": self._dock("palette", tr("Palette"), palette, area.LeftDockWidgetArea)}
        if inspector is not None:
            self.docks["inspector"] = self._dock(
                "inspector", tr("Inspector"), inspector, area.RightDockWidgetArea
            )
        title = tr("Code, outline and problems")
        self.docks["bottom"] = self._dock("bottom", title, self.bottom, area.BottomDockWidgetArea)
        self._hidden_state: QByteArray | None = None
        self.reset_sizes()

    def reset_sizes(self) -> None:
        """Gives every panel the room that it is drawn for."""
        sides = [("palette", WIDTH), ("inspector", INSPECTOR_WIDTH)]
        known = [(self.docks[name], width) for name, width in sides if name in self.docks]
        docks, widths = [dock for dock, _ in known], [width for _, width in known]
        self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
        self._window.resizeDocks([self.docks["bottom"]], [BOTTOM_HEIGHT], Qt.Orientation.Vertical)

    def show_tab(self, widget: QWidget) -> None:
        """Shows a view at the bottom."""
        self.docks["bottom"].show()
        self.bottom.show_view(widget)

    def is_shown(self, name: str) -> bool:
        """Whether a panel is shown."""
        return name in self.docks and not self.docks[name].isHidden()

    def toggle(self, name: str) -> None:
        """Shows a panel that was hidden, and the other way round."""
        if name in self.docks:
            self.docks[name].setVisible(not self.is_shown(name))

    def put_away(self) -> None:
        """Hides every panel until `bring_back`."""
        if self._hidden_state is None:
            self._hidden_state = self._window.saveState()
            for dock in self.docks.values():
                dock.hide()

    def bring_back(self) -> None:
        """Shows the panels as they were before `put_away`."""
        if self._hidden_state is not None:
            state, self._hidden_state = self._hidden_state, None
            self._window.restoreState(state)

    def state(self) -> str:
        """Which panels are shown and how large, in base64."""
        state = self._hidden_state or self._window.saveState()
        return base64.b64encode(state.data()).decode()

    def restore(self, state: str) -> None:
        """Shows the panels as they were when the state was taken; a damaged one is left aside."""
        try:
            self._window.restoreState(QByteArray(base64.b64decode(state)))
        except binascii.Error:
            return

    def stop_at(self, name: str, widget: QWidget) -> None:
        """The widget that gets the keyboard when a panel is gone to."""
        self._stops[name] = widget

    def go_on(self, canvas: QWidget) -> None:
        """Gives the keyboard to the next pane: canvas, palette, inspector, bottom."""
        panes: list[QWidget] = [canvas, *self.docks.values()]
        seen = [pane for pane in panes if pane.isVisible()]
        focus = QApplication.focusWidget()
        here = next((i for i, pane in enumerate(seen) if pane is focus or _within(pane, focus)), -1)
        for step in range(1, len(seen) + 1):
            if self._focus(seen[(here + step) % len(seen)]):
                return

    def _focus(self, pane: QWidget) -> bool:
        name = next((name for name, dock in self.docks.items() if dock is pane), "")
        if name == "bottom":
            stop: QWidget | None = self.bottom.bar
        else:
            stop = self._stops.get(name) if name else pane
        if stop is None:
            stop = next((each for each in pane.findChildren(QWidget) if _takes_focus(each)), None)
        if stop is None:
            return False
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock-{name}")
        dock.setTitleBarWidget(QWidget(dock))
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setWidget(widget)
        self._window.addDockWidget(area, dock)
        return dock


def _within(pane: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and pane.isAncestorOf(focus)


def _takes_focus(widget: QWidget) -> bool:
    tabbed = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tabbed and widget.isVisible() and widget.isEnabled()
