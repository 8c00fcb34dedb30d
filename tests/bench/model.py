"""What the design itself takes, without a window: resolving, programs and plans, edits and undo."""

import itertools
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from core import edits
from core.document import Change, Document
from core.engine.plan import build_plan
from core.export.code import export_code
from core.expression import Value
from core.program import build_program
from core.record import ROOT, ModuleArgument
from core.resolve import Resolver

from .designs import FOLLOWING, READING, chain
from .measure import Budget, Row, repeated, row

KINDS = tuple[tuple[str, Mapping[str, Value]], ...]

RESOLVED = Budget(median=10.0, p99=33.0)
REWIRED = Budget(median=33.0)


def in_every_turn(act: Callable[[], object]) -> Callable[[int], object]:
    """The same act in each turn, whatever its number."""
    return lambda turn: act()


def resolve(size: int, count: int) -> list[Row]:
    """Following one edit of a chain."""
    cases: list[tuple[str, KINDS, Callable[[Document, int], object], Budget]] = [
        ("every shape by the first width", FOLLOWING, _first_width, RESOLVED),
        ("every shape by an expression", READING, _module_width, RESOLVED),
        ("one wire", FOLLOWING, _rewired, REWIRED),
    ]
    return [
        row("resolve", f"{size} nodes, {name}", _resolved(chain(size, kinds), edit, count), budget)
        for name, kinds, edit, budget in cases
    ] + [row("resolve", f"{size} nodes, from nothing", _from_nothing(size, count // 10 + 1))]


def _resolved(document: Document, edit: Callable[[Document, int], object], count: int) -> list[float]:
    resolver = Resolver(document)
    changes: list[Change] = []
    document.subscribe(changes.append)
    times = []
    for turn in range(count):
        changes.clear()
        edit(document, turn)
        times += repeated(lambda _: _read(resolver, changes), 1)
    return times


def _read(resolver: Resolver, changes: list[Change]) -> None:
    for change in changes:
        resolution = resolver.update(change)
        assert resolution.problems is not None
        assert resolution.root.parameters is not None


def _from_nothing(size: int, count: int) -> list[float]:
    document = chain(size)
    return repeated(lambda turn: Resolver(document), count)


def _first_width(document: Document, turn: int) -> None:
    edits.set_argument(document, "first", "out_features", 300 + turn)


def _module_width(document: Document, turn: int) -> None:
    argument = ModuleArgument(name="width", default=300 + turn)
    with document.edit("Set width"):
        document.put(replace(document.module(ROOT), arguments=(argument,)))


def _rewired(document: Document, turn: int) -> None:
    if turn % 2:
        document.undo()
        return
    wires = list(document.wires(ROOT))
    edits.delete(document, [wires[len(wires) // 2].id])


def plan(size: int, count: int) -> list[Row]:
    """The way from the design to something that runs, and to code."""
    document = chain(size)
    resolver = Resolver(document)
    program = build_program(document, resolver)
    sizes = {"B": 2}
    title = f"{size} nodes"
    stages: dict[str, Callable[[], object]] = {
        "the program": lambda: build_program(document, resolver),
        "the plan forward": lambda: build_plan(program, sizes),
        "the plan forward and backward": lambda: build_plan(program, sizes, backward=True),
        "the code": lambda: export_code(program, "pytorch"),
    }
    return [
        row("plan", f"{title}, {name}", repeated(in_every_turn(act), count)) for name, act in stages.items()
    ]


def edit(size: int, count: int) -> list[Row]:
    """Edits of a design that nobody follows, and undo and redo of them."""
    document = chain(size)
    fresh = itertools.count()
    nodes = [node.id for node in document.nodes(ROOT)]
    acts: dict[str, Callable[[], object]] = {
        "set an argument": lambda: _first_width(document, next(fresh)),
        "add a node": lambda: edits.add_node(document, ROOT, "ReLU", (0.0, float(next(fresh)))),
        "move a node": lambda: edits.move(document, {"n2": (0.0, float(next(fresh)))}),
        "move every node": lambda: _moved(document, nodes, next(fresh)),
        "insert after a node": lambda: edits.insert_after(document, "n2", "ReLU"),
        "undo": document.undo,
        "redo": document.redo,
    }
    return [
        row("edit", f"{size} nodes, {name}", repeated(in_every_turn(act), count))
        for name, act in acts.items()
    ]


def _moved(document: Document, nodes: list[str], by: int) -> None:
    edits.move(document, {key: (float(by), float(place)) for place, key in enumerate(nodes)})
