"""Actions on modules: make, enter, leave, fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import tr
from ui.canvas import commands

from .action import Action
from .library import library_actions
from .structure import structure_actions

if TYPE_CHECKING:
    from ui.window import Window


def module_actions() -> tuple[Action, ...]:
    """The Module menu."""
    return (*_making(), *structure_actions(), *_checking(), *library_actions(), *_going())


def _making() -> tuple[Action, ...]:
    return (
        Action(
            id="group",
            text=tr("Make a module of the selection"),
            menu="module",
            icon="group",
            shortcuts=("Ctrl+G",),
            in_context=True,
            enabled=lambda w: bool(w.picked_nodes()),
            perform=lambda w: w.modules.group(),
        ),
        Action(
            id="ungroup",
            text=tr("Unpack the module"),
            menu="module",
            icon="ungroup",
            shortcuts=("Ctrl+Alt+G",),
            in_context=True,
            enabled=_one_instance,
            perform=lambda w: w.modules.ungroup(),
        ),
        Action(
            id="instance",
            text=tr("Another instance of the same module"),
            menu="module",
            icon="module",
            shortcuts=("Alt+D",),
            enabled=lambda w: bool(w.picked_nodes()),
            perform=lambda w: w.modules.another_instance(),
        ),
        Action(
            id="unique",
            text=tr("Make unique"),
            menu="module",
            icon="chain",
            in_context=True,
            enabled=_one_instance,
            perform=lambda w: w.modules.make_unique(),
        ),
        Action(
            id="new-module",
            text=tr("New module"),
            menu="module",
            icon="new",
            perform=lambda w: w.modules.add(),
        ),
    )


def _checking() -> tuple[Action, ...]:
    return (
        Action(
            id="check-gradient",
            text=tr("Check gradient"),
            menu="module",
            icon="ok",
            separated=True,
            in_context=True,
            enabled=lambda w: not w.at_start and w.gradients.is_possible,
            perform=lambda w: w.gradients.check(),
        ),
    )


def _going() -> tuple[Action, ...]:
    return (
        Action(
            id="enter",
            text=tr("Enter the module"),
            menu="module",
            icon="enter",
            keys=("Return", "Enter", "PgDown"),
            separated=True,
            in_context=True,
            enabled=_can_enter,
            perform=lambda w: commands.enter(w.canvas.stage),
        ),
        Action(
            id="leave",
            text=tr("Leave the module"),
            menu="module",
            icon="leave",
            shortcuts=("Ctrl+Tab",),
            keys=("Esc", "PgUp"),
            enabled=lambda w: w.editor.session.path != (),
            perform=lambda w: w.editor.leave(),
        ),
        Action(
            id="call-before",
            text=tr("The call before"),
            menu="module",
            shortcuts=("Ctrl+PgUp",),
            enabled=_has_other_calls,
            perform=lambda w: w.editor.step(-1),
        ),
        Action(
            id="call-next",
            text=tr("The next call"),
            menu="module",
            shortcuts=("Ctrl+PgDown",),
            enabled=_has_other_calls,
            perform=lambda w: w.editor.step(1),
        ),
        Action(
            id="root",
            text=tr("Go to the whole network"),
            menu="module",
            shortcuts=("Alt+Home",),
            enabled=lambda w: w.editor.session.path != (),
            perform=lambda w: w.editor.open_call(()),
        ),
    )


def _can_enter(window: Window) -> bool:
    return commands.single_instance(window.canvas.stage) is not None


def _one_instance(window: Window) -> bool:
    node = window.structures.one()
    return node is not None and node.definition is not None


def _has_other_calls(window: Window) -> bool:
    return window.editor.session.path not in ((), None)
