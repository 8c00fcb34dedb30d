"""The memory of shape rules: each (layer, arguments, input types) is worked out once and then looked up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .calls import Fault, ModuleCall, NodeCall
from .dim import Dim, Symbolic, TooManyTerms
from .document import Document
from .layers import LAYERS
from .layers.control import CONTROL, While
from .layers.layer import ArgumentError, Layer, bind, ports_of
from .module_arguments import module_arguments
from .ports import port_default, port_nodes
from .record import INDEX, INSTANCE_MARK, Module
from .schedule import Spec, spec_of, typed
from .settle import Open, Settled, branch, empty_slot, evaluated, holds, settled
from .shape_rule import worked_out
from .structures import MAX_REPEATS, Branch, Loop, OpenChoice, Parts, Repeated, Same, SymbolicallyRepeated
from .text import tr
from .types import Type
from .use import SLOT_MARK, Use
from .value import kind_names, names_of

MEMO_LIMIT = 50_000
"""Calls that are remembered before the memory starts anew."""

Enter = Callable[[str, Mapping[str, Any], tuple[Type | None, ...]], ModuleCall | Fault]
"""Resolves a module with these arguments and input types; a fault where that is refused."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the arguments inside a module call may read."""

    names: Mapping[str, Any]
    """The module's arguments, and its inputs' types for expressions that read a shape."""
    sizes: Mapping[str, Dim]
    """The sizes that a text of a shape may name: arguments, and symbols that the inputs declare."""
    unknown: frozenset[str]
    """Inputs whose type a problem hides; what reads them is unknown too."""
    opens: bool = False
    """Whether choices that read a name stay open, so that a definition shows both of their parts."""


@dataclass(slots=True, eq=False)
class Bound:
    """A kind with its arguments evaluated, and what it makes of inputs seen so far."""

    outputs: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    layer: Layer | None = None
    definition: str | None = None
    fault: Fault | None = None
    parts: Parts | None = None
    settles: str = ""
    """The kind that a slot or a choice came to."""
    count: Dim | None = None
    shared: bool = False
    tied: bool = False
    calls: dict[tuple[Type | None, ...], NodeCall] = field(default_factory=dict)


class Rules:
    """Bounds and their calls, limited in number; an edit of a module drops what its calls gave."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._layers: dict[tuple[Any, ...], Bound] = {}
        self._instances: dict[str, dict[tuple[Any, ...], Bound]] = {}
        self._types: dict[Type, Type] = {}
        self.remembered = 0
        """How many calls the memory holds."""

    def forget(self, modules: set[str]) -> None:
        """Drops the calls of these modules."""
        for module in modules:
            for bound in self._instances.pop(module, {}).values():
                self.remembered -= len(bound.calls)

    def trim(self) -> None:
        """Starts the memory anew where it has grown beyond its limit."""
        if self.remembered > MEMO_LIMIT or len(self._layers) > MEMO_LIMIT:
            self._layers.clear()
            self._instances.clear()
            self._types.clear()
            self.remembered = 0

    def bound(self, spec: Spec, scope: Scope) -> Bound:
        """The spec with its expressions evaluated and the sizes in its texts put in."""
        if not spec.kind:
            return Bound(spec.outputs)
        if spec.repeat is None and not spec.tied:
            return self._single(spec, scope)
        try:
            if spec.repeat is None:
                return Bound(spec.outputs, parts=Same(self._single(spec, scope)), tied=True)
            return self._repeated(spec, scope)
        except ArgumentError as error:
            return Bound(spec.outputs, fault=Fault(error.message, argument=error.argument))

    def _single(self, spec: Spec, scope: Scope) -> Bound:
        """One call of the spec."""
        if spec.kind in CONTROL or spec.kind.startswith(SLOT_MARK):
            return self._composite(spec, scope)
        key, values = spec.key, spec.arguments
        if not spec.is_constant:
            try:
                evaluated_ = _evaluated(spec, scope)
            except ArgumentError as error:
                return Bound(spec.outputs, fault=Fault(error.message, argument=error.argument))
            if evaluated_ is None:
                return Bound(spec.outputs)
            values = evaluated_
            key = (spec.kind, spec.outputs, *[(name, typed(value)) for name, value in values.items()])
            key += tuple(
                (name, scope.sizes[name]) for name in sorted(frozenset().union(*spec.sizes.values()))
            )
        if not spec.kind.startswith(INSTANCE_MARK):
            return self._layers.get(key) or self._layers.setdefault(
                key, _bound_layer(spec, values, scope.sizes)
            )
        definition = spec.kind[len(INSTANCE_MARK) :]
        known = self._instances.setdefault(definition, {})
        return known.get(key) or known.setdefault(key, self._bound_instance(definition, spec, values))

    def _composite(self, spec: Spec, scope: Scope) -> Bound:
        """A slot, a choice, a branch or a loop."""
        read = frozenset().union(kind_names(spec.kind), *map(names_of, spec.arguments.values()))
        if read & scope.unknown:
            return Bound(spec.outputs)
        try:
            if spec.kind == "Choose" and scope.opens and names_of(spec.arguments.get("condition", True)):
                return self._open(spec, scope)
            return self._composed(spec, scope)
        except Open as error:
            if spec.kind != "Choose" or error.argument != "condition":
                return Bound(spec.outputs, fault=Fault(error.message, argument=error.argument))
            return self._open(spec, scope)
        except ArgumentError as error:
            return Bound(spec.outputs, fault=Fault(error.message, argument=error.argument))

    def _open(self, spec: Spec, scope: Scope) -> Bound:
        """Both parts of a choice, and the one that is picked where that is decided."""
        then, otherwise = (self._part(spec, branch(spec.arguments, yes), scope) for yes in (True, False))
        try:
            value = evaluated("condition", spec.arguments.get("condition", True), scope.names)
            picked: bool | None = holds("condition", value)
        except Open:
            picked = None
        return Bound(spec.outputs, parts=OpenChoice(then, otherwise, picked))

    def _composed(self, spec: Spec, scope: Scope) -> Bound:
        made = settled(spec.kind, spec.arguments, scope.names)
        if made.kind == "If":
            both = [self._part(spec, branch(made.arguments, picked), scope) for picked in (True, False)]
            return Bound(spec.outputs, made.arguments, parts=Branch(*both))
        if made.kind == "While":
            layer = bind(LAYERS["While"], made.arguments)
            assert isinstance(layer, While)
            condition = self._part(spec, layer.condition, scope, "condition", 1)
            body = self._part(spec, layer.body, scope, "body")
            return Bound(spec.outputs, made.arguments, parts=Loop(condition, body, layer.bound))
        found = self._plain(made, spec.outputs, scope)
        return Bound(spec.outputs, parts=Same(found), settles=made.kind)

    def _part(
        self, spec: Spec, part: Use, scope: Scope, name: str = "then", outputs: int | None = None
    ) -> Bound:
        """A use inside a node as a bound of its own. ArgumentError where it is empty."""
        if not part.kind:
            raise ArgumentError(name, empty_slot(name))
        count = spec.outputs if outputs is None else outputs
        return self._plain(settled(part.kind, part.named, scope.names), count, scope)

    def _plain(self, made: Settled, outputs: int, scope: Scope) -> Bound:
        if made.kind.startswith(INSTANCE_MARK):
            if not isinstance(self._document.get(made.kind[len(INSTANCE_MARK) :]), Module):
                raise ArgumentError("module", tr("the module of this instance is not in the design"))
        elif made.kind not in LAYERS or made.kind in ("Input", "Output"):
            raise ArgumentError("module", tr("there is no layer {kind}", kind=made.kind))
        return self.bound(spec_of(made.kind, made.arguments, outputs), scope)

    def _repeated(self, spec: Spec, scope: Scope) -> Bound:
        """Calls in a row. ArgumentError where their number does not fit."""
        count = evaluated("repeat", spec.repeat, scope.names)
        once = replace(spec, repeat=None, tied=False)
        one = Bound(spec.outputs, shared=spec.shared, tied=spec.tied)
        reads = kind_names(spec.kind).union(*map(names_of, spec.arguments.values()))
        if INDEX in reads and spec.shared:
            raise ArgumentError("repeat", one_for_all())
        if isinstance(count, Symbolic):
            one.count, one.parts = count, SymbolicallyRepeated(count, lambda i: self._at(once, scope, i))
            return one
        if type(count) is not int or count < 0:
            raise ArgumentError(
                "repeat", tr("expected a whole number of repetitions, got {count}", count=count)
            )
        if count > MAX_REPEATS:
            message = tr("{count} repetitions are more than the {most} that are laid out",
                         count=f"{count:,}", most=f"{MAX_REPEATS:,}")  # fmt: skip
            raise ArgumentError("repeat", message)
        if INDEX in reads:
            one.parts = Repeated([self._at(once, scope, index) for index in range(count)])
        else:
            one.parts = Repeated([self._single(once, scope)] * count)
        return one

    def _at(self, spec: Spec, scope: Scope, index: Dim) -> Bound:
        inside = replace(scope, names={**scope.names, INDEX: index}, sizes={**scope.sizes, INDEX: index})
        return self._single(spec, inside)

    def call(self, bound: Bound, inputs: tuple[Type | None, ...], enter: Enter) -> NodeCall:
        """What the kind makes of inputs that it has not seen, remembered from now on."""
        call = _as_taken(self._called(bound, inputs, enter), bound.outputs)
        if bound.settles or bound.tied or bound.shared or bound.count is not None:
            call = call.replaced(
                kind=bound.settles or call.kind,
                tied=bound.tied or call.tied,
                shared=bound.shared or call.shared,
                count=call.count if bound.count is None else bound.count,
            )
        bound.calls[inputs] = call
        self.remembered += 1
        return call

    def _called(self, bound: Bound, inputs: tuple[Type | None, ...], enter: Enter) -> NodeCall:
        if bound.parts is not None:
            call = bound.parts.call(inputs, bound.outputs, lambda part, types: self._look(part, types, enter))
            return call if isinstance(bound.parts, Same) else call.replaced(arguments=bound.arguments)
        if bound.definition is not None:
            return _entered(bound, inputs, self._enter_module(bound, inputs, enter))
        if bound.layer is None or None in inputs:
            faults = (bound.fault,) if bound.fault is not None else ()
            return NodeCall(inputs, (None,) * bound.outputs, bound.arguments, faults=faults)
        known = tuple([type_ for type_ in inputs if type_ is not None])
        takes = len(ports_of(bound.layer)[0])
        if not bound.layer.variadic and len(known) != takes:
            return NodeCall(
                inputs, (None,) * bound.outputs, bound.arguments, faults=(_arity(takes, len(known)),)
            )
        return self._interned(worked_out(bound.layer, bound.arguments, known, bound.outputs))

    def _look(self, bound: Bound, inputs: tuple[Type | None, ...], enter: Enter) -> NodeCall:
        return bound.calls.get(inputs) or self.call(bound, inputs, enter)

    def _enter_module(
        self, bound: Bound, inputs: tuple[Type | None, ...], enter: Enter
    ) -> ModuleCall | Fault:
        assert bound.definition is not None
        takes = port_nodes(self._document, bound.definition, "Input")
        if len(takes) < len(inputs) or None in map(port_default, takes[len(inputs) :]):
            return _arity(len(takes), len(inputs))
        inputs = (*inputs, *[Type(())] * (len(takes) - len(inputs)))
        return enter(bound.definition, bound.arguments, inputs)

    def _bound_instance(self, definition: str, spec: Spec, values: Mapping[str, Any]) -> Bound:
        module = self._document.module(definition)
        try:
            arguments = module_arguments(module, values)
        except ArgumentError as error:
            return Bound(spec.outputs, fault=Fault(error.message, argument=error.argument))
        return Bound(spec.outputs, arguments, definition=definition)

    def _interned(self, call: NodeCall) -> NodeCall:
        """The call with each type as one object, which makes the next look-up quick."""
        types = tuple([None if t is None else self._types.setdefault(t, t) for t in call.outputs])
        object.__setattr__(call, "outputs", types)
        return call


def one_for_all() -> str:
    """The sentence about an index that is read where every call is the same."""
    return tr("calls that share their weights are all the same, so nothing in them can read the index i")


def _arity(takes: int, given: int) -> Fault:
    return Fault(
        tr("it takes {takes} inputs and is given {given}; a module with as many would fit",
           takes=takes, given=given)
    )  # fmt: skip


def _as_taken(call: NodeCall, outputs: int) -> NodeCall:
    """The call with as many outputs as the node has; a fault where that is not what it gives."""
    if len(call.outputs) == outputs:
        return call
    fault = Fault(
        tr("it gives {given} values where {taken} are taken; a module with as many outputs would fit",
           given=len(call.outputs), taken=outputs)
    )  # fmt: skip
    return call.replaced(outputs=(None,) * outputs, faults=call.faults or (fault,))


def _entered(bound: Bound, inputs: tuple[Type | None, ...], inner: ModuleCall | Fault) -> NodeCall:
    if isinstance(inner, Fault):
        return NodeCall(inputs, (None,) * bound.outputs, bound.arguments, faults=(inner,))
    return NodeCall(inputs, inner.outputs, bound.arguments, inner=inner, faults=inner.faults)


def _evaluated(spec: Spec, scope: Scope) -> dict[str, Any] | None:
    """The arguments' values, None where one reads an unknown input. ArgumentError names the faulty one."""
    values: dict[str, Any] = {}
    for name, value in spec.arguments.items():
        if scope.unknown and names_of(value) & scope.unknown:
            return None
        values[name] = evaluated(name, value, scope.names)
    for name, read in spec.sizes.items():
        missing = sorted(read - scope.sizes.keys())
        if missing and scope.unknown:
            return None
        if missing:
            raise ArgumentError(
                name, tr("unknown size {missing}; {scope}", missing=missing[0], scope=_known(scope))
            )
    return values


def _known(scope: Scope) -> str:
    return f"known are {', '.join(sorted(scope.sizes))}" if scope.sizes else "no sizes are known here"


def _bound_layer(spec: Spec, values: Mapping[str, Any], sizes: Mapping[str, Dim]) -> Bound:
    try:
        layer = bind(LAYERS[spec.kind], values)
        layer = layer.with_sizes(sizes) if spec.sizes else layer
    except ArgumentError as error:
        return Bound(spec.outputs, fault=Fault(error.message, argument=error.argument))
    except (TooManyTerms, ZeroDivisionError) as error:
        return Bound(spec.outputs, fault=Fault(str(error), argument=next(iter(spec.sizes))))
    # An Output passes nothing on, so there is nothing to trace.
    return Bound(spec.outputs, values, None if spec.kind == "Output" else layer)
