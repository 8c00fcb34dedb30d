"""The panel under the canvas: tabs and what belongs to them, in one row if that has room, and a view."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from core.text import tr

from .style import set_role

ROOM = 24
"""Pixels between the tabs at the two ends of the row, and as many at its own ends."""


class Bottom(QWidget):
    """Views in one place; a view's own tabs stand at the left of the row, its buttons at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bottom")
        self.bar = QTabBar(self)
        self.bar.setObjectName("bottom-tabs")
        self.bar.setAccessibleName(tr("Code, outline and problems"))
        self.bar.setExpanding(False)
        self._stack = QStackedWidget(self)
        self._aside: dict[QWidget, tuple[QWidget, ...]] = {}
        self._tabs: list[QWidget] = []
        self._badges: dict[QWidget, QLabel] = {}
        self._row = QHBoxLayout()
        self._row.setContentsMargins(6, 0, 10, 0)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self._row.addWidget(self.bar)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._own = QHBoxLayout()
        """A view's own tabs, where the row has no room for them."""
        self._own.setContentsMargins(6, 0, 10, 0)
        column.addLayout(self._row)
        column.addLayout(self._own)
        column.addWidget(self._stack, 1)
        self.bar.currentChanged.connect(self._show_at)

    def add(
        self, view: QWidget, title: str, tabs: QWidget | None = None, buttons: QWidget | None = None
    ) -> None:
        """Puts a view behind a tab; `tabs` and `buttons` are seen while the view is."""
        self._stack.addWidget(view)
        self._aside[view] = tuple(widget for widget in (tabs, buttons) if widget is not None)
        if tabs is not None:
            self._tabs.append(tabs)
            self._row.insertWidget(0, tabs)
            QWidget.setTabOrder(tabs, self.bar)
        if buttons is not None:
            policy = buttons.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # the tabs keep their place
            buttons.setSizePolicy(policy)
            self._row.addWidget(buttons)
            QWidget.setTabOrder(self.bar, buttons)
        self.bar.addTab(title)
        self._show_at(self.bar.currentIndex())

    def show_view(self, view: QWidget) -> None:
        """Picks a view's tab."""
        self.bar.setCurrentIndex(self._stack.indexOf(view))

    def count(self, view: QWidget, count: int, quiet: str = "") -> None:
        """Tells a number beside a view's title, if it is not 0; `quiet` is said of one that is no alarm."""
        index = self._stack.indexOf(view)
        title = self.bar.tabText(index)
        self.bar.setAccessibleTabName(index, f"{title}, {quiet or count}" if count else title)
        self.bar.setTabToolTip(index, quiet if count else "")
        badge = self._badges.get(view)
        if badge is None and count:
            badge = self._badges[view] = QLabel(self.bar)
            badge.setObjectName("count")
        if badge is not None:
            set_role(badge, "quiet-count" if quiet else "count")
        if badge is not None and badge.text() != str(count or ""):
            badge.setText(str(count or ""))
            # Qt gives the badge its room only when it is put there: a wider one is put there anew.
            self.bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, None)
            self.bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, badge if count else None)
            badge.setVisible(bool(count))
            self._part()  # a wider tab may leave a view's own tabs no room

    def badge(self, view: QWidget) -> str:
        """The number beside a view's title."""
        return self._badges[view].text() if view in self._badges else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._part()

    def _part(self) -> None:
        """Gives a view's own tabs a row of their own where they would be cut in the common one."""
        rest = self.bar.sizeHint().width() + 2 * ROOM
        for view, widgets in self._aside.items():
            others = sum(one.sizeHint().width() for one in widgets if one not in self._tabs)
            for tabs in (one for one in widgets if one in self._tabs):
                has_room = rest + others + tabs.sizeHint().width() <= self.width()
                row = self._row if has_room else self._own
                if row.indexOf(tabs) < 0:
                    (self._own if has_room else self._row).removeWidget(tabs)
                    row.insertWidget(0, tabs)
                    tabs.setVisible(view is self._stack.currentWidget())
        self.bar.updateGeometry()  # a tab bar that was asked for its size too early says 0 to its row

    def _show_at(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        shown = self._stack.widget(index)
        for view, widgets in self._aside.items():
            for widget in widgets:
                widget.setVisible(view is shown)
