"""Folding a pattern of several nodes that comes again and again into one repeated module."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from ..document import Document, Rename
from ..expression import Value
from ..ports import ports, tied_to
from ..record import Node
from ..schedule import typed
from ..text import tr
from ..value import names_of
from .error import EditError
from .group import group
from .initial import refuse_other_first_values
from .promote import promote_argument
from .repeat import set_repeat
from .tie import move_paths

Common = Callable[[Document, Sequence[Node]], dict[str, Value]]
"""The arguments of like nodes as the number of the repetition says them; EditError where it cannot."""


def period_of(chain: Sequence[Node]) -> int:
    """After how many nodes the kinds of a chain come again, whole times and at least twice; 0 for never."""
    kinds = [node.kind for node in chain]
    for period in range(2, len(kinds) // 2 + 1):
        if len(kinds) % period == 0 and kinds == kinds[:period] * (len(kinds) // period):
            return period
    return 0


def fold_pattern(document: Document, chain: Sequence[Node], period: int, common: Common) -> str:
    """Groups the first run of a pattern into a module, repeats it, and makes the other runs its calls.

    What differs from run to run becomes an argument of the module. Returns the id of the repeated node;
    raises EditError where the runs differ otherwise.
    """
    runs = [chain[start : start + period] for start in range(0, len(chain), period)]
    _refuse_wiring(document, chain, period)
    columns = [[run[place] for run in runs] for place in range(period)]
    for first, *others in columns:
        for node in others:
            refuse_other_first_values(first, node)
    said = [_differing(document, column, common) for column in columns]
    last = chain[-1]
    with document.edit(tr("Fold {count} nodes", count=len(chain))):
        leaving = [wire for wire in document.wires(last.module) if wire.source == last.id]
        instance = group(document, [node.id for node in runs[0]], "Block")
        for column, values in zip(columns, said, strict=True):
            for key, value in values.items():
                name = promote_argument(document, column[0].id, key)
                node = document.node(instance)
                document.put(replace(node, arguments={**node.arguments, name: value}))
        set_repeat(document, instance, len(runs))
        for index, run in enumerate(runs[1:], 1):
            for node, first in zip(run, runs[0], strict=True):
                move_paths(document, Rename(last.module, (node.id,), (instance, str(index), first.id)))
        _take_out(document, [node for run in runs[1:] for node in run])
        (output,) = ports(document, document.node(instance)).outputs
        for wire in leaving:
            document.put(replace(wire, source=instance, source_port=output))
    return instance


def _take_out(document: Document, nodes: Sequence[Node]) -> None:
    gone = {node.id for node in nodes}
    for wire in document.wires(nodes[0].module):
        if wire.source in gone or wire.target in gone:
            document.remove(wire.id)
    for key in gone:
        document.remove(key)


def _differing(document: Document, column: Sequence[Node], common: Common) -> dict[str, Value]:
    """The arguments that are not the same in each run, as the number of the repetition says them."""
    found: dict[str, Value] = {}
    for key, value in common(document, column).items():
        values: list[Any] = [node.arguments.get(key) for node in column]
        if all(typed(one) == typed(values[0]) for one in values):
            continue
        for node, one in zip(column, values, strict=True):
            read = sorted(names_of(one))
            if read:
                raise EditError(
                    tr("{name} of {node} reads {read} and differs from run to run; make it a number",
                       name=key, node=node.name, read=read[0])
                )  # fmt: skip
        if names_of(value):
            found[key] = value
    return found


def _refuse_wiring(document: Document, chain: Sequence[Node], period: int) -> None:
    """EditError where the nodes are not wired one after the other and nowhere else."""
    wires = document.wires(chain[0].module)
    for node in chain:
        if node.repeat is not None:
            raise EditError(tr("{node} is repeated already; unfold it or group it first", node=node.name))
        if node.owner or tied_to(document, node):
            raise EditError(tr("{node} is tied; untie it first", node=node.name))
    links = []
    for before, node in pairwise(chain):
        between = [wire for wire in wires if wire.source == before.id or wire.target == node.id]
        if len(between) != 1 or between[0].target != node.id or between[0].source != before.id:
            raise EditError(tr("{node} is not wired to {before} alone", node=node.name, before=before.name))
        links.append((between[0].source_port, between[0].target_port))
    entries = [wire for wire in wires if wire.target == chain[0].id]
    if len(entries) > 1 or len(ports(document, chain[-1]).outputs) != 1:
        raise EditError(
            tr(
                "a run that is repeated takes one value and gives one, and {node} does not",
                node=chain[0].name,
            )
        )
    entry = (entries[0].target_port if entries else "", links[period - 1][1])
    same = all(link[:2] == links[place % period] for place, link in enumerate(links))
    if not same or (entry[0] and entry[0] != entry[1]):
        raise EditError(tr("the runs are not wired in the same way"))
