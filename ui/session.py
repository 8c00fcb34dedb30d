"""What the user has picked and is looking at; no part of the design, and never undone."""

from collections.abc import Callable, Iterable
from typing import Literal

from core.problem import Path
from core.record import ROOT

Aspect = Literal["selection", "open", "hover", "focus"]
"""What of the session changed."""

SessionListener = Callable[[Aspect], None]


class Session:
    """The selection, the open module and its call path, and what is under the mouse or has the focus."""

    def __init__(self) -> None:
        self._selection: frozenset[str] = frozenset()
        self._module = ROOT
        self._path: Path | None = ()
        self._hover: str | None = None
        self._focus: str | None = None
        self._listeners: list[SessionListener] = []

    @property
    def selection(self) -> frozenset[str]:
        """The ids of the picked nodes, wires and comments of the open module."""
        return self._selection

    @property
    def module(self) -> str:
        """The id of the open module."""
        return self._module

    @property
    def path(self) -> Path | None:
        """The call that is open: node ids and keys of parts, () for the root; None for a definition."""
        return self._path

    @property
    def hover(self) -> str | None:
        """The id of what is under the mouse."""
        return self._hover

    @property
    def focus(self) -> str | None:
        """The node that the keyboard acts on: the one last picked or walked to."""
        return self._focus

    def subscribe(self, listener: SessionListener) -> Callable[[], None]:
        """Calls `listener` with what changed from now on; returns the way to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def select(self, ids: Iterable[str], focus: str | None = None) -> None:
        """Makes these the selection; `focus`, or the only one of them, gets the keyboard."""
        chosen = frozenset(ids)
        self._focus_on(focus or (next(iter(chosen)) if len(chosen) == 1 else None))
        if chosen != self._selection:
            self._selection = chosen
            self._tell("selection")

    def add(self, ids: Iterable[str], focus: str | None = None) -> None:
        """Adds these to the selection."""
        self.select(self._selection | frozenset(ids), focus or self._focus)

    def toggle(self, ids: Iterable[str]) -> None:
        """Picks those of these that were not picked and drops those that were."""
        self.select(self._selection ^ frozenset(ids))

    def forget(self, ids: Iterable[str]) -> None:
        """Drops what no longer exists."""
        gone = frozenset(ids)
        if self._hover in gone:
            self.point_at(None)
        if self._focus in gone:
            self._focus_on(None)
        if gone & self._selection:
            self._selection -= gone
            self._tell("selection")

    def open(self, module: str, path: Path | None) -> None:
        """Opens a module at one of its calls, or as a bare definition where `path` is None."""
        if (module, path) == (self._module, self._path):
            return
        same = module == self._module
        self._module, self._path = module, path
        if not same:
            self.point_at(None)
            self.select(())
        self._tell("open")

    def point_at(self, hover: str | None) -> None:
        """Notes what is under the mouse."""
        if hover != self._hover:
            self._hover = hover
            self._tell("hover")

    def _focus_on(self, focus: str | None) -> None:
        if focus != self._focus:
            self._focus = focus
            self._tell("focus")

    def _tell(self, aspect: Aspect) -> None:
        for listener in tuple(self._listeners):
            listener(aspect)
