"""Where new nodes stand: a column behind their source, with what stood there moved to the right."""

from ..document import Document
from ..record import Comment, Node
from .basic import COLUMN, Point, move

ROW = 100.0
"""Canvas units from the top of one node to that of the next below it, so that they do not touch."""


def between(start: Node, end: Node) -> Point:
    """A place for a node between two others, at least a column behind the first."""
    room = end.at[0] - start.at[0]
    if room <= 0:
        return behind(start)
    return (start.at[0] + max(COLUMN, room / 2), (start.at[1] + end.at[1]) / 2)


def behind(start: Node) -> Point:
    """The place one column to the right."""
    return (start.at[0] + COLUMN, start.at[1])


def clear_of(start: Node, at: Point) -> Point:
    """The place itself, or the one behind `start` in its row where the two would touch."""
    return (start.at[0] + COLUMN, at[1]) if _touch(start.at, at) else at


def free_place(document: Document, node: str) -> Point:
    """The first place from where the node is downwards that touches no other."""
    new = document.node(node)
    at = new.at
    taken = [other.at for other in document.nodes(new.module) if other.id != node]
    while any(_touch(other, at) for other in taken):
        at = (at[0], at[1] + ROW)
    return at


def make_room(document: Document, node: str) -> None:
    """Moves what touches a new node, and everything to the right of that, until the node stands free.

    All rows move alike, so nothing that stood apart comes to touch.
    """
    new = document.node(node)
    touching = [
        other.at[0] for other in document.nodes(new.module) if other.id != node and _touch(other.at, new.at)
    ]
    if not touching:
        return
    start = min(touching)
    gap = new.at[0] + COLUMN - start
    move(
        document,
        {
            record.id: (record.at[0] + gap, record.at[1])
            for record in document.members(new.module)
            if isinstance(record, Node | Comment) and record.id != node and record.at[0] >= start
        },
    )


def _touch(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < COLUMN and abs(a[1] - b[1]) < ROW
