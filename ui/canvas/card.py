"""A node as a card: its texts, its size and the places of its ports; independent of where it stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

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


@dataclass(frozen=True)
class Port:
    """A port's name, its distance from the card's top, and whether its name is written beside it."""

    name: str
    y: float
    named: bool


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

    @cached_property
    def _hash(self) -> int:
        return hash(
            (self.title, self.lines, self.category, self.width, self.height, self.inputs, self.outputs)
        )

    def __hash__(self) -> int:
        # Asked at every node of every frame, as cards are keys of the pixmap cache.
        return self._hash

    def input(self, name: str) -> Port | None:
        """The input port of that name."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        """The output port of that name."""
        return next((port for port in self.outputs if port.name == name), None)


def lay_out(
    title: str,
    lines: tuple[str, ...],
    category: str,
    ports: tuple[Sequence[str], Sequence[str]],
    measure: Measure,
    *,
    users: int | None = None,
    counted: bool = True,
    anonymous: bool = False,
) -> Card:
    """A card for these texts and ports; `anonymous` ports (x1, x2, …) need no names beside them."""
    inputs, outputs = ports
    named = not anonymous and max(len(inputs), len(outputs)) > 1
    width = _width(title, lines, ports if named else ((), ()), measure, counted)
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
        inputs=tuple(Port(name, y, named) for name, y in zip(inputs, left, strict=True)),
        outputs=tuple(Port(name, y, named) for name, y in zip(outputs, right, strict=True)),
        users=users,
    )


def _width(
    title: str,
    lines: tuple[str, ...],
    rows: tuple[Sequence[str], Sequence[str]],
    measure: Measure,
    counted: bool,
) -> float:
    widths = [measure(title, "title") + (COUNT_ROOM if counted else 0.0)]
    widths += [min(measure(line, "line"), LONGEST_LINE) for line in lines]
    sides = [max((measure(name, "port") for name in names), default=0.0) for names in rows]
    widths.append(sum(sides) + 16.0)
    width = min(WIDEST, max(NARROWEST, LEFT + max(widths) + RIGHT))
    return -(-width // _STEP) * _STEP
