"""Types, counts and problems of every call of a design, kept up to date with its edits.

Modules are compiled into schedules; a run over a schedule looks up each node's call by its layer, evaluated
arguments and input types, so a shape rule runs once for each distinct call, and an edit in one module leaves
the others' calls as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from msgspec.structs import replace as replace_record

from .calls import ModuleCall, NodeCall
from .document import Change, Document
from .graph import Graphs
from .inputs import bound_shape as bound, example_sizes
from .module_rule import ModuleRule
from .ports import same_ports
from .problem import Path, Problem
from .record import ROOT, Comment, Module, Node, Record, Wire, module_of
from .schedule import Schedule, is_plain, typed
from .symbolic import Inputs, attempts, symbolic_arguments
from .types import Type
from .value import uses_of

PATH_LIMIT = 10_000
"""Call paths that are listed for one module."""

LOOK_LIMIT = 10 * PATH_LIMIT
"""Calls that are looked through for them."""


@dataclass(frozen=True, eq=False)
class Resolution:
    """The whole design resolved: the root's call, and an example number for each symbol of its inputs."""

    root: ModuleCall
    symbols: Mapping[str, int]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Everything wrong from the root down; a condition that the example sizes break is an error."""
        found = [
            problem for path, call in self.root.contexts() for problem in call.placed(path, self.symbols)
        ]
        return tuple(found)

    def call(self, path: Path) -> ModuleCall | None:
        """The module call to which a path of instances leads; () is the root."""
        if not path:
            return self.root
        node = self.root.call(path)
        return None if node is None else node.inner

    def node_call(self, path: Path) -> NodeCall | None:
        """The call of the node (or of the part of one) at the end of a path."""
        return self.root.call(path)

    def type_of(self, path: Path, port: str) -> Type | None:
        """The type at an output (or input) of the node at the end of the path, None where it is not known."""
        module = self.call(path[:-1])
        call = None if module is None else module.nodes.get(path[-1])
        if module is None or call is None:
            return None
        ports = module.ports[path[-1]]
        for names, types in ((ports.outputs, call.outputs), (ports.inputs, call.inputs)):
            if port in names:
                place = names.index(port)
                return types[place] if place < len(types) else None
        return None


class Resolver:
    """Keeps a design resolved while it is edited."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.graphs = Graphs(document)
        self._rule = ModuleRule(document, self.graphs)
        self._definitions: dict[str, ModuleCall] = {}
        self.resolution = self._resolved()

    def update(self, change: Change) -> Resolution:
        """Follows a change that the document has already made; a pure move runs nothing."""
        knotted = self.graphs.modules_in_themselves()
        self.graphs.update(change)
        touched = {m for pair in change.diff.values() for m in self._touched(*pair)}
        knotted |= self.graphs.modules_in_themselves()
        if touched and knotted:
            # Which instances nest a module in itself may have changed far from the edit.
            self._rule.recompile(knotted)
            touched |= knotted
        if not touched:
            return self.resolution
        affected = self.graphs.users(touched)
        self._rule.forget(affected)
        self._definitions.clear()
        if ROOT in affected:
            self.resolution = self._resolved()
        return self.resolution

    def refresh(self) -> Resolution:
        """Works everything out anew, as after a layer's file was loaded."""
        self._rule = ModuleRule(self._document, self.graphs)
        self._definitions.clear()
        self.resolution = self._resolved()
        return self.resolution

    def calls_of(self, module: str) -> list[Path]:
        """Every call path of a definition, calls in error first."""
        if module == ROOT:
            return [()]
        holders = self.graphs.users([module])
        good: list[Path] = []
        bad: list[Path] = []
        waiting: list[tuple[Path, ModuleCall]] = [((), self.resolution.root)]
        looked = 0
        while waiting and len(good) + len(bad) < PATH_LIMIT and looked < LOOK_LIMIT:
            looked += 1
            path, call = waiting.pop()
            if call.module == module:
                (bad if call.in_error or call.faults else good).append(path)
                continue
            inside = [
                ((*path, key, *steps), inner)
                for key in call.instances
                for steps, inner in call.nodes[key].each()
                if inner.module in holders
            ]
            waiting += reversed(inside[:PATH_LIMIT])
        return bad + good

    def schedule(self, module: str) -> Schedule:
        """The module's nodes in order, with their ports."""
        return self._rule.schedule(module)

    def definition(self, module: str) -> ModuleCall:
        """The module resolved once with its arguments and its inputs' sizes as symbols.

        Where symbols do not decide it, arguments or else sizes are the numbers of its first call.
        """
        if module not in self._definitions:
            self._definitions[module] = self._defined(module)
        return self._definitions[module]

    # Following changes

    def _touched(self, old: Record | None, new: Record | None) -> set[str]:
        """The modules whose calls the change of one record can alter; their schedules follow."""
        if isinstance(old, Node) and isinstance(new, Node) and _differs_in_arguments(old, new):
            plain = is_plain(new.kind) and new.kind not in ("Input", "Output") and same_ports(old, new)
            if plain or new.definition is not None:
                self._rule.set_arguments(new)
                return {new.module}
        elif not _matters(old, new):
            return set()
        if isinstance(old, Module) and isinstance(new, Module):
            if old.name != new.name:
                self._rule.reword(new.id)
            if _modules_given(old) != _modules_given(new):
                self._rule.recompile({new.id})  # the ports of slots follow what they are given
            return {new.id}
        records = [record for record in (old, new) if record is not None]
        touched = {module_of(record) for record in records}
        if any(
            isinstance(r, Module) or (isinstance(r, Node) and r.kind in ("Input", "Output")) for r in records
        ):
            # The ports or the very module may have changed, so its users are wired anew.
            touched |= {user for module in touched for user in self.graphs.direct_users(module)}
        self._rule.recompile(touched)
        return touched

    # Running

    def _resolved(self) -> Resolution:
        root = self._rule.root()
        return Resolution(root, example_sizes(self._rule.schedule(ROOT).inputs, root.inputs))

    def _opened(self, call: ModuleCall, inputs: Inputs) -> ModuleCall:
        """The call with symbols for those arguments that need no number, one after the other."""
        record = self._document.get(call.module)
        assert isinstance(record, Module)
        for name, size in symbolic_arguments(record, call.arguments).items():
            arguments = {**call.arguments, name: size}
            wider = self._rule.apply(call.module, arguments, inputs, opens=True)
            call = wider if _is_sound(wider) else call
        return call

    def _defined(self, module: str) -> ModuleCall:
        found = [self.resolution.call(path) for path in self.calls_of(module)]
        calls = list(dict.fromkeys(call for call in found if call is not None))
        record = self._document.get(module)
        assert isinstance(record, Module), f"no module {module}"
        first = calls[0] if calls and module != ROOT else None
        tried: list[ModuleCall] = []
        for arguments, inputs in attempts(record, self._rule.schedule(module).inputs, calls):
            tried.append(self._rule.apply(module, arguments, inputs, opens=True))
            if _is_sound(tried[-1]) and len(tried) < 3:
                return tried[0] if len(tried) == 1 else self._opened(tried[-1], inputs)
            if _is_sound(tried[-1]):
                return replace(tried[-1], assumed=True)
        if first is not None and _is_sound(first):
            return replace(first, assumed=True)
        return tried[0]


def _is_sound(call: ModuleCall) -> bool:
    return not call.in_error and not call.faults


def _differs_in_arguments(old: Node, new: Node) -> bool:
    same = _made_of(old) == _made_of(new)
    return same and not _same_arguments(old.arguments, new.arguments)


def _made_of(node: Node) -> tuple[object, ...]:
    return (node.module, node.kind, node.name, typed(node.repeat), node.shared, node.owner, node.initial)


def _modules_given(module: Module) -> list[object]:
    return [(argument.name, list(uses_of(argument.default))) for argument in module.arguments]


def _same_arguments(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether the arguments are the same, 1 and True being different."""
    if a is b:
        return True
    return a.keys() == b.keys() and all(typed(a[name]) == typed(b[name]) for name in a)


def _matters(old: Record | None, new: Record | None) -> bool:
    """Whether a change of this record can alter types, counts or the words of a problem."""
    match old, new:
        case (Node(), Node()):
            return _made_of(old) != _made_of(new) or not _same_arguments(old.arguments, new.arguments)
        case (Wire(), Wire()):
            return replace_record(old, extra={}) != replace_record(new, extra={})
        case (Module(), Module()):
            return (old.name, old.arguments, old.initial) != (new.name, new.arguments, new.initial)
    return not isinstance(old or new, Comment)


__all__ = ["ModuleCall", "NodeCall", "Resolution", "Resolver", "bound"]
