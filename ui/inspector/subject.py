"""What the inspector tells of a node: arguments as set, and as they count in the open call. No Qt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.calls import ModuleCall, NodeCall
from core.document import Document
from core.evaluation import Result, Sized
from core.expression import Expression, ExpressionError, Undecided, Value, evaluate, names
from core.layers import LAYERS
from core.layers.layer import Argument, ArgumentError, check
from core.record import Module, ModuleArgument, Node
from core.types import Type

from .entry import spelled


@dataclass(frozen=True)
class Setting:
    """An argument of a node, or of several nodes alike.

    `value` is what was set, None where the default stands; `evaluated` what an expression comes to in the
    open call; `error` what is wrong with it there.
    """

    spec: Argument
    value: Value | None
    evaluated: str = ""
    error: str = ""
    is_mixed: bool = False
    """Whether the nodes have different values."""

    @property
    def is_expression(self) -> bool:
        """Whether the value is computed."""
        return isinstance(self.value, Expression)

    @property
    def is_default(self) -> bool:
        """Whether nothing was set."""
        return self.value is None and not self.is_mixed

    @property
    def shown(self) -> Value | None:
        """The value that counts: the one that was set, else the default."""
        if self.value is not None or self.spec.required:
            return self.value
        default: Value | None = self.spec.default
        return default

    @property
    def text(self) -> str:
        """The value as its field shows it."""
        return "" if self.is_mixed else spelled(self.shown)


def specs_of(document: Document, node: Node) -> tuple[Argument, ...]:
    """The arguments that a node has: a layer's, or those that its module declares."""
    if node.definition is not None:
        module = document.get(node.definition)
        return tuple(map(spec_of, module.arguments)) if isinstance(module, Module) else ()
    layer = LAYERS.get(node.kind)
    return () if layer is None else layer.arguments


def spec_of(argument: ModuleArgument) -> Argument:
    """A module's argument as one of a layer."""
    return Argument(
        name=argument.name,
        kind="int",
        help=argument.help or argument.name,
        default=argument.default,
        minimum=argument.minimum,
    )


def settings_of(document: Document, node: Node, call: ModuleCall | None) -> tuple[Setting, ...]:
    """Every argument of a node as it stands in a call of its module."""
    inside = None if call is None else call.nodes.get(node.id)
    return tuple(_setting(spec, node, inside) for spec in specs_of(document, node))


def _setting(spec: Argument, node: Node, call: NodeCall | None) -> Setting:
    value = node.arguments.get(spec.name)
    error, evaluated = "", ""
    if call is not None:
        error = next((fault.text for fault in call.faults if fault.argument == spec.name), "")
        if isinstance(value, Expression) and not error:
            evaluated = spelled(call.arguments.get(spec.name))
    return Setting(spec, value, "" if evaluated == spelled(value) else evaluated, error)


def shared(of_each: Sequence[Sequence[Setting]]) -> tuple[Setting, ...]:
    """The arguments that all of several nodes have, of the same kind."""
    first, *others = of_each
    found = []
    for setting in first:
        alike = [_alike(setting, other) for other in others]
        if None in alike:
            continue
        differs = any(other is not None and other.text != setting.text for other in alike)
        found.append(replace(setting, is_mixed=differs, evaluated="" if differs else setting.evaluated))
    return tuple(found)


def _alike(setting: Setting, others: Sequence[Setting]) -> Setting | None:
    spec = setting.spec
    return next(
        (
            other
            for other in others
            if (other.spec.name, other.spec.kind, other.spec.choices) == (spec.name, spec.kind, spec.choices)
        ),
        None,
    )


Scope = Mapping[str, Result | Sized]


def scope_of(document: Document, call: ModuleCall | None, module: str) -> Scope:
    """What expressions of a module's nodes may read: its arguments, and its inputs for their shapes."""
    found: dict[str, Result | Sized] = {}
    record = document.module(module)
    for argument in record.arguments:
        found[argument.name] = argument.default
    if call is not None:
        found.update(call.arguments)
    for node in document.nodes(module):
        inside = None if call is None else call.nodes.get(node.id)
        type_ = inside.outputs[0] if inside is not None and node.kind == "Input" and inside.outputs else None
        if isinstance(type_, Type):
            found[node.name] = type_
    return found


def unknown_names(value: Value | None, scope: Scope) -> list[str]:
    """Names in an expression that its module does not have."""
    return sorted(names(value) - scope.keys()) if isinstance(value, Expression) else []


def check_in_scope(spec: Argument, value: Value | None, scope: Scope) -> None:
    """ArgumentError where an expression has no value here, or one that the argument cannot take."""
    if not isinstance(value, Expression):
        return
    try:
        found = evaluate(value, scope)
    except Undecided:
        return
    except ExpressionError as error:
        raise ArgumentError(spec.name, error.message) from None
    check(spec, found)
