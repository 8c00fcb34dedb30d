"""What can be done: one value that menu, shortcut and command palette read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.window import Window


def _always(window: Window) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Action:
    """`perform` does it to the window, and `enabled` says whether that would have a use now."""

    id: str
    text: str
    menu: str
    perform: Callable[[Window], object]
    enabled: Callable[[Window], bool] = _always
    checked: Callable[[Window], bool] | None = None
    """Whether it is on; None where it cannot be."""

    label: Callable[[Window], str] | None = None
    """The text as it is now, where it changes."""

    tip: str = ""
    """What it is, where the text alone does not say so."""

    icon: str = ""
    shortcuts: tuple[str, ...] = ()
    """Keys that work wherever the keyboard is."""

    keys: tuple[str, ...] = ()
    """Keys that work while the canvas has the keyboard; elsewhere they are typed."""

    separated: bool = False
    """Whether a line stands above it in the menu."""

    in_context: bool = False
    """Whether the canvas's context menu has it."""

    @property
    def all_keys(self) -> tuple[str, ...]:
        """The keys as they are shown."""
        return (*self.shortcuts, *self.keys)
