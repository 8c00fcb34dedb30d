"""Repeating a node: so many calls in a row, and back into single nodes."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from ..document import Document, Rename
from ..expression import Expression, ExpressionError, parse
from ..layers.layer import ArgumentError
from ..ports import ports, tied_to
from ..record import INDEX, Comment, Node, Wire, fresh_id
from ..structures import MAX_REPEATS
from ..text import tr
from ..value import names_of
from .basic import COLUMN, move, untied
from .error import EditError
from .naming import taken_names, unique_name
from .scope import names_read, put_in
from .tie import move_paths

MAX_UNFOLDED = 200
"""Single nodes that one repeated node is unfolded into; nobody reads more."""


def set_repeat(document: Document, node: str, count: int | Expression | None) -> None:
    """Repeats a node so many times in a row, or once for None, where its index stands for 0 from then on.

    Weights of the single node become those of the first call. Raises ArgumentError where the count is no
    whole number that can be laid out, EditError for a port.
    """
    old = untied(document, node)
    if old.kind in ("Input", "Output"):
        raise EditError(tr("{node} is a port, which cannot be repeated", node=old.name))
    given = None if count is None else _checked(count)
    with document.edit(tr("Repeat {node}", node=old.name)):
        if given is None:
            document.put(at_index(old, 0))
        else:
            document.put(replace(old, repeat=given))
        if old.repeat is None and given is not None:
            move_paths(document, Rename(old.module, (old.id,), (old.id, "0")))
        elif old.repeat is not None and given is None:
            move_paths(document, Rename(old.module, (old.id, "0"), (old.id,)))


def set_shared(document: Document, node: str, shared: bool) -> None:
    """Gives all calls of a repeated node the weights of the first, or each its own again.

    Raises EditError where the node is not repeated.
    """
    old = untied(document, node)
    if old.repeat is None:
        raise EditError(tr("{node} is not repeated", node=old.name))
    with document.edit(tr("Share the weights of {node}", node=old.name)):
        document.put(replace(old, shared=shared))


def unfold(document: Document, node: str) -> list[str]:
    """Makes a repeated node single ones, wired one after the other, and returns their ids.

    The index becomes the number of each. Calls that share their weights become nodes that are tied to the
    first. Raises EditError where the count is no plain number, or the nodes could not say the same.
    """
    old = document.node(node)
    count = _refuse_unfolding(document, old)
    with document.edit(tr("Unfold {node}", node=old.name)):
        made = [at_index(old, 0)]
        taken = taken_names(document, old.module, old.kind)
        for index in range(1, count):
            name = unique_name(taken, old.name)
            taken.add(name)
            at = (old.at[0] + COLUMN * index, old.at[1])
            made.append(replace(at_index(old, index), id=fresh_id(), name=name, at=at))
        if old.shared:
            made[1:] = [replace(one, arguments={}, initial={}, owner=old.id) for one in made[1:]]
        _make_way(document, old, COLUMN * (count - 1))
        for index in range(count - 1, -1, -1):
            document.put(made[index])
            if not old.shared or index == 0:
                move_paths(document, Rename(old.module, (old.id, str(index)), (made[index].id,)))
        _wire_in_a_row(document, made)
    return [one.id for one in made]


def at_index(node: Node, index: int) -> Node:
    """A single node that is the call of that number; EditError where an argument cannot say it."""
    single = replace(node, repeat=None, shared=False)
    return put_in(single, {INDEX: index}, {INDEX: index})


def _checked(count: Any) -> int | Expression:
    if isinstance(count, Expression):
        try:
            found = parse(count.source)
        except ExpressionError as error:
            raise ArgumentError("repeat", error.message) from error
        if INDEX in names_of(found):
            raise ArgumentError("repeat", tr("the count cannot read the number of the repetition"))
        return found
    if type(count) is not int or count < 0:
        raise ArgumentError(
            "repeat", tr("expected a whole number of repetitions, got {count}", count=repr(count))
        )
    if count > MAX_REPEATS:
        raise ArgumentError(
            "repeat",
            tr("{count} repetitions are more than the {most} that are laid out",
               count=f"{count:,}", most=f"{MAX_REPEATS:,}"),
        )  # fmt: skip
    return count


def _refuse_unfolding(document: Document, node: Node) -> int:
    """The count; EditError where single nodes could not say the same."""
    if node.owner:
        raise EditError(tr("{node} is tied to another node; untie it first", node=node.name))
    tied = tied_to(document, node)
    if tied:
        raise EditError(tr("{other} is tied to {node}; untie it first", other=tied[0].name, node=node.name))
    if node.repeat is None:
        raise EditError(tr("{node} is not repeated", node=node.name))
    if type(node.repeat) is not int or not 1 <= node.repeat <= MAX_UNFOLDED:
        shown = node.repeat.source if isinstance(node.repeat, Expression) else node.repeat
        raise EditError(
            tr("a number from 1 to {most} of repetitions can be unfolded, got {count}",
               most=MAX_UNFOLDED, count=shown)
        )  # fmt: skip
    inside = names_read(replace(node, repeat=None))
    if node.shared and INDEX in inside:
        raise EditError(
            tr("{node} shares its weights and reads the number of the repetition, which tied nodes cannot",
               node=node.name)
        )  # fmt: skip
    own = ports(document, node)
    if len(own.outputs) > len(own.inputs):
        raise EditError(tr("{node} gives more values than it takes", node=node.name))
    return node.repeat


def _make_way(document: Document, node: Node, room: float) -> None:
    """Moves what stands to the right of the node further right."""
    places: Mapping[str, tuple[float, float]] = {
        record.id: (record.at[0] + room, record.at[1])
        for record in document.members(node.module)
        if isinstance(record, Node | Comment) and record.at[0] > node.at[0]
    }
    if room:
        move(document, places)


def _wire_in_a_row(document: Document, nodes: list[Node]) -> None:
    """Leads each node's outputs to the first inputs of the next; further inputs are those of the first."""
    first, last = nodes[0], nodes[-1]
    own = ports(document, first)
    wires = document.wires(first.module)
    for wire in wires:
        if wire.source == first.id:
            document.put(replace(wire, source=last.id))
    for before, node in pairwise(nodes):
        for output, into in zip(own.outputs, own.inputs, strict=False):
            document.put(_wire(first.module, before.id, output, node.id, into))
        for wire in wires:
            if wire.target == first.id and wire.target_port in own.inputs[len(own.outputs) :]:
                document.put(_wire(first.module, wire.source, wire.source_port, node.id, wire.target_port))


def _wire(module: str, source: str, source_port: str, target: str, target_port: str) -> Wire:
    return Wire(
        id=fresh_id(), module=module, source=source, source_port=source_port, target=target,
        target_port=target_port,
    )  # fmt: skip
