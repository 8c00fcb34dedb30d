"""Tying: nodes that have one set of weights, and single parameters that are another's."""

from collections.abc import Iterable
from typing import Any

import networkx as nx
from msgspec.structs import replace

from ..document import Document, Rename
from ..layers import LAYERS
from ..ports import as_owner, tied_to
from ..record import Node, Tie, fresh_id
from ..text import tr
from .basic import keeping_wires, kind_name, untied
from .error import EditError


def tie(document: Document, ids: Iterable[str]) -> str:
    """Ties nodes of one kind to the first of them, whose arguments and weights they get; returns its id.

    The first is so in the order of the graph. Raises EditError where the nodes differ in kind or module.
    """
    nodes = [key for key in dict.fromkeys(ids) if isinstance(document.get(key), Node)]
    groups = list({node.id: node for node in (untied(document, key) for key in nodes)}.values())
    if len(nodes) < 2:
        raise EditError(tr("choose two nodes or more of one kind to tie them"))
    _refuse_different(document, groups)
    owner, *others = _in_order(document, groups)
    with document.edit(tr("Tie to {owner}", owner=owner.name)):
        for node in others:
            for each in (node, *tied_to(document, node)):
                _give_in(document, each, owner)
    return owner.id


def untie(document: Document, node: str = "", tie: str = "") -> None:
    """Gives a tied node arguments and weights of its own again, or takes out the tie of one parameter.

    From an owner all nodes that are tied to it are untied. Raises EditError where nothing is tied.
    """
    if tie:
        if not isinstance(document.get(tie), Tie):
            raise EditError(tr("that tie is not in this design"))
        with document.edit(tr("Untie")):
            document.remove(tie)
        return
    old = document.node(node)
    tied = [old] if old.owner else tied_to(document, old)
    if not tied:
        raise EditError(tr("{node} is tied to no other", node=old.name))
    with document.edit(tr("Untie {node}", node=old.name)):
        for each in tied:
            document.put(replace(as_owner(document, each), owner=""))


def tie_parameter(
    document: Document,
    module: str,
    owner: tuple[str, ...],
    owner_parameter: str,
    path: tuple[str, ...],
    parameter: str,
    transposed: bool = False,
) -> str:
    """Makes a parameter of a layer another's and returns the tie's id; the paths lead there from the module.

    A tie that the parameter already has gives way. Raises EditError where an end is not there, or both are
    the same.
    """
    for end, name in ((owner, owner_parameter), (path, parameter)):
        _check_end(document, module, end, name)
    own = [record for record in document.members(module) if isinstance(record, Tie)]
    ends = {(one.path, one.parameter): one for one in own}
    above = ends.get((owner, owner_parameter))
    if above is not None:
        owner, owner_parameter = above.owner, above.owner_parameter
        transposed = transposed != above.transposed
    if (owner, owner_parameter) == (path, parameter):
        raise EditError(tr("{parameter} cannot be tied to itself", parameter=parameter))
    new = Tie(
        id=fresh_id(), module=module, owner=owner, owner_parameter=owner_parameter, path=path,
        parameter=parameter, transposed=transposed,
    )  # fmt: skip
    with document.edit(tr("Tie {parameter}", parameter=parameter)):
        for one in own:
            if (one.path, one.parameter) == (path, parameter):
                document.remove(one.id)
            elif (one.owner, one.owner_parameter) == (path, parameter):
                turned = one.transposed != transposed
                moved = replace(one, owner=owner, owner_parameter=owner_parameter, transposed=turned)
                document.put(moved)
        document.put(new)
    return new.id


def hand_over(document: Document, node: Node) -> None:
    """Makes the first node that is tied to this one the owner, before this one goes. Only inside an edit."""
    tied = _in_order(document, tied_to(document, node))
    if not tied:
        return
    heir = tied[0]
    document.put(replace(as_owner(document, heir), owner=""))
    for other in tied[1:]:
        document.put(replace(other, owner=heir.id))
    move_paths(document, Rename(node.module, (node.id,), (heir.id,)))


def move_paths(document: Document, rename: Rename) -> None:
    """Notes that weights moved, and leads the ties that pass there along. Only inside an edit."""
    document.renamed(rename)
    for record in list(document.records.values()):
        if isinstance(record, Tie):
            moved = replace(record, owner=_moved(record.owner, rename), path=_moved(record.path, rename))
            if moved != record:
                document.put(moved)


def drop_ties(document: Document, gone: Iterable[str]) -> None:
    """Takes out every tie that leads through one of these nodes. Only inside an edit."""
    lost = set(gone)
    for record in list(document.records.values()):
        if isinstance(record, Tie) and lost.intersection((*record.owner, *record.path)):
            document.remove(record.id)


def _moved(path: tuple[str, ...], rename: Rename) -> tuple[str, ...]:
    """The path after a rename; node ids are unique, so it applies wherever the first of them stands."""
    size = len(rename.before)
    for start in range(len(path) - size + 1):
        if path[start : start + size] == rename.before:
            return (*path[:start], *rename.after, *path[start + size :])
    return path


def _in_order(document: Document, nodes: list[Node]) -> list[Node]:
    """The nodes in the order in which they are computed; those that do not depend on each other by place."""
    if len(nodes) < 2:
        return nodes
    places = {node.id: (node.at, node.id) for node in document.nodes(nodes[0].module)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(places)
    graph.add_edges_from(
        (wire.source, wire.target)
        for wire in document.wires(nodes[0].module)
        if wire.source in places and wire.target in places
    )
    try:
        order = {
            key: place
            for place, key in enumerate(nx.lexicographical_topological_sort(graph, places.__getitem__))
        }
    except nx.NetworkXUnfeasible:
        return sorted(nodes, key=lambda node: (node.at, node.id))  # a damaged file has a loop
    return sorted(nodes, key=lambda node: order.get(node.id, 0))


def _refuse_different(document: Document, nodes: list[Node]) -> None:
    first = nodes[0]
    for node in nodes:
        if node.kind in ("Input", "Output"):
            raise EditError(tr("{node} is a port, which has no weights to tie", node=node.name))
        if node.module != first.module:
            raise EditError(
                tr("{first} and {node} stand in different modules", first=first.name, node=node.name)
            )
        if node.kind != first.kind:
            raise EditError(
                tr("{first} is a {kind} and {node} a {other}; only nodes of one kind can be tied",
                   first=first.name, kind=kind_name(document, first.kind), node=node.name,
                   other=kind_name(document, node.kind))
            )  # fmt: skip


def _give_in(document: Document, node: Node, owner: Node) -> None:
    """Makes the node tied to the owner; ties of its parameters lead to the owner's from then on."""
    with keeping_wires(document, [node]):
        given_up: dict[str, Any] = {"arguments": {}, "initial": {}, "repeat": None, "shared": False}
        document.put(replace(node, kind=owner.kind, owner=owner.id, **given_up))
    seen: set[tuple[tuple[str, ...], str]] = set()
    for record in list(document.records.values()):
        if not isinstance(record, Tie):
            continue
        moved = replace(
            record,
            owner=tuple(owner.id if key == node.id else key for key in record.owner),
            path=tuple(owner.id if key == node.id else key for key in record.path),
        )
        end = (moved.path, moved.parameter)
        if (moved.owner, moved.owner_parameter) == end or (moved.module == node.module and end in seen):
            document.remove(record.id)
            continue
        if moved.module == node.module:
            seen.add(end)
        if moved != record:
            document.put(moved)


def _check_end(document: Document, module: str, path: tuple[str, ...], parameter: str) -> None:
    nodes = [record for key in path if isinstance(record := document.get(key), Node)]
    layer = LAYERS.get(as_owner(document, nodes[-1]).kind) if nodes else None
    if not nodes or nodes[0].module != module or nodes[0].id != path[0]:
        raise EditError(tr("a tie leads from the module to a layer in it"))
    if nodes[0].owner:
        raise EditError(tr("{node} is tied to another node; tie that one's", node=nodes[0].name))
    if layer is not None and not layer.structural and parameter not in layer.tensor_names:
        raise EditError(tr("{node} has no parameter {parameter}", node=nodes[-1].name, parameter=parameter))
