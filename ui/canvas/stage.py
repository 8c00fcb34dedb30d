"""What the tools act on: the document and its drawing, and the feedback that they show meanwhile. No Qt."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from core.document import Document
from core.problem import Problem
from ui.session import Session

from .code_badges import CodeBadge, code_badge_at
from .geometry import Geometry
from .hit import Hit, PortHit, hit
from .view import Box, Point, View

PORT_REACH_PX = 9.0
PORT_REACH = 20.0
"""In scene units: seen from far, where a card is smaller than a finger, most of it is still to be dragged."""

WIRE_REACH_PX = 6.0
DRAG_THRESHOLD_PX = 4.0

Button = Literal["left", "middle", "right", "none"]


@dataclass(frozen=True)
class Pointer:
    """Where the mouse is and what is held down."""

    pixel: Point
    at: Point
    button: Button = "left"
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    space: bool = False

    def is_away_from(self, other: "Pointer") -> bool:
        """Whether the mouse went so far from there that it is a drag."""
        dx, dy = self.pixel[0] - other.pixel[0], self.pixel[1] - other.pixel[1]
        return dx * dx + dy * dy >= DRAG_THRESHOLD_PX**2


@dataclass(frozen=True)
class Key:
    """A key by name (`Delete`, `Left`, `F2`, `J`) and what is held down with it."""

    name: str
    shift: bool = False
    ctrl: bool = False
    alt: bool = False


@dataclass(frozen=True)
class SearchRequest:
    """A search that the window is asked to open at a point; what is picked is connected to `port`."""

    at: Point
    pixel: Point
    port: PortHit | None = None
    here: bool = False
    """Whether the user pointed at the place, so that it goes there and not behind what is picked."""


Foretold = Mapping[str, str | Problem]
"""What wires would carry: wire id -> shape, or the problem that there would be."""


@dataclass
class Feedback:
    """What a tool shows while it is at work; drawn over everything, and never in the document."""

    band: Box | None = None
    guides: tuple[tuple[Point, Point], ...] = ()
    draft: tuple[Point, Point] | None = None
    """A wire being dragged, from its output's end to its input's end."""

    port: PortHit | None = None
    """The port under the mouse, or the one that the dragged wire would go to."""

    wire: str | None = None
    """The wire that would take what is held over it."""

    loop: tuple[str, ...] = ()
    refusal: str = ""
    refused_at: Point = (0.0, 0.0)
    foretold: Foretold = field(default_factory=dict)
    ghost: tuple[Box, str] | None = None


class Host(Protocol):
    """What tools ask of the widget around them."""

    def pan(self, dx: float, dy: float) -> None: ...
    def look(self, view: View) -> None: ...
    def hold(self, ids: Collection[str]) -> None: ...
    def let_go(self) -> None: ...
    def search(self, request: SearchRequest) -> None: ...
    def enter(self, node: str) -> None: ...
    def leave(self) -> None: ...
    def show_calls(self, node: str | None, *, clicked: bool = False) -> None: ...
    def show_code(self, node: str) -> None: ...
    def rename(self, key: str) -> None: ...
    def say(self, text: str) -> None: ...


def _no_loop(module: str, source: str, target: str) -> tuple[str, ...]:
    return ()


def _as_it_is(document: Document, kind: str) -> str:
    return kind


def _nothing_hangs(nodes: Iterable[str]) -> Iterable[Box]:
    return ()


def _nothing_foretold(wire: str, kind: str) -> Foretold:
    return {}


def _enters_nothing(node: str) -> bool:
    return False


@dataclass
class Stage:
    """The open module with everything that a tool may read or ask for."""

    document: Document
    session: Session
    geometry: Geometry
    host: Host
    view: View = field(default_factory=View)
    size: tuple[float, float] = (800.0, 600.0)
    feedback: Feedback = field(default_factory=Feedback)
    find_loop: Callable[[str, str, str], tuple[str, ...]] = _no_loop
    foretell: Callable[[str, str], Foretold] = _nothing_foretold
    can_enter: Callable[[str], bool] = _enters_nothing
    """Whether there is a module inside a node."""

    bring: Callable[[Document, str], str] = _as_it_is
    """Brings what a palette's kind needs from a library into a document; returns the kind of its nodes."""

    hanging: Callable[[Iterable[str]], Iterable[Box]] = _nothing_hangs
    """Where what a run left hangs under nodes."""

    code_badges: Mapping[str, CodeBadge] = field(default_factory=dict)
    """The nodes that the visible code has no word for."""

    def under(self, pointer: Pointer) -> Hit:
        """What is under the mouse."""
        scale = self.view.scale
        port_reach = min(PORT_REACH_PX / scale, PORT_REACH)
        return hit(self.geometry, pointer.at, port_reach, WIRE_REACH_PX / scale)

    def code_badge_under(self, pointer: Pointer) -> str | None:
        """The node whose badge about its code is under the mouse."""
        return code_badge_at(self.geometry, self.code_badges, pointer.at, self.view.scale)

    def visible(self) -> Box:
        """The part of the scene that is seen."""
        return self.view.box(*self.size)

    def show(self, feedback: Feedback | None = None) -> None:
        """Shows this feedback instead of what was shown."""
        self.feedback = feedback or Feedback()

    def selected(self, ids: Iterable[str] | None = None) -> list[str]:
        """The picked nodes and comments that are still there."""
        chosen = self.session.selection if ids is None else ids
        return [key for key in chosen if key in self.geometry and key not in self.geometry.wires]
