"""Actions on the design: history, clipboard, what is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import tr
from ui.canvas import commands

from .action import Action

if TYPE_CHECKING:
    from ui.window import Window


def design_actions() -> tuple[Action, ...]:
    """The Edit menu."""
    return (*_history(), *_clipboard(), *_picked())


def _history() -> tuple[Action, ...]:
    return (
        Action(
            id="undo",
            text=tr("Undo"),
            menu="edit",
            icon="undo",
            shortcuts=("Ctrl+Z",),
            label=lambda w: _named(tr("Undo"), w.editor.document.undo_name),
            enabled=lambda w: w.editor.document.undo_name is not None,
            perform=lambda w: w.places.undo(),
        ),
        Action(
            id="redo",
            text=tr("Redo"),
            menu="edit",
            icon="redo",
            shortcuts=("Ctrl+Shift+Z", "Ctrl+Y"),
            label=lambda w: _named(tr("Redo"), w.editor.document.redo_name),
            enabled=lambda w: w.editor.document.redo_name is not None,
            perform=lambda w: w.places.redo(),
        ),
    )


def _clipboard() -> tuple[Action, ...]:
    return (
        Action(
            id="cut",
            text=tr("Cut"),
            menu="edit",
            icon="cut",
            shortcuts=("Ctrl+X",),
            separated=True,
            in_context=True,
            enabled=_has_picked,
            perform=lambda w: w.clipboard.cut(),
        ),
        Action(
            id="copy",
            text=tr("Copy"),
            menu="edit",
            icon="copy",
            shortcuts=("Ctrl+C",),
            in_context=True,
            enabled=_has_picked,
            perform=lambda w: w.clipboard.copy(),
        ),
        Action(
            id="paste",
            text=tr("Paste"),
            menu="edit",
            icon="paste",
            shortcuts=("Ctrl+V",),
            in_context=True,
            perform=lambda w: w.clipboard.paste(),
        ),
        Action(
            id="duplicate",
            text=tr("Duplicate"),
            menu="edit",
            icon="duplicate",
            shortcuts=("Ctrl+D",),
            in_context=True,
            enabled=_has_picked,
            perform=lambda w: w.clipboard.duplicate(),
        ),
        Action(
            id="delete",
            text=tr("Delete"),
            menu="edit",
            icon="delete",
            keys=("Del", "Backspace"),
            in_context=True,
            enabled=lambda w: bool(w.editor.session.selection),
            perform=lambda w: commands.delete_selection(w.canvas.stage),
        ),
    )


def _picked() -> tuple[Action, ...]:
    return (
        Action(
            id="search",
            text=tr("Add a layer…"),
            menu="edit",
            icon="search",
            shortcuts=("Shift+A",),
            keys=("Space", "Tab"),
            separated=True,
            perform=lambda w: w.search.open_for_selection(),
        ),
        Action(
            id="comment",
            text=tr("Add a comment"),
            menu="edit",
            icon="comment",
            keys=("C",),
            perform=lambda w: w.places.add_comment(),
        ),
        Action(
            id="connect",
            text=tr("Connect the two picked nodes"),
            menu="edit",
            keys=("J",),
            in_context=True,
            enabled=lambda w: len(w.picked_nodes()) == 2,
            perform=lambda w: commands.connect_selected(w.canvas.stage),
        ),
        Action(
            id="rename",
            text=tr("Rename"),
            menu="edit",
            icon="rename",
            keys=("F2",),
            in_context=True,
            enabled=lambda w: w.editor.session.focus is not None,
            perform=lambda w: commands.rename(w.canvas.stage),
        ),
        Action(
            id="select-all",
            text=tr("Select all"),
            menu="edit",
            shortcuts=("Ctrl+A",),
            separated=True,
            perform=lambda w: commands.select_all(w.canvas.stage),
        ),
        Action(
            id="commands",
            text=tr("All commands…"),
            menu="help",
            icon="search",
            shortcuts=("Ctrl+K", "Ctrl+Shift+P"),
            perform=lambda w: w.show_commands(),
        ),
    )


def _named(verb: str, name: str | None) -> str:
    return verb if name is None else f"{verb}: {name[:1].lower()}{name[1:]}"


def _has_picked(window: Window) -> bool:
    return bool(window.picked())
