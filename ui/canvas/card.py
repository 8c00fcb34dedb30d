"""A node as a card: its texts, its size and the places of its ports; independent of where it stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from .marks import PLAIN, Marks
from .view import Box

Role = Literal["title", "line", "port"]
"""Which type a text of a card is set in."""

Measure = Callable[[str, Role], float]
"""The width of a text in scene units."""

BAR = 4.0
"""Width of the category's bar at the left edge."""

LEFT = 14.0
RIGHT = 12.0
TOP = 8.0
TITLE_HEIGHT = 17.0
LINE_HEIGHT = 14.0
BOTTOM = 8.0
COUNT_ROOM = 50.0
"""Kept free beside the name for the parameter count, so that a new count does not move ports."""

ROW = 18.0
"""Height of a port's row."""

FIRST_PORT = 24.0
"""Where the first port is whatever the node's height: nodes whose tops line up have straight wires."""

NARROWEST = 88.0
WIDEST = 232.0
LONGEST_LINE = 144.0
"""Arguments that take more room are cut; the tooltip has them in full."""
_STEP = 8.0

ARROW = " → "
CHAIN = 15.0
"""Width of the mark of tied weights, with the room beside it."""

LOCK = 15.0
"""Width of the mark of a module that is edited as a copy only, with the room beside it."""

DEFAULT_GAP = 7.0
"""Between a port's name and what it is where nothing is wired."""

VALUE_ROOM = 26.0
"""Kept free beside a computed number of repetitions for its value, which a call decides."""

BADGE_HEIGHT = 14.0
BADGE_PADDING = 5.0
STACK = 4.5
"""How far each of the two cards behind a repeated node's stands out at the bottom."""


@dataclass(frozen=True)
class Port:
    """A port's name, its distance from the card's top, and whether its name is written beside it."""

    name: str
    y: float
    named: bool
    place: int = 0
    """Its number among all ports of its side; hidden ones count."""

    default: str = ""
    """What it is where nothing is wired, and nothing is; written beside the name."""


@dataclass(frozen=True)
class Card:
    """Everything about a node's picture that its record decides; equal cards share their pixels."""

    title: str
    lines: tuple[str, ...]
    category: str
    width: float
    height: float
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    users: int | None = None
    """How many instances the module has; None for a layer."""

    marks: Marks = PLAIN
    badge: Box | None = None
    """Where `×N` stands, from the card's corner; None for a node that is not repeated."""

    @cached_property
    def _hash(self) -> int:
        return hash((
            self.title, self.lines, self.category, self.width, self.height, self.inputs, self.outputs,
            self.marks,
        ))  # fmt: skip

    def __hash__(self) -> int:
        # Asked at every node of every frame, as cards are keys of the pixmap cache.
        return self._hash

    def input(self, name: str) -> Port | None:
        """The input port of that name."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        """The output port of that name."""
        return next((port for port in self.outputs if port.name == name), None)


@dataclass(frozen=True)
class Sides:
    """The ports that are drawn on the two edges of a card."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    every: tuple[Sequence[str], Sequence[str]] | None = None
    """The inputs and outputs with those that are hidden; None where none is."""

    defaults: Mapping[str, str] = field(default_factory=dict)
    """What unwired inputs are."""

    named: bool = False
    """Whether the names are written even where a side has one port."""


NO_PORTS = Sides((), ())


def lay_out(
    title: str,
    lines: tuple[str, ...],
    category: str,
    sides: Sides,
    measure: Measure,
    *,
    users: int | None = None,
    counted: bool = True,
    anonymous: bool = False,
    marks: Marks = PLAIN,
) -> Card:
    """A card for these texts and ports; `anonymous` ports (x1, x2, …) need no names beside them."""
    inputs, outputs = sides.inputs, sides.outputs
    every = sides.every or (inputs, outputs)
    named = sides.named or (not anonymous and max(len(inputs), len(outputs)) > 1)
    pill = measure(f"×{marks.repeat}", "line") + 2 * BADGE_PADDING if marks.repeat else 0.0
    beside = (pill + (VALUE_ROOM if marks.is_computed else 4.0)) if pill else 0.0
    beside += (CHAIN if marks.is_tied else 0.0) + (LOCK if marks.is_locked else 0.0)
    first = marks.lead + ARROW + marks.longest if marks.lead else lines[0] if lines else ""
    said = (first, *lines[1:])
    width = _width(title, said, sides if named else NO_PORTS, measure, counted, beside)
    header = TOP + TITLE_HEIGHT + LINE_HEIGHT * len(lines)
    rows = max(len(inputs), len(outputs))
    if named:
        height = header + 4 + rows * ROW + BOTTOM / 2
        left = [header + 4 + (i + 0.5) * ROW for i in range(len(inputs))]
        right = [header + 4 + (i + 0.5) * ROW for i in range(len(outputs))]
    else:
        height = max(header + BOTTOM, FIRST_PORT + (rows - 0.5) * ROW)
        left, right = ([FIRST_PORT + i * ROW for i in range(count)] for count in (len(inputs), len(outputs)))
    return Card(
        title=title,
        lines=lines,
        category=category,
        width=width,
        height=height,
        inputs=_ports(inputs, left, named, every[0], sides.defaults),
        outputs=_ports(outputs, right, named, every[1]),
        users=users,
        marks=marks,
        badge=_badge(width, pill, marks) if pill else None,
    )


def _ports(
    names: Sequence[str],
    ys: Sequence[float],
    named: bool,
    every: Sequence[str],
    defaults: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Port, ...]:
    return tuple(
        Port(name, y, named, every.index(name), defaults.get(name, ""))
        for name, y in zip(names, ys, strict=True)
    )


def _badge(width: float, pill: float, marks: Marks) -> Box:
    right = width - RIGHT + 2 - (VALUE_ROOM if marks.is_computed else 0.0)
    top = TOP + TITLE_HEIGHT - 0.5
    return right - pill, top, right, top + BADGE_HEIGHT


def _default_room(ports: Sides, name: str, measure: Measure) -> float:
    default = ports.defaults.get(name, "")
    return DEFAULT_GAP + measure(default, "line") if default else 0.0


def _width(
    title: str,
    lines: tuple[str, ...],
    ports: Sides,
    measure: Measure,
    counted: bool,
    beside: float,
) -> float:
    """Wide enough for all of it; `beside` is the room of the marks at the end of the first line."""
    widths = [measure(title, "title") + (COUNT_ROOM if counted else 0.0)]
    widths += [
        min(measure(line, "line"), LONGEST_LINE) + (beside if index == 0 else 0.0)
        for index, line in enumerate(lines)
    ]
    told = [measure(name, "port") + _default_room(ports, name, measure) for name in ports.inputs]
    widths.append(
        max(told, default=0.0) + max((measure(n, "port") for n in ports.outputs), default=0.0) + 16.0
    )
    width = min(WIDEST, max(NARROWEST, LEFT + max(widths) + RIGHT))
    return -(-width // _STEP) * _STEP
