"""Argument values that the user types: `4 * width`, `64 * 2**i`, `2 if i else 1`, `x.shape[1] // 2`."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import TypeAlias

import msgspec

from .evaluation import Result, Sized, Undecided, value_of
from .syntax import ExpressionError, normalised, tree
from .text import tr
from .use import Use, use

__all__ = [
    "Expression",
    "ExpressionError",
    "Literal",
    "Result",
    "Sized",
    "Undecided",
    "Use",
    "Value",
    "evaluate",
    "names",
    "parse",
    "rename",
    "shaped_names",
    "substitute",
    "use",
]


class Expression(msgspec.Struct, frozen=True, cache_hash=True, tag="expression"):
    """An expression in the user's own spelling; it can always be read, though it may have no value."""

    source: str

    def __post_init__(self) -> None:
        tree(self.source)


Literal: TypeAlias = bool | int | float | str | tuple[int | Use, ...] | Use
Value: TypeAlias = Literal | Expression


def parse(source: str) -> Expression:
    """The expression that the text spells. Raises ExpressionError with the column in `source`."""
    try:
        return _parsed(normalised(source))
    except ExpressionError as error:
        raise ExpressionError(error.message, error.column + len(source) - len(source.lstrip())) from None


_parsed = lru_cache(maxsize=4096)(Expression)


def names(expression: Expression) -> frozenset[str]:
    """The names that must be known to evaluate it, inputs whose shape is read among them."""
    return _names(expression.source)


@lru_cache(maxsize=4096)
def _names(source: str) -> frozenset[str]:
    return frozenset(node.id for node in _sites(source))


def evaluate(expression: Expression, scope: Mapping[str, Result | Sized]) -> Result:
    """The value where `scope` says what the names stand for.

    Raises Undecided where it depends on sizes not known yet, ExpressionError where there is no value.
    """
    return value_of(tree(expression.source).body, scope)


def rename(expression: Expression, new_names: Mapping[str, str]) -> Expression:
    """The same expression under other names, all replaced at once."""
    for name in new_names.values():
        if not name.isidentifier():
            raise ExpressionError(tr("{name} cannot be a name in an expression", name=repr(name)))
    return _replaced(expression, dict(new_names))


def substitute(expression: Expression, values: Mapping[str, Value]) -> Expression:
    """The expression with names replaced, all at once; parentheses are added only where they are needed.

    Raises ExpressionError where the result would be too long, or a name whose shape is read gets a value.
    """
    return _replaced(expression, {name: _spelling(value) for name, value in values.items()})


def _spelling(value: Value) -> str:
    if isinstance(value, float) and not isfinite(value):
        raise ExpressionError(tr("{value} cannot be written in an expression", value=value))
    if _holds_use(value):
        raise ExpressionError(tr("a module cannot be written inside an expression"))
    return value.source if isinstance(value, Expression) else repr(value)


def _holds_use(value: Value) -> bool:
    return isinstance(value, Use) or (isinstance(value, tuple) and any(isinstance(v, Use) for v in value))


def _replaced(expression: Expression, texts: Mapping[str, str]) -> Expression:
    sites = [node for node in _sites(expression.source) if node.id in texts]
    if not sites:
        return expression
    shaped = _shaped(expression.source)
    for name in texts.keys() & shaped:
        if not isinstance(tree(normalised(texts[name])).body, ast.Name):
            raise ExpressionError(
                tr("{name}.shape is read here, so {name} can only become another name", name=name)
            )
    wanted = _Replacing({name: tree(texts[name]).body for name in {site.id for site in sites}})
    target = ast.dump(wanted.visit(copy.deepcopy(tree(expression.source))))
    fitting = [_in_parentheses(texts[site.id]) for site in sites]
    for index, site in enumerate(sites):
        bare = [*fitting[:index], texts[site.id], *fitting[index + 1 :]]
        if _spells(_spliced(expression.source, sites, bare), target):
            fitting = bare
    return parse(_spliced(expression.source, sites, fitting))


def _spliced(source: str, sites: list[ast.Name], texts: list[str]) -> str:
    """The text with each site replaced; sites stand in the order of the text."""
    pieces, end = [], 0
    for site, text in zip(sites, texts, strict=True):
        pieces += [source[end : site.col_offset], text]
        end = site.end_col_offset or 0
    return "".join(pieces) + source[end:]


def _spells(source: str, target: str) -> bool:
    try:
        return ast.dump(tree(source)) == target
    except ExpressionError:
        return False


def _in_parentheses(text: str) -> str:
    atom = isinstance(
        tree(text).body, ast.Name | ast.Constant | ast.Tuple | ast.List | ast.Subscript | ast.Call
    )
    return text if atom else f"({text})"


class _Replacing(ast.NodeTransformer):
    def __init__(self, nodes: Mapping[str, ast.expr]) -> None:
        self.nodes = nodes

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.nodes.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [self.visit(part) for part in node.args]
        return node


@lru_cache(maxsize=4096)
def _sites(source: str) -> tuple[ast.Name, ...]:
    """Where names stand that are looked up, in the order of the text; a function's name is none."""
    nodes = list(ast.walk(tree(source)))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = [node for node in nodes if isinstance(node, ast.Name) and id(node) not in called]
    return tuple(sorted(found, key=lambda node: node.col_offset))


def shaped_names(expression: Expression) -> frozenset[str]:
    """The inputs whose shape the expression reads."""
    return frozenset(_shaped(expression.source))


def _shaped(source: str) -> set[str]:
    found = [node.value for node in ast.walk(tree(source)) if isinstance(node, ast.Attribute)]
    return {node.id for node in found if isinstance(node, ast.Name)}
