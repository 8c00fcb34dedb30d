"""Puts a theme on the application: palette, type and one stylesheet made from the theme's tokens.

Widgets say what they are by the property `role`, through `set_role`: a label is "title", "secondary",
"section", "error", "ok" or "code"; a button "primary", "flat" or "link"; a frame "card" or "problem".
A view that paints by itself asks `current_theme()` and repaints at `QEvent.Type.PaletteChange`, which every
widget gets when the theme changes.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from .fonts import interface_font, load_fonts, scale
from .sheet import stylesheet
from .theme import DARK, LIGHT, THEMES, Theme

_PALETTE: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "panel",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "panel",
    QPalette.ColorRole.AlternateBase: "hover",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "secondary",
    QPalette.ColorRole.Button: "panel",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "on_accent",
    QPalette.ColorRole.ToolTipBase: "panel",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent_text",
    QPalette.ColorRole.LinkVisited: "accent_text",
    QPalette.ColorRole.Light: "hover",
    QPalette.ColorRole.Midlight: "line",
    QPalette.ColorRole.Mid: "edge",
    QPalette.ColorRole.Dark: "edge",
    QPalette.ColorRole.Shadow: "edge",
}

_current: list[Theme] = [LIGHT]


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Show the whole application in a theme, from now on."""
    scale()  # reads the system's font, which is replaced below
    load_fonts()
    _current[0] = theme
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setFont(interface_font())
    application.setPalette(palette(theme))
    application.setStyleSheet(stylesheet(theme))


def theme_named(name: str) -> Theme:
    """The theme of a setting: that of the name, or for "system" the one that the desktop asks for."""
    if name in THEMES:
        return THEMES[name]
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def current_theme() -> Theme:
    """The theme that the application shows."""
    return _current[0]


def palette(theme: Theme) -> QPalette:
    """The theme's colours in the roles that Qt knows."""
    made = QPalette()
    for role, token in _PALETTE.items():
        made.setColor(role, QColor(getattr(theme, token)))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(theme.edge))
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Say what a widget is, so that the stylesheet finds it; may be called again."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)
