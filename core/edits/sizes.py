"""The sizes of a module's inputs that arguments inside read (`x.shape[1]`): found, named, and replaced."""

import ast
from collections.abc import Container, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from ..calls import DEFAULT_SIZE
from ..dim import Dim, Symbolic, symbol, symbols, text
from ..document import Document
from ..expression import Expression, ExpressionError, Value, evaluate, parse
from ..inputs import bound_shape, declared, example_sizes, setting
from ..ports import port_nodes
from ..record import Node
from ..syntax import tree
from ..text import tr
from ..types import Shape, Type, parse_shape
from ..value import uses_of
from .error import EditError
from .scope import shape_texts


class SizeRead(NamedTuple):
    """`x.shape[1]` in an expression: the input, the axis where it is a plain number, and its place."""

    input: str
    axis: int | None
    source: str
    start: int
    end: int


def size_reads(expression: Expression, inputs: Container[str]) -> list[SizeRead]:
    """Where the expression reads a size of one of these inputs, in the order of the text.

    Raises EditError where it reads a whole shape, which is not one number.
    """
    found: list[SizeRead] = []
    waiting: list[ast.AST] = [tree(expression.source).body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Subscript) and (name := _input_of(node.value)) in inputs:
            start, end = node.col_offset, node.end_col_offset or 0
            found.append(SizeRead(name, _number(node.slice), expression.source[start:end], start, end))
        elif (name := _input_of(node)) in inputs:
            raise EditError(
                tr(
                    "{expression} reads the whole shape of {name}; one of its sizes would fit",
                    expression=expression.source,
                    name=name,
                )
            )
        else:
            waiting += ast.iter_child_nodes(node)
    return sorted(found, key=lambda read: read.start)


def with_reads(expression: Expression, reads: list[SizeRead], texts: Mapping[str, str]) -> Expression:
    """The expression with each read replaced by the name or number that `texts` has for its source."""
    source = expression.source
    for read in reversed(reads):
        source = source[: read.start] + texts[read.source] + source[read.end :]
    return parse(source)


def all_shape_texts(node: Node) -> list[tuple[str, str]]:
    """The arguments of a node that spell a shape with their texts, those of uses in its values among them."""
    inside = [
        (name, text)
        for name, value in node.arguments.items()
        for use in uses_of(value)
        for text in shape_texts(replace(node, kind=use.kind, arguments=use.named)).values()
    ]
    return [*shape_texts(node).items(), *inside]


def inputs_by_name(document: Document, module: str) -> dict[str, Node]:
    """The Inputs of a module."""
    return {node.name: node for node in port_nodes(document, module, "Input")}


def declared_shape(node: Node) -> Shape | None:
    """The shape that an Input declares, arguments as symbols; None where it declares none."""
    try:
        return parse_shape(setting(node, "shape")) or None
    except ExpressionError:
        return None


def example_shape(document: Document, node: Node) -> tuple[int, ...] | None:
    """The shape that an Input declares in numbers, as its example sizes say; None where it declares none."""
    arguments = {argument.name: argument.default for argument in document.module(node.module).arguments}
    type_ = declared(node, arguments).type
    return None if type_ is None else bound_shape(type_, dict(example_sizes([node], [type_])))


def example_size(document: Document, node: Node, axis: int | None) -> int:
    """The size of an Input along an axis as its example says; 2 where it does not."""
    shape = example_shape(document, node)
    if shape is None or axis is None or not -len(shape) <= axis < len(shape):
        return DEFAULT_SIZE
    return shape[axis]


def symbol_at(node: Node, axis: int | None) -> str | None:
    """The name that an Input's declaration has for an axis; None where it has a number or a formula."""
    shape = declared_shape(node)
    if shape is None or axis is None or not -len(shape) <= axis < len(shape):
        return None
    return name_of(shape[axis])


def name_of(size: Dim) -> str | None:
    """The name that the size consists of."""
    name = text(size)
    return name if isinstance(size, Symbolic) and symbols(size) == {name} else None


def as_size(document: Document, module: str, value: Value) -> Value | None:
    """What an argument's value is in a shape's text of that module; None where it cannot stand there."""
    if not isinstance(value, Expression):
        return value if type(value) is int else None
    scope: dict[str, Dim | Type] = {
        name: Type(shape)
        for name, node in inputs_by_name(document, module).items()
        if (shape := declared_shape(node)) is not None
    }
    scope |= {argument.name: symbol(argument.name) for argument in document.module(module).arguments}
    try:
        size = evaluate(value, scope)
    except ExpressionError:
        return None
    if isinstance(size, Symbolic):
        return Expression(text(size))
    return size if type(size) is int else None


def _input_of(node: ast.AST) -> str:
    """The input whose shape the node reads; empty where it reads none."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id
    return ""


def _number(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None
