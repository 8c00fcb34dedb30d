"""Folding a chain of like nodes into one that is repeated, its arguments said by the repetition's number."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

from msgspec.structs import replace

from ..document import Document, Rename
from ..expression import Expression, Value, parse
from ..layers import LAYERS
from ..ports import as_owner, ports, tied_to
from ..record import INDEX, Module, Node, Wire
from ..schedule import typed
from ..text import tr
from ..use import Use
from .arguments import declared, value_of
from .basic import kind_name
from .error import EditError
from .fold_pattern import fold_pattern, period_of
from .initial import refuse_other_first_values
from .tie import drop_ties, move_paths


def fold_into_repeat(document: Document, ids: Iterable[str]) -> str:
    """Makes one repeated node of nodes that are wired one after the other, and returns its id.

    They are of one kind, and alike in their arguments but for those that the number i of the repetition can
    say: `2 if i == 0 else 1`, `64 + 32 * i`, `64 * 2**i`. Where several kinds come again and again, each run
    of them becomes a call of a new module. Weights go along. Raises EditError where they form no chain, or
    differ, naming the difference.
    """
    nodes = [record for key in dict.fromkeys(ids) if isinstance(record := document.get(key), Node)]
    if len(nodes) < 2:
        raise EditError(tr("choose two nodes or more that are wired one after the other to fold them"))
    chain = in_a_row(document, nodes)
    period = period_of(chain) if len({node.kind for node in chain}) > 1 else 0
    if period:
        return fold_pattern(document, chain, period, _common_arguments)
    shared = _refuse_unlike(document, chain)
    arguments = _common_arguments(document, chain)
    first, last = chain[0], chain[-1]
    with document.edit(tr("Fold {count} nodes", count=len(chain))):
        for index, node in enumerate(chain):
            if not shared or index == 0:
                move_paths(document, Rename(first.module, (node.id,), (first.id, str(index))))
        for wire in document.wires(first.module):
            if wire.source == last.id:
                document.put(replace(wire, source=first.id))
            elif wire.target in {node.id for node in chain[1:]}:
                document.remove(wire.id)
        for node in chain[1:]:
            document.remove(node.id)
        drop_ties(document, [node.id for node in chain[1:]])
        document.put(replace(first, arguments=arguments, repeat=len(chain), shared=shared))
    return first.id


def in_a_row(document: Document, nodes: Sequence[Node]) -> list[Node]:
    """The nodes in the order in which they are wired; EditError where they form no chain."""
    chosen = {node.id: node for node in nodes}
    if len({node.module for node in nodes}) > 1:
        raise EditError(tr("the nodes stand in different modules"))
    after: dict[str, set[str]] = {node.id: set() for node in nodes}
    before: dict[str, set[str]] = {node.id: set() for node in nodes}
    for wire in document.wires(nodes[0].module):
        if wire.source in chosen and wire.target in chosen:
            after[wire.source].add(wire.target)
            before[wire.target].add(wire.source)
    starts = [key for key in chosen if not before[key]]
    if len(starts) != 1:
        names = ", ".join(chosen[key].name for key in starts)
        raise EditError(
            tr("the nodes form no chain: {names} each begin one", names=names)
            if starts
            else tr("the nodes form no chain")
        )
    order = [starts[0]]
    while len(after[order[-1]]) == 1 and len(order) < len(nodes):
        order.append(next(iter(after[order[-1]])))
    if len(order) < len(nodes) or after[order[-1]]:
        name = chosen[order[-1]].name
        raise EditError(tr("the nodes form no chain: behind {name} it is not one node", name=name))
    return [chosen[key] for key in order]


def _refuse_unlike(document: Document, chain: Sequence[Node]) -> bool:
    """EditError where the nodes cannot be calls of one; whether they share their weights."""
    first = chain[0]
    shared = all(node.owner == first.id for node in chain[1:])
    for node in chain:
        if node.kind in ("Input", "Output"):
            raise EditError(tr("{node} is a port, which cannot be repeated", node=node.name))
        if node.repeat is not None:
            raise EditError(tr("{node} is repeated already; unfold it or group it first", node=node.name))
        if node.kind != first.kind:
            raise EditError(
                tr("{first} is a {kind} and {node} a {other}",
                   first=first.name, kind=kind_name(document, first.kind),
                   node=node.name, other=kind_name(document, node.kind))
            )  # fmt: skip
        refuse_other_first_values(first, as_owner(document, node))
        inside = {other.id for other in chain} if shared else set()
        if (node.owner and not (shared and node is not first)) or any(
            other.id not in inside for other in tied_to(document, node)
        ):
            raise EditError(tr("{node} is tied to a node that is not folded; untie it first", node=node.name))
    _refuse_wiring(document, chain)
    return shared


def _refuse_wiring(document: Document, chain: Sequence[Node]) -> None:
    """EditError where the wires are not those of calls in a row."""
    first = chain[0]
    own = ports(document, as_owner(document, first))
    layer = LAYERS.get(first.kind)
    if (layer is not None and layer.variadic) or len(own.outputs) > len(own.inputs) or not own.outputs:
        raise EditError(tr("{node} cannot be given what it gives, so it cannot be repeated", node=first.name))
    wires = document.wires(first.module)
    sources = {(w.target, w.target_port): (w.source, w.source_port) for w in wires}
    for before, node in pairwise(chain):
        for place, port in enumerate(own.inputs):
            inner = place < len(own.outputs)
            wanted = (before.id, own.outputs[place]) if inner else sources.get((first.id, port))
            if sources.get((node.id, port)) != wanted:
                raise EditError(
                    tr("{port} of {node} is not wired to {before}",
                       port=port, node=node.name, before=before.name)
                    if inner
                    else tr("{port} of {node} is not wired as that of {first}",
                            port=port, node=node.name, first=first.name)
                )  # fmt: skip
        _refuse_taps(document, wires, before, node)


def _refuse_taps(document: Document, wires: Sequence[Wire], before: Node, node: Node) -> None:
    for wire in wires:
        if wire.source == before.id and wire.target != node.id:
            raise EditError(
                tr("{node} is also wired to {other}, which could not be in a repeated node",
                   node=before.name, other=document.node(wire.target).name)
            )  # fmt: skip


def _common_arguments(document: Document, chain: Sequence[Node]) -> dict[str, Value]:
    owned = [as_owner(document, node) for node in chain]
    keys = list(dict.fromkeys(key for node in owned for key in node.arguments))
    found: dict[str, Value] = {}
    for key in keys:
        values = [value_of(document, node, key) for node in owned]
        said = _said_by_index(document, owned[0], key, values)
        if said is None:
            other = next(n for n, v in zip(owned, values, strict=True) if typed(v) != typed(values[0]))
            raise EditError(
                tr("{name} is {value} in {first} and {other} in {node}, which no expression in i says",
                   name=key, value=_shown(document, values[0]), first=owned[0].name,
                   other=_shown(document, value_of(document, other, key)), node=other.name)
            )  # fmt: skip
        found[key] = said
    return found


def _said_by_index(document: Document, node: Node, key: str, values: Sequence[Any]) -> Value | None:
    """One value for all, an expression in the index where they differ; None where none says it."""
    if all(typed(value) == typed(values[0]) for value in values):
        same: Value = values[0]
        return same
    spec = declared(document, node.module, node.kind, key)
    spelt = getattr(spec, "dimensions", False) or getattr(spec, "kind", "") in ("module", "shape")
    if spelt or any(value is None or _holds_use(value) for value in values):
        return None
    return by_index(values)


def by_index(values: Sequence[Any]) -> Expression | None:
    """The expression whose value for each i is that of its place; None where none of the known ones is."""
    first, rest = values[0], values[1:]
    if any(isinstance(value, float) and not isfinite(value) for value in values):
        return None
    if all(typed(value) == typed(rest[0]) for value in rest):
        return parse(f"{_spelt(first)} if {INDEX} == 0 else {_spelt(rest[0])}")
    if not all(type(value) is int for value in values):
        return None
    step = values[1] - values[0]
    if all(value == first + step * place for place, value in enumerate(values)):
        grown = f"{first} + {step} * {INDEX}" if step > 0 else f"{first} - {-step} * {INDEX}"
        return parse(grown if first else f"{step} * {INDEX}")
    ratio = values[1] // first if first else 0
    if ratio > 1 and all(value == first * ratio**place for place, value in enumerate(values)):
        return parse(f"{first} * {ratio}**{INDEX}" if first != 1 else f"{ratio}**{INDEX}")
    return None


def _spelt(value: Any) -> str:
    if isinstance(value, Expression):
        return value.source if value.source.isidentifier() else f"({value.source})"
    return repr(value)


def _holds_use(value: Any) -> bool:
    return isinstance(value, Use) or (isinstance(value, tuple) and any(isinstance(v, Use) for v in value))


def _shown(document: Document, value: Any) -> str:
    if isinstance(value, Expression):
        return value.source
    if isinstance(value, Use):
        record = document.get(value.kind[1:])
        return record.name if isinstance(record, Module) else value.kind
    return tr("not set") if value is None else str(value)
