"""The memory of shape rules: each (layer, arguments, input types) is worked out once and then looked up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .calls import Fault, ModuleCall, NodeCall
from .dim import Dim, Symbolic, TooManyTerms
from .document import Document
from .expression import Expression, ExpressionError, Literal, Result, evaluate, names
from .layers import LAYERS
from .layers.layer import ArgumentError, Layer, bind
from .record import INSTANCE_MARK, Module
from .schedule import Spec, typed
from .shape_rule import worked_out
from .text import tr
from .types import Type

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


@dataclass(slots=True, eq=False)
class Bound:
    """A kind with its arguments evaluated, and what it makes of inputs seen so far."""

    outputs: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    layer: Layer | None = None
    definition: str | None = None
    fault: Fault | None = None
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
        key, values = spec.key, spec.arguments
        if not spec.is_constant:
            try:
                evaluated = _evaluated(spec, scope)
            except ArgumentError as error:
                return Bound(spec.outputs, fault=Fault(error.message, argument=error.argument))
            if evaluated is None:
                return Bound(spec.outputs)
            values = evaluated
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

    def call(self, bound: Bound, inputs: tuple[Type | None, ...], enter: Enter) -> NodeCall:
        """What the kind makes of inputs that it has not seen, remembered from now on."""
        if bound.definition is not None:
            call = _entered(bound, inputs, enter(bound.definition, bound.arguments, inputs))
        elif bound.layer is None or None in inputs:
            faults = (bound.fault,) if bound.fault is not None else ()
            call = NodeCall(inputs, (None,) * bound.outputs, bound.arguments, faults=faults)
        else:
            known = tuple([type_ for type_ in inputs if type_ is not None])
            call = self._interned(worked_out(bound.layer, bound.arguments, known, bound.outputs))
        bound.calls[inputs] = call
        self.remembered += 1
        return call

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


def _entered(bound: Bound, inputs: tuple[Type | None, ...], inner: ModuleCall | Fault) -> NodeCall:
    if isinstance(inner, Fault):
        return NodeCall(inputs, (None,) * bound.outputs, bound.arguments, faults=(inner,))
    return NodeCall(inputs, inner.outputs, bound.arguments, inner=inner, faults=inner.faults)


def _evaluated(spec: Spec, scope: Scope) -> dict[str, Any] | None:
    """The arguments' values, None where one reads an unknown input. ArgumentError names the faulty one."""
    values: dict[str, Any] = {}
    for name, value in spec.arguments.items():
        if isinstance(value, Expression):
            if scope.unknown and names(value) & scope.unknown:
                return None
            values[name] = _value(name, value, scope)
        else:
            values[name] = value
    for name, read in spec.sizes.items():
        missing = sorted(read - scope.sizes.keys())
        if missing and scope.unknown:
            return None
        if missing:
            raise ArgumentError(
                name, tr("unknown size {missing}; {scope}", missing=missing[0], scope=_known(scope))
            )
    return values


def _value(name: str, expression: Expression, scope: Scope) -> Result:
    try:
        return evaluate(expression, scope.names)
    except ExpressionError as error:
        raise ArgumentError(name, error.message) from None


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


def module_arguments(module: Module, values: Mapping[str, Any]) -> dict[str, Any]:
    """A module's arguments with defaults filled in; ArgumentError where one is unknown or does not fit."""
    known = {argument.name: argument for argument in module.arguments}
    for name in values:
        if name not in known:
            raise ArgumentError(name, tr("{module} has no argument {name}", module=module.name, name=name))
    found: dict[str, Any] = {}
    for name, argument in known.items():
        value = values.get(name, argument.default)
        if not _is_like(value, argument.default):
            noun = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
            raise ArgumentError(
                name,
                tr(
                    "expected {default}, got {value}",
                    default=noun.get(type(argument.default), "a list"),
                    value=repr(value),
                ),
            )
        if argument.minimum is not None and isinstance(value, int) and value < argument.minimum:
            raise ArgumentError(
                name, tr("expected at least {minimum}, got {value}", minimum=argument.minimum, value=value)
            )
        found[name] = value
    return found


def _is_like(value: object, default: Literal) -> bool:
    if isinstance(value, Symbolic):
        return type(default) is int
    return type(value) is type(default) or (type(default) is float and type(value) is int)
