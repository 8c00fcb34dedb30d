"""What a node's card shows of its structure: repetition, ties, a slot, what a choice came to. No Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.document import Document
from core.expression import Expression
from core.ports import as_owner, slot_default
from core.record import Module, Node, Tie, is_locked
from core.summary import kind_name
from core.use import Use


@dataclass(frozen=True)
class Marks:
    """The marks of a node; most have none."""

    repeat: str = ""
    """How many calls in a row it stands for, as written: `4`, `depth`."""

    is_computed: bool = False
    """Whether that is an expression, so that its value stands beside it."""

    is_tied: bool = False
    is_locked: bool = False
    """Whether the module is of the library that ships."""
    is_slot: bool = False
    lead: str = ""
    """What the first line begins with where a call decides how it goes on: `Choose`, `block`."""

    longest: str = ""
    """The longest of what it may come to, for which the card keeps room."""


PLAIN = Marks()


@dataclass(frozen=True)
class Face:
    """What a call adds to a node's card."""

    count: str = ""
    """The number of parameters."""

    repeats: str = ""
    """The value of a computed number of repetitions."""

    came_to: str = ""
    """What a slot or a choice came to; empty where that is not decided."""

    is_empty: bool = False
    """Whether it is a slot that nothing was put into."""


BLANK = Face()


def marks_of(document: Document, node: Node, *, tied: bool = False) -> Marks:
    """The marks of a node."""
    made = as_owner(document, node)
    repeat = made.repeat
    lead, may_be = "", list[str]()
    if made.slot is not None:
        default = slot_default(document, made.module, made.kind)
        lead, may_be = made.slot, [use_name(document, default)]
    elif made.kind == "Choose":
        uses = (made.arguments.get(name) for name in ("then", "otherwise"))
        lead, may_be = made.kind, [use_name(document, use) for use in uses]
    locked = _is_locked(document, made)
    if repeat is None and not tied and not lead and not locked:
        return PLAIN
    return Marks(
        repeat="" if repeat is None else repeat.source if isinstance(repeat, Expression) else str(repeat),
        is_computed=isinstance(repeat, Expression),
        is_tied=tied,
        is_locked=locked,
        is_slot=made.slot is not None,
        lead=lead,
        longest=max(may_be, key=len, default=""),
    )


def _is_locked(document: Document, node: Node) -> bool:
    module = document.get(node.definition or "")
    return isinstance(module, Module) and is_locked(module)


def use_name(document: Document, use: object) -> str:
    """What the user calls a module as a value; Identity where none is set."""
    if not isinstance(use, Use):
        return "Identity"
    return kind_name(document, use.kind)


def partners(document: Document, module: str) -> Mapping[str, frozenset[str]]:
    """The nodes of a module that have weights in common, each with its partners."""
    groups: dict[str, set[str]] = {}
    for node in document.nodes(module):
        if node.owner and as_owner(document, node) is not node:
            _join(groups, (_first_owner(document, node), node.id))
    for record in document.members(module):
        if isinstance(record, Tie) and record.owner and record.path:
            _join(groups, (record.owner[0], record.path[0]))
    return {key: frozenset(group - {key}) for key, group in groups.items() if len(group) > 1}


def _first_owner(document: Document, node: Node) -> str:
    seen = {node.id}
    while node.owner and node.owner not in seen:
        seen.add(node.owner)
        owner = document.get(node.owner)
        if not isinstance(owner, Node):
            break
        node = owner
    return node.id


def _join(groups: dict[str, set[str]], keys: Iterable[str]) -> None:
    whole = set().union(*(groups.get(key, {key}) for key in keys))
    for key in whole:
        groups[key] = whole
