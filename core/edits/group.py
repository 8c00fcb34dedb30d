"""Grouping a selection into a module of its own, with an instance in its place."""

from collections.abc import Iterable, Mapping

import networkx as nx
from msgspec.structs import replace

from ..document import Document, Rename
from ..record import Module, Node, fresh_id, instance_kind
from ..text import tr
from .border import draw_border
from .error import EditError
from .lift import Lifted, lift
from .naming import check_name, unique_module_name, unique_name
from .tie_paths import lead_ties_into


def group(document: Document, ids: Iterable[str], name: str = "Module") -> str:
    """Makes a module of the selected nodes, puts an instance in their place, and returns the instance's id.

    Wires across the border go through one Input or Output per source; arguments and sizes that are read
    inside become arguments of the new module. Raises EditError where nothing can be grouped.
    """
    chosen = set(ids)
    nodes = _groupable(document, chosen)
    outer = nodes[0].module
    _refuse_between(document, outer, {node.id for node in nodes})
    _refuse_tied_across(document, outer, {node.id for node in nodes})
    lifted = lift(document, outer, nodes)
    new = Module(
        id=fresh_id(), name=unique_module_name(document, check_name(name)), arguments=tuple(lifted.arguments)
    )
    instance = _instance(document, outer, new, lifted)
    wires = document.wires(outer)
    with document.edit(tr("Group into {new}", new=new.name)):
        document.put(new)
        document.put(instance)
        for node in lifted.nodes:
            document.put(replace(node, module=new.id))
            document.renamed(Rename(outer, (node.id,), (instance.id, node.id)))
        for comment in document.comments(outer):
            if comment.id in chosen:
                document.put(replace(comment, module=new.id))
        lead_ties_into(document, {node.id for node in lifted.nodes}, instance.id, new.id)
        draw_border(document, instance, wires)
    return instance.id


def _instance(document: Document, outer: str, new: Module, lifted: Lifted) -> Node:
    """The node that takes the place of the nodes, in their middle."""
    nodes = lifted.nodes
    others = {node.name for node in document.nodes(outer)} - {node.name for node in nodes}
    return Node(
        id=fresh_id(),
        module=outer,
        kind=instance_kind(new.id),
        name=unique_name(others, new.name.lower().replace(" ", "_")),
        arguments=lifted.given,
        at=(sum(n.at[0] for n in nodes) / len(nodes), sum(n.at[1] for n in nodes) / len(nodes)),
    )


def _groupable(document: Document, ids: set[str]) -> list[Node]:
    found = [record for key in sorted(ids) if isinstance(record := document.get(key), Node)]
    nodes = [node for node in found if node.kind not in ("Input", "Output")]
    if not nodes:
        raise EditError(tr("select at least one layer or module to group"))
    if len({node.module for node in nodes}) > 1:
        raise EditError(tr("nodes of different modules cannot be grouped"))
    return nodes


def _refuse_between(document: Document, outer: str, inside: set[str]) -> None:
    """EditError where a way leads out of the selection and back in, which would be a loop of the instance."""
    graph: nx.DiGraph[str] = nx.DiGraph((wire.source, wire.target) for wire in document.wires(outer))
    between = _reached(graph.succ, inside) & _reached(graph.pred, inside) - inside
    if between:
        names = sorted(document.node(key).name for key in between if document.get(key) is not None)
        verb, pronoun = ("stands", "it") if len(names) == 1 else ("stand", "them")
        raise EditError(
            tr(
                "{names} {verb} between the selected nodes; select {pronoun} too",
                names=" and ".join(names[:5]),
                verb=verb,
                pronoun=pronoun,
            )
        )


def _refuse_tied_across(document: Document, outer: str, inside: set[str]) -> None:
    """EditError where a node would be parted from the one whose weights it has."""
    for node in document.nodes(outer):
        owner = document.get(node.owner)
        if isinstance(owner, Node) and (node.id in inside) != (owner.id in inside):
            raise EditError(
                tr("{node} has the weights of {owner}; select both of them", node=node.name, owner=owner.name)
            )


def _reached(neighbours: Mapping[str, Iterable[str]], start: set[str]) -> set[str]:
    """Every node that one comes to from these."""
    found: set[str] = set()
    waiting = [key for key in start if key in neighbours]
    while waiting:
        new = set(neighbours[waiting.pop()]) - found
        found |= new
        waiting += new
    return found
