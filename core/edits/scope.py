"""The names that a node's arguments read, in expressions and in texts of shapes, and putting others there."""

from collections.abc import Mapping

from msgspec.structs import replace

from .. import dim
from ..expression import Expression, ExpressionError, Value, evaluate, names, substitute
from ..layers import LAYERS
from ..record import Node
from ..text import tr
from ..types import parse_shape
from .error import EditError


def shape_texts(node: Node) -> dict[str, str]:
    """The arguments of a node that spell a shape (`B, width`), by name."""
    layer = LAYERS.get(node.kind)
    spelt = [spec.name for spec in layer.arguments if spec.dimensions] if layer is not None else []
    return {name: text for name in spelt if isinstance(text := node.arguments.get(name), str)}


def names_in_shape(text: str) -> frozenset[str]:
    """The names that a shape's text reads; none where it cannot be read."""
    try:
        return frozenset().union(*(dim.symbols(size) for size in parse_shape(text)))
    except ExpressionError:
        return frozenset()


def names_read(node: Node) -> frozenset[str]:
    """Every name that a node's arguments read."""
    read = [names(value) for value in node.arguments.values() if isinstance(value, Expression)]
    return frozenset().union(*read, *(names_in_shape(text) for text in shape_texts(node).values()))


def put_in(node: Node, values: Mapping[str, Value], sizes: Mapping[str, Value]) -> Node:
    """The node with names replaced: in expressions as `values` says, in texts of shapes as `sizes` does.

    Raises EditError where the result could not be read.
    """
    texts = shape_texts(node)
    arguments = {
        name: _shape_put_in(node, name, texts[name], sizes)
        if name in texts
        else _put_in(node, name, value, values)
        for name, value in node.arguments.items()
    }
    return node if arguments == node.arguments else replace(node, arguments=arguments)


def settled(expression: Expression, values: Mapping[str, Value]) -> Value:
    """The expression with those names replaced; its value where no name is left and an argument can hold it.

    Raises ExpressionError where the result could not be read.
    """
    known = {name: values[name] for name in names(expression) if name in values}
    if not known:
        return expression
    replaced = substitute(expression, known)
    if names(replaced):
        return replaced
    try:
        value = evaluate(replaced, {})
    except ExpressionError:
        return replaced  # such as a division by zero: a problem to be shown, not one of this edit
    if isinstance(value, tuple):
        whole = tuple(item for item in value if type(item) is int)
        return whole if len(whole) == len(value) else replaced
    return value if isinstance(value, bool | int | float | str) else replaced


def _put_in(node: Node, name: str, value: Value, values: Mapping[str, Value]) -> Value:
    if not isinstance(value, Expression):
        return value
    try:
        return settled(value, values)
    except ExpressionError as error:
        raise EditError(
            tr("{name} of {node} cannot follow: {error}", name=name, node=node.name, error=error.message)
        ) from error


def _shape_put_in(node: Node, name: str, text: str, sizes: Mapping[str, Value]) -> str:
    if not names_in_shape(text) & sizes.keys():
        return text
    try:
        changed = ",".join(_size_put_in(part, sizes) for part in text.split(","))
        parse_shape(changed)
    except ExpressionError as error:
        raise EditError(
            tr("{name} of {node} cannot follow: {error}", name=name, node=node.name, error=error.message)
        ) from error
    return changed


def _size_put_in(part: str, sizes: Mapping[str, Value]) -> str:
    """One axis of a shape's text, the blanks before it kept."""
    if not part.strip():
        return part
    value = settled(Expression(part.strip()), sizes)
    return part[: len(part) - len(part.lstrip())] + (
        value.source if isinstance(value, Expression) else str(value)
    )
