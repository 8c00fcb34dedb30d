"""Actions on what is seen: zoom, panels, theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import tr
from ui.canvas import commands

from .action import Action

if TYPE_CHECKING:
    from ui.window import Window


def view_actions() -> tuple[Action, ...]:
    """The View menu."""
    return (*_zoom(), *_panels(), *_themes())


def _zoom() -> tuple[Action, ...]:
    return (
        Action(
            id="fit",
            text=tr("Show everything"),
            menu="view",
            icon="fit",
            keys=("Home",),
            perform=lambda w: commands.frame_all(w.canvas.stage),
        ),
        Action(
            id="fit-selection",
            text=tr("Show the selection"),
            menu="view",
            keys=("F", "."),
            perform=lambda w: commands.frame_selection(w.canvas.stage),
        ),
        Action(
            id="actual-size",
            text=tr("Actual size"),
            menu="view",
            shortcuts=("Ctrl+0",),
            perform=lambda w: w.canvas.zoom_to(1.0),
        ),
        Action(
            id="zoom-in",
            text=tr("Zoom in"),
            menu="view",
            icon="zoom-in",
            shortcuts=("Ctrl++", "Ctrl+="),
            perform=lambda w: w.places.zoom_by(1.25),
        ),
        Action(
            id="zoom-out",
            text=tr("Zoom out"),
            menu="view",
            icon="zoom-out",
            shortcuts=("Ctrl+-",),
            perform=lambda w: w.places.zoom_by(0.8),
        ),
    )


def _panels() -> tuple[Action, ...]:
    return (
        _panel("palette", tr("Palette"), separated=True),
        _panel("inspector", tr("Inspector")),
        _panel("bottom", tr("Code, outline and problems")),
        Action(
            id="panel-minimap",
            text=tr("Minimap"),
            menu="view",
            shortcuts=("Alt+M",),
            checked=lambda w: w.pane.has_minimap,
            enabled=lambda w: not w.at_start,
            perform=lambda w: w.pane.toggle_minimap(),
        ),
        Action(
            id="next-pane",
            text=tr("Go to the next pane"),
            menu="view",
            shortcuts=("F6",),
            perform=lambda w: w.focus_next_pane(),
        ),
    )


def _panel(name: str, text: str, *, separated: bool = False) -> Action:
    return Action(
        id=f"panel-{name}",
        text=text,
        menu="view",
        separated=separated,
        checked=lambda w: w.panels.is_shown(name),
        enabled=lambda w: not w.at_start,
        perform=lambda w: w.panels.toggle(name),
    )


def _themes() -> tuple[Action, ...]:
    return (
        Action(
            id="theme",
            text=tr("Switch between light and dark"),
            menu="view",
            icon="theme",
            shortcuts=("Ctrl+Shift+T",),
            separated=True,
            perform=lambda w: w.set_theme("light" if w.theme_name == "dark" else "dark"),
        ),
        Action(
            id="theme-contrast",
            text=tr("High contrast"),
            menu="view",
            checked=lambda w: w.theme_name == "contrast",
            perform=_toggle_contrast,
        ),
    )


def _toggle_contrast(window: Window) -> None:
    window.set_theme("light" if window.theme_name == "contrast" else "contrast")
