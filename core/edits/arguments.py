"""Setting a node's arguments, checked against what its layer or module declares."""

from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, ExpressionError, Value, parse
from ..layers import LAYERS
from ..layers.layer import Argument, ArgumentError, check
from ..record import ModuleArgument, Node
from ..text import tr


def set_argument(document: Document, node: str, name: str, value: Value | None) -> None:
    """Sets an argument, or takes it back to its default by None.

    Raises ArgumentError where there is no such argument or the value is not of its type or range.
    """
    old = document.node(node)
    arguments = {key: kept for key, kept in old.arguments.items() if key != name}
    if value is not None:
        arguments[name] = _checked(document, old, name, value)
    with document.edit(tr("Set {name} of {old}", name=name, old=old.name)):
        document.put(replace(old, arguments=arguments))


def check_whole_number(spec: ModuleArgument, value: object) -> int:
    """The value as a module's argument takes it; ArgumentError otherwise."""
    if type(value) is not int:
        raise ArgumentError(spec.name, tr("expected a whole number, got {value}", value=repr(value)))
    if spec.minimum is not None and value < spec.minimum:
        raise ArgumentError(
            spec.name, tr("expected at least {minimum}, got {value}", minimum=spec.minimum, value=value)
        )
    return value


def _checked(document: Document, node: Node, name: str, value: Value) -> Value:
    if node.definition is not None:
        module = document.module(node.definition)
        found = next((spec for spec in module.arguments if spec.name == name), None)
        if found is None:
            raise ArgumentError(
                name,
                tr(
                    "{module} has no argument {name}{arguments}",
                    module=module.name,
                    name=name,
                    arguments=_known(module.arguments),
                ),
            )
        return _read(name, value) if isinstance(value, Expression) else check_whole_number(found, value)
    layer = LAYERS.get(node.kind)
    if layer is None:
        return value
    spec = next((spec for spec in layer.arguments if spec.name == name), None)
    if spec is None:
        raise ArgumentError(
            name,
            tr(
                "{kind} has no argument {name}{arguments}",
                kind=node.kind,
                name=name,
                arguments=_known(layer.arguments),
            ),
        )
    if isinstance(value, Expression):
        if layer.structural:
            raise ArgumentError(
                name,
                tr(
                    "{kind} takes plain values, got the expression {value}",
                    kind=node.kind,
                    value=value.source,
                ),
            )
        return _read(name, value)
    checked: Value = check(spec, value)
    return checked


def _read(name: str, expression: Expression) -> Expression:
    try:
        return parse(expression.source)
    except ExpressionError as error:
        raise ArgumentError(name, error.message) from error


def _known(specs: tuple[Argument, ...] | tuple[ModuleArgument, ...]) -> str:
    names = ", ".join(spec.name for spec in specs)
    return f"; it has {names}" if names else ""
