"""Actions on modules and libraries: save, edit a copy, compare, update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import tr

from .action import Action

if TYPE_CHECKING:
    from ui.window import Window


def library_actions() -> tuple[Action, ...]:
    """The part of the Module menu about libraries."""
    return (
        Action(
            id="save-to-library",
            text=tr("Save to my library…"),
            menu="module",
            icon="save",
            separated=True,
            in_context=True,
            enabled=lambda w: w.library.subject() is not None,
            perform=lambda w: w.library.save(),
        ),
        Action(
            id="edit-a-copy",
            text=tr("Edit a copy"),
            menu="module",
            icon="rename",
            in_context=True,
            enabled=lambda w: w.library.is_locked(),
            perform=lambda w: w.library.edit_a_copy(),
        ),
        Action(
            id="compare",
            text=tr("Compare with library…"),
            menu="module",
            in_context=True,
            enabled=_has_source,
            perform=lambda w: w.library.compare(),
        ),
        Action(
            id="update-from-library",
            text=tr("Update from library…"),
            menu="module",
            in_context=True,
            enabled=_has_source,
            perform=lambda w: w.library.update(),
        ),
    )


def _has_source(window: Window) -> bool:
    return window.library.source() is not None
