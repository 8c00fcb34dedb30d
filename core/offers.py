"""The repair of a missing wire, where one output alone would do: to connect it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from .calls import NodeCall
from .document import Document
from .graph import Graphs
from .inputs import declared
from .layers import LAYERS
from .layers.layer import ArgumentError, bind
from .ports import as_owner, port_nodes
from .problem import Problem, Repair
from .record import Node
from .schedule import Schedule, is_plain
from .shape_rule import takes
from .text import tr
from .types import Type

LIMIT = 20
"""Missing wires, and outputs that each could start at; with more of them nothing is obvious."""


class _End(NamedTuple):
    """An output of a node, and what flows out of it."""

    node: str
    port: str
    type: Type


def with_offers(
    document: Document,
    graphs: Graphs,
    schedule: Schedule,
    calls: Sequence[NodeCall],
    problems: tuple[Problem, ...],
) -> tuple[Problem, ...]:
    """The problems, each of a missing wire with an offer to connect the one output that fits.

    That is the one that nothing reads yet; where all are read, the only one that there is.
    """
    missing = [problem for problem in problems if _is_missing(graphs, problem)]
    if not 0 < len(missing) <= LIMIT:
        return problems
    ends = list(_ends(schedule, calls))
    unread = [end for end in ends if not graphs.readers(end.node)]
    offers: dict[int, Problem] = {}
    for problem in missing:
        fitting = [e for e in unread[: LIMIT + 1] if _fits(document, graphs, schedule, calls, problem, e)]
        if not fitting and len(ends) <= LIMIT:
            fitting = [e for e in ends if _fits(document, graphs, schedule, calls, problem, e)]
        if len(fitting) == 1 and len(unread) <= LIMIT:
            offers[id(problem)] = replace(problem, repairs=(_connection(document, problem, fitting[0]),))
    return tuple(offers.get(id(problem), problem) for problem in problems)


def _is_missing(graphs: Graphs, problem: Problem) -> bool:
    """Whether this is about an input without a wire; other problems have repairs of their own."""
    is_open = problem.port is not None and not problem.repairs
    return is_open and not graphs.is_wired(problem.path[0], problem.port or "")


def _ends(schedule: Schedule, calls: Sequence[NodeCall]) -> Iterable[_End]:
    for key, call in zip(schedule.nodes, calls, strict=False):  # what is in a loop was not called
        for port, type_ in zip(schedule.ports[key].outputs, call.outputs, strict=False):
            if type_ is not None:
                yield _End(key, port, type_)


def _fits(
    document: Document,
    graphs: Graphs,
    schedule: Schedule,
    calls: Sequence[NodeCall],
    problem: Problem,
    end: _End,
) -> bool:
    key, port = problem.path[0], problem.port or ""
    place = schedule.index[key]
    if place >= len(calls) or graphs.loop(schedule.module, end.node, key):
        return False
    node, call = as_owner(document, document.node(key)), calls[place]
    if node.kind == "Output":
        return True
    if node.definition is not None:
        return _module_takes(document, node.definition, port, call, end.type)
    if not is_plain(node.kind):
        return True  # what it is made of takes is found out by connecting it
    wired = schedule.ports[key].inputs
    # The free port of a layer of any number of inputs comes after those that are wired.
    return _layer_takes(node, wired.index(port) if port in wired else len(wired), call, end.type)


def _module_takes(document: Document, module: str, port: str, call: NodeCall, type_: Type) -> bool:
    inputs = [node for node in port_nodes(document, module, "Input") if node.name == port]
    given = [declared(node, call.arguments) for node in inputs]
    wanted = [each.type for each in given if each.type is not None]
    return all(one.rank == type_.rank and one.dtype == type_.dtype for one in wanted)


def _layer_takes(node: Node, place: int, call: NodeCall, type_: Type) -> bool:
    """Whether the layer takes it; where other inputs are missing too, that is not known and taken as true."""
    inputs = [*call.inputs[:place], type_, *call.inputs[place + 1 :]]
    known = tuple([one for one in inputs if one is not None])
    if len(known) < len(inputs):
        return True
    try:
        return takes(bind(LAYERS[node.kind], call.arguments), known)
    except ArgumentError:
        return False


def _connection(document: Document, problem: Problem, end: _End) -> Repair:
    source, target = document.node(end.node), document.node(problem.path[0])
    ends = {"source": source.id, "source_port": end.port, "target": target.id, "target_port": problem.port}
    return Repair(tr("connect {source} to {target}", source=source.name, target=target.name), "connect", ends)
