"""Actions on runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.text import tr
from ui.run.settings import exact_told

from .action import Action

if TYPE_CHECKING:
    from ui.window import Window


def run_actions() -> tuple[Action, ...]:
    """The Run menu."""
    return (*_starting(), *_weights())


def _starting() -> tuple[Action, ...]:
    return (
        Action(
            id="forward",
            text=tr("Forward"),
            menu="run",
            icon="forward",
            shortcuts=("Ctrl+Return", "Ctrl+Enter"),
            enabled=_open,
            perform=lambda w: w.runs.runner.run(),
        ),
        Action(
            id="forward-backward",
            text=tr("Forward and backward"),
            menu="run",
            icon="forward-backward",
            shortcuts=("F5",),
            enabled=_open,
            perform=lambda w: w.runs.runner.run(backward=True),
        ),
        Action(
            id="stop",
            text=tr("Stop"),
            menu="run",
            icon="stop",
            shortcuts=("Ctrl+.",),
            enabled=lambda w: w.runs.runner.state == "running",
            perform=lambda w: w.runs.runner.stop(),
        ),
        Action(
            id="live",
            text=tr("Live"),
            menu="run",
            icon="live",
            enabled=_open,
            checked=lambda w: w.runs.runner.live,
            perform=lambda w: w.runs.runner.set_live(not w.runs.runner.live),
        ),
        Action(
            id="exact",
            text=tr("Exact convolutions"),
            tip=exact_told(),
            menu="run",
            enabled=_open,
            checked=lambda w: w.runs.runner.settings.exact,
            perform=_switch_exact,
        ),
    )


def _switch_exact(window: Window) -> None:
    runner = window.runs.runner
    runner.set_settings(replace(runner.settings, exact=not runner.settings.exact))


def _weights() -> tuple[Action, ...]:
    return (
        Action(
            id="reinitialise",
            text=tr("New weights"),
            menu="run",
            icon="reinit",
            enabled=_open,
            perform=lambda w: w.runs.runner.reinitialise(),
            separated=True,
        ),
        Action(
            id="load-weights",
            text=tr("Load weights…"),
            menu="run",
            icon="open",
            enabled=_open,
            perform=lambda w: w.runs.weights.ask_load(),
        ),
        Action(
            id="save-weights",
            text=tr("Save weights"),
            menu="run",
            icon="save",
            enabled=_open,
            perform=lambda w: w.runs.weights.save_beside(),
        ),
    )


def _open(window: Window) -> bool:
    return not window.at_start
