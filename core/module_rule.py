"""The shape rule of a module: its schedule run over the rules of what is inside."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .calls import Fault, ModuleCall, NodeCall, NodeCalls
from .condition import Condition
from .dim import Dim, Symbolic, symbol, symbols
from .document import Document
from .graph import Graphs
from .hints import flatten_hint
from .inputs import Given, at_example, example_sizes, module_input, root_input
from .layers.layer import ArgumentError
from .module_arguments import module_arguments
from .offers import with_offers
from .ports import as_owner, tied_to
from .problem import Problem
from .record import ROOT, Node, Tie
from .repairs import condition_problem, fault_problem
from .rules import Rules, Scope
from .schedule import FIRST_SLOTS, Schedule, compiled, with_arguments
from .text import tr
from .ties import tied
from .types import Type
from .wiring import in_order, wiring_problems

MAX_NESTING = 60
"""Modules within modules; deeper ones are refused."""

MAX_CALLS = 20_000
"""Distinct module calls of one design; with more of them an edit would take long."""


class ModuleRule:
    """Runs modules, and keeps what it has compiled and worked out until told that it changed."""

    def __init__(self, document: Document, graphs: Graphs) -> None:
        self._document = document
        self._graphs = graphs
        self._rules = Rules(document)
        self._schedules: dict[str, Schedule] = {}
        self._outdated: dict[str, Schedule] = {}
        self._wiring: dict[str, tuple[Problem, ...]] = {}
        self._ports: dict[Type | None, NodeCall] = {}
        self._depth = 0
        self._refused = False
        self._runs = 0

    # Following changes

    def forget(self, modules: set[str]) -> None:
        """Drops the calls of these modules."""
        self._rules.forget(modules)

    def recompile(self, modules: set[str]) -> None:
        """Drops the schedules of these modules."""
        for module in modules:
            if module in self._schedules:
                self._outdated[module] = self._schedules.pop(module)
            self._wiring.pop(module, None)

    def reword(self, module: str) -> None:
        """Drops the sentences about a module's drawing, which hold its name."""
        self._wiring.pop(module, None)

    def set_arguments(self, node: Node) -> None:
        """Follows an argument of a node that is no port, and those that are tied to it."""
        if node.module not in self._schedules:
            return
        for each in (node, *tied_to(self._document, node)):
            schedule = self._schedules[node.module]
            self._schedules[node.module] = with_arguments(schedule, as_owner(self._document, each))

    def schedule(self, module: str) -> Schedule:
        """The module compiled, which is kept."""
        if module not in self._schedules:
            before = self._outdated.pop(module, None)
            self._schedules[module] = compiled(self._document, self._graphs, module, before)
        return self._schedules[module]

    # Running

    def root(self) -> ModuleCall:
        """The whole network with its arguments' defaults."""
        self._rules.trim()
        if self._refused:
            # What was refused for its depth or number may now be reached on another way.
            self._rules.forget({module.id for module in self._document.modules()})
            self._refused = False
        self._ports.clear()
        self._runs = 0
        module = self._document.module(ROOT)
        try:
            return self.apply(ROOT, module_arguments(module, {}), None)
        except ArgumentError as error:
            call = self.apply(ROOT, {argument.name: argument.default for argument in module.arguments}, None)
            problem = Problem((), error.message, argument=error.argument)
            return replace(call, own_problems=(problem, *call.own_problems))

    def apply(
        self,
        module: str,
        arguments: Mapping[str, Any],
        inputs: tuple[Type | None, ...] | None,
        *,
        opens: bool = False,
    ) -> ModuleCall:
        """The module with these arguments and input types; without types, as its Inputs declare.

        Where it `opens` its choices, they show both of their parts.
        """
        schedule = self.schedule(module)
        sizes: dict[str, Dim] = {}
        given = self._given(schedule, arguments, inputs, sizes)
        calls = [self._port_call(each) for each in given]
        scope = replace(_scope(schedule, arguments, given, sizes), opens=opens)
        slots: list[Type | None] = [*FIRST_SLOTS, *[each.type for each in given]]
        noted = self._run(schedule, scope, calls, slots)
        noted = [i for i, each in enumerate(given) if each.fault or each.conditions] + noted
        call = ModuleCall(
            module=module,
            arguments=arguments,
            nodes=NodeCalls(schedule.index, calls),
            inputs=tuple([each.type for each in given]),
            outputs=tuple([slots[source] for _, source in schedule.outputs]),
            own_problems=self._problems(schedule, calls, noted),
            ports=schedule.ports,
            instances=schedule.instances,
            faults=tuple([g.fault for g in given if g.fault is not None and g.fault.port is not None]),
            conditions=self._conditions(schedule, calls, noted),
        )
        return self._with_ties(call, schedule.ties) if schedule.ties else call

    def _with_ties(self, call: ModuleCall, ties: tuple[Tie, ...]) -> ModuleCall:
        found = tied(self._document, ties, call)
        problems = (*call.own_problems, *found.problems)
        return replace(call, own_problems=problems, tied_parameters=found.parameters)

    def _run(
        self,
        schedule: Schedule,
        scope: Scope,
        calls: list[NodeCall],
        slots: list[Type | None],
    ) -> list[int]:
        """Fills calls and slots, and returns the places of the calls that there is something to say about."""
        bounds = [self._rules.bound(spec, scope) for spec in schedule.specs]
        memory = [bound.calls for bound in bounds]
        noted: list[int] = []
        for spec, sources in schedule.entries:
            key = tuple([slots[source] for source in sources])
            call = memory[spec].get(key)
            if call is None:
                call = self._rules.call(bounds[spec], key, self._enter)
            if call.is_noted:
                noted.append(len(calls))
            calls.append(call)
            slots += call.outputs
        return noted

    def _enter(
        self, module: str, arguments: Mapping[str, Any], inputs: tuple[Type | None, ...]
    ) -> ModuleCall | Fault:
        self._runs += 1
        self._refused = self._refused or self._depth >= MAX_NESTING or self._runs > MAX_CALLS
        if self._depth >= MAX_NESTING:
            return Fault(tr("modules are nested more than {max_nesting} deep", max_nesting=MAX_NESTING))
        if self._runs > MAX_CALLS:
            return Fault(
                tr("the design has more than {max_calls} different module calls", max_calls=MAX_CALLS)
            )
        self._depth += 1
        try:
            return self.apply(module, arguments, inputs)
        finally:
            self._depth -= 1

    def _given(
        self,
        schedule: Schedule,
        arguments: Mapping[str, Any],
        inputs: tuple[Type | None, ...] | None,
        sizes: dict[str, Dim],
    ) -> list[Given]:
        """What the inputs pass on; fills `sizes` with what the symbols of their declarations stand for."""
        if inputs is None:
            given = [root_input(node, arguments) for node in schedule.inputs]
            examples = example_sizes(schedule.inputs, [each.type for each in given])
            given = [at_example(each, examples) for each in given]
            dims = [dim for each in given if each.type is not None for dim in each.type.shape]
            sizes.update({name: symbol(name) for dim in dims for name in symbols(dim)})
            return given
        pairs = zip(schedule.inputs, inputs, strict=True)
        given = [module_input(node, type_, arguments, sizes) for node, type_ in pairs]
        if any(each.fault is not None for each in given):
            # One wrong input makes what depends on the others a guess.
            return [Given(None, each.fault) for each in given]
        return given

    def _port_call(self, given: Given) -> NodeCall:
        if given.conditions or (given.fault is not None and given.fault.argument is not None):
            faults = (given.fault,) if given.fault is not None else ()
            return NodeCall((), (given.type,), faults=faults, conditions=given.conditions)
        if given.type not in self._ports:
            self._ports[given.type] = NodeCall((), (given.type,))
        return self._ports[given.type]

    # Problems

    def _problems(self, schedule: Schedule, calls: list[NodeCall], noted: list[int]) -> tuple[Problem, ...]:
        if schedule.module not in self._wiring:
            self._wiring[schedule.module] = wiring_problems(self._document, self._graphs, schedule)
        drawn = with_offers(self._document, self._graphs, schedule, calls, self._wiring[schedule.module])
        found = [problem for place in noted for problem in self._about(schedule.nodes[place], calls[place])]
        if not drawn or not found:
            return drawn or tuple(found)
        return in_order(schedule, (*drawn, *found))

    def _about(self, key: str, call: NodeCall) -> Iterator[Problem]:
        for fault in call.faults:
            yield fault_problem(self._document, self._graphs, key, fault)
        hint = flatten_hint(self._document, self._graphs, key, call) if call.is_doubtful else None
        if hint is not None:
            yield hint

    def _conditions(
        self, schedule: Schedule, calls: list[NodeCall], noted: list[int]
    ) -> tuple[tuple[Problem, Condition], ...]:
        return tuple(
            (condition_problem(self._document, self._graphs, schedule.nodes[place], condition), condition)
            for place in noted
            for condition in calls[place].conditions
        )


def _scope(
    schedule: Schedule, arguments: Mapping[str, Any], given: list[Given], sizes: Mapping[str, Dim]
) -> Scope:
    types = {node.name: each.type for node, each in zip(schedule.inputs, given, strict=True)}
    known = {name: type_ for name, type_ in types.items() if type_ is not None}
    numbers = {name: value for name, value in arguments.items() if type(value) in (int, Symbolic)}
    unknown = frozenset(types.keys() - known.keys() - arguments.keys())
    return Scope({**known, **arguments}, {**sizes, **numbers}, unknown)
