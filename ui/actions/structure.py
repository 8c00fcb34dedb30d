"""Actions on the structure of nodes: repeat, fold, tie, choose, branch, loop, slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.layers.control import CONTROL
from core.text import tr

from .action import Action

if TYPE_CHECKING:
    from ui.window import Window


def structure_actions() -> tuple[Action, ...]:
    """The part of the Module menu about repeating, tying and choosing."""
    return (*_repeating(), *_tying(), *_choosing())


def _repeating() -> tuple[Action, ...]:
    return (
        Action(
            id="repeat",
            text=tr("Repeat…"),
            menu="module",
            icon="repeat",
            shortcuts=("Ctrl+R",),
            separated=True,
            in_context=True,
            enabled=_has_one,
            perform=lambda w: w.structures.ask_repeat(),
        ),
        Action(
            id="fold",
            text=tr("Fold into a repeat"),
            menu="module",
            in_context=True,
            enabled=_has_several,
            perform=lambda w: w.structures.fold(),
        ),
        Action(
            id="unfold",
            text=tr("Unfold the repeat"),
            menu="module",
            in_context=True,
            enabled=lambda w: w.structures.is_repeated(),
            perform=lambda w: w.structures.unfold(),
        ),
        Action(
            id="share",
            text=tr("One set of weights for all calls"),
            menu="module",
            in_context=True,
            enabled=lambda w: w.structures.is_repeated(),
            checked=lambda w: w.structures.is_shared(),
            perform=lambda w: w.structures.share(),
        ),
        Action(
            id="calls",
            text=tr("Show call by call"),
            menu="module",
            in_context=True,
            enabled=lambda w: w.structures.is_repeated(),
            perform=lambda w: w.calls.show_calls(next(iter(w.editor.session.selection))),
        ),
    )


def _tying() -> tuple[Action, ...]:
    return (
        Action(
            id="tie",
            text=tr("Tie the weights"),
            menu="module",
            icon="chain",
            separated=True,
            in_context=True,
            enabled=_has_several,
            perform=lambda w: w.structures.tie(),
        ),
        Action(
            id="untie",
            text=tr("Untie the weights"),
            menu="module",
            in_context=True,
            enabled=lambda w: w.structures.is_tied(),
            perform=lambda w: w.structures.untie(),
        ),
    )


def _choosing() -> tuple[Action, ...]:
    return (
        Action(
            id="choose",
            text=tr("Make a choice (Choose)"),
            menu="module",
            separated=True,
            in_context=True,
            enabled=_has_one,
            perform=lambda w: w.structures.choose(),
        ),
        Action(
            id="branch",
            text=tr("Make a branch (If)"),
            menu="module",
            enabled=_has_one,
            perform=lambda w: w.structures.branch(),
        ),
        Action(
            id="loop",
            text=tr("Make a loop (While)"),
            menu="module",
            enabled=_has_one,
            perform=lambda w: w.structures.loop(),
        ),
        Action(
            id="slot",
            text=tr("Make a slot"),
            menu="module",
            in_context=True,
            enabled=lambda w: _has_one(w) and not _is_slot(w),
            perform=lambda w: w.structures.make_slot(),
        ),
        Action(
            id="unwrap",
            text=tr("Unwrap the choice, branch, loop or slot"),
            menu="module",
            in_context=True,
            enabled=lambda w: _is_slot(w) or _is_control(w),
            perform=lambda w: w.structures.unwrap(),
        ),
    )


def _has_one(window: Window) -> bool:
    return window.structures.one() is not None


def _has_several(window: Window) -> bool:
    picked = window.structures.picked()
    return len(picked) > 1 and all(node.kind not in ("Input", "Output") for node in picked)


def _is_slot(window: Window) -> bool:
    node = window.structures.one()
    return node is not None and node.slot is not None


def _is_control(window: Window) -> bool:
    node = window.structures.one()
    return node is not None and node.kind in CONTROL
