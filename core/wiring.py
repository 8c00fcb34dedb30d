"""What is wrong with a module's drawing before any shape is known: missing, loose and circular wires."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import count

from .document import Document
from .graph import Graphs
from .initial import fault
from .layers import LAYERS
from .ports import Ports, as_owner
from .problem import Problem, Repair
from .record import ROOT, Module, Node, Wire
from .schedule import UNWIRED, Schedule
from .text import tr
from .value import definitions_of


def wiring_problems(document: Document, graphs: Graphs, schedule: Schedule) -> tuple[Problem, ...]:
    """The problems of the module's structure, those of a node together and in the nodes' order."""
    found = [*_missing_ports(document, schedule)]
    found += _loops(document, graphs, schedule)
    found += _shared_names(document, schedule)
    inputs = len(schedule.inputs)
    for key, (spec, sources) in zip(schedule.nodes[inputs:], schedule.entries, strict=True):
        if not schedule.specs[spec].kind:
            found += _kind_problems(document, graphs, document.node(key))
        if document.node(key).initial:
            found += _initial_problems(document.node(key))
        if not sources or 0 in sources:
            found += _missing_wires(graphs, document.node(key), schedule.ports[key], sources)
    used = sum([len(sources) - sum(map(sources.count, UNWIRED)) for _, sources in schedule.entries])
    if used < len(document.wires(schedule.module)):
        found += _loose_wires(document, graphs, schedule)
    return in_order(schedule, found)


def in_order(schedule: Schedule, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """A module's own problems: those of the module first, then by the order of the nodes."""
    index = schedule.index
    return tuple(sorted(problems, key=lambda problem: index[problem.path[0]] if problem.path else -1))


def _missing_ports(document: Document, schedule: Schedule) -> Iterator[Problem]:
    module = document.get(schedule.module)
    name = "the network" if schedule.module == ROOT else module.name if isinstance(module, Module) else ""
    for kind, nodes, at in (
        ("Input", schedule.inputs, (0.0, 0.0)),
        ("Output", schedule.outputs, (400.0, 0.0)),
    ):
        if not nodes:
            mend = Repair(
                tr("add an {kind}", kind=kind),
                "add_node",
                {"module": schedule.module, "kind": kind, "at": at},
            )
            yield Problem((), tr("{name} has no {kind}", name=name, kind=kind), repairs=(mend,))


def _loops(document: Document, graphs: Graphs, schedule: Schedule) -> Iterator[Problem]:
    for loop in graphs.loops(schedule.module):
        names = " → ".join(document.node(key).name for key in (*loop, loop[0]))
        closing = [wire for wire in graphs.wires_into(loop[0]) if wire.source == loop[-1]]
        last = document.node(loop[-1]).name
        text = tr("delete the wire from {last} to {loop}", last=last, loop=document.node(loop[0]).name)
        mend = Repair(text, "delete", {"ids": tuple(wire.id for wire in closing)})
        yield Problem(
            (loop[0],),
            tr("the wires form a loop: {names}", names=names),
            closing[0].target_port,
            repairs=(mend,),
        )


def _shared_names(document: Document, schedule: Schedule) -> list[Problem]:
    """Two nodes of one name (a damaged file has them), which ports and weight files could not tell apart."""
    nodes = [document.node(key) for key in schedule.nodes]
    taken = {node.name for node in nodes}
    if len(taken) == len(nodes):
        return []
    found: list[Problem] = []
    seen: set[str] = set()
    for node in nodes:
        if node.name in seen:
            free = next(name for i in count(2) if (name := f"{node.name}{i}") not in taken)
            taken.add(free)
            mend = Repair(
                tr("rename this one to {free}", free=free), "rename", {"key": node.id, "name": free}
            )
            found.append(
                Problem((node.id,), tr("two nodes are called {node}", node=node.name), repairs=(mend,))
            )
        seen.add(node.name)
    return found


def _kind_problems(document: Document, graphs: Graphs, node: Node) -> Iterator[Problem]:
    delete = Repair(tr("delete {node}", node=node.name), "delete", {"ids": (node.id,)})
    made = as_owner(document, node)
    if node.owner and (made is node or made.kind in ("Input", "Output")):
        loosen = Repair(tr("untie it"), "untie", {"node": node.id})
        yield Problem((node.id,), tr("it is tied to a node that is not there"), repairs=(loosen, delete))
    uses = definitions_of(made)
    if not uses and made.slot is None:
        if node.kind not in LAYERS:  # what is in a loop is not resolved either
            yield _unknown_layer(node, delete)
    elif not all(isinstance(document.get(key), Module) for key in uses):
        yield Problem((node.id,), tr("the module of this instance is not in the design"), repairs=(delete,))
    elif graphs.is_nested_in_itself(node):
        chain = next(chain for key in sorted(uses) if (chain := graphs.recursion(node.module, key)))
        names = " in ".join(document.module(key).name for key in chain)
        text = tr(
            "a module cannot hold itself: {names} in {chain}",
            names=names,
            chain=document.module(chain[0]).name,
        )
        yield Problem((node.id,), text, repairs=(delete,))


def _initial_problems(node: Node) -> Iterator[Problem]:
    """First values that none of the node's own parameters can get, as a damaged file has them."""
    for key, initial in node.initial.items():
        text = fault(node.kind, key, initial)
        if text:
            back = {"record_id": node.id, "key": key, "initial": None}
            mend = Repair(tr("take back the first values of {key}", key=key), "set_initial", back)
            yield Problem((node.id,), text, repairs=(mend,))


def _unknown_layer(node: Node, delete: Repair) -> Problem:
    close = get_close_matches(node.kind, LAYERS, n=1)
    if not close:
        return Problem((node.id,), tr("there is no layer {kind}", kind=node.kind), repairs=(delete,))
    mend = Repair(tr("make it a {close}", close=close[0]), "set_kind", {"node": node.id, "kind": close[0]})
    return Problem(
        (node.id,),
        tr("there is no layer {kind}; the nearest is {close}", kind=node.kind, close=close[0]),
        repairs=(mend, delete),
    )


def _missing_wires(graphs: Graphs, node: Node, of_node: Ports, sources: Sequence[int]) -> list[Problem]:
    layer = LAYERS.get(node.kind)
    names = of_node.inputs
    if not names and layer is not None and layer.variadic:
        names = ("x1",)
    given = {name for name, source in zip(of_node.inputs, sources, strict=False) if source}
    missing = [name for name in names if name not in given and not graphs.is_wired(node.id, name)]
    if missing and node.kind == "Output":
        return [Problem((node.id,), tr("nothing is connected to {node}", node=node.name), "x")]
    return [Problem((node.id,), tr("{name} is not connected", name=name), name) for name in missing]


def _loose_wires(document: Document, graphs: Graphs, schedule: Schedule) -> Iterator[Problem]:
    loose = [(w, _looseness(document, graphs, schedule, w)) for w in document.wires(schedule.module)]
    for wire, reason in sorted([pair for pair in loose if pair[1]], key=lambda pair: pair[0].id):
        inside = next((end for end in (wire.target, wire.source) if end in schedule.index), None)
        port = wire.target_port if inside == wire.target else wire.source_port
        mend = Repair(tr("delete the wire"), "delete", {"ids": (wire.id,)})
        path = () if inside is None else (inside,)
        yield Problem(path, reason, None if inside is None else port, repairs=(mend,))


def _looseness(document: Document, graphs: Graphs, schedule: Schedule, wire: Wire) -> str:
    """Why the wire cannot be used; empty where it can."""
    for end in (wire.source, wire.target):
        if end not in schedule.index:
            return "a wire leads to a node that is not there"
    source, target = schedule.ports[wire.source], schedule.ports[wire.target]
    if wire.source_port not in source.outputs:
        return f"a wire starts at {document.node(wire.source).name}, which has no output {wire.source_port}"
    if wire.target_port not in target.inputs:
        return f"a wire ends at {wire.target_port}, which {document.node(wire.target).name} does not have"
    kept = graphs.wire(wire.target, wire.target_port)
    if kept is not None and kept.id != wire.id:
        return f"two wires lead to {wire.target_port}; only one is used"
    return ""
