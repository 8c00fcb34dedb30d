"""What a formula may be: NumPy's syntax cut down to a whitelist, read without running it.

`tanh(x @ W + b) * g`: names stand for inputs and parameters, functions have NumPy's names and arguments.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from ..syntax import MAX_NUMBER, ExpressionError, bounded, normalised
from ..text import tr

MODULE: Final = "np"
"""May stand before a function: `np.exp(x)`."""


NO_NAMES: Final = frozenset({"self", "xs", "pasted"})
"""What no value may be called: a layer's spelling has these places already."""


@dataclass(frozen=True)
class Function:
    """What a function takes, the first `required` of it always."""

    arguments: tuple[str, ...]
    required: int


_ONE = Function(("x",), 1)
_TWO = Function(("a", "b"), 2)
_REDUCTION = Function(("x", "axis", "keepdims"), 1)
_ALONG = Function(("x", "axis"), 1)

FUNCTIONS: Final[Mapping[str, Function]] = {
    **dict.fromkeys(("exp", "log", "sqrt", "abs", "tanh", "sigmoid", "relu", "gelu", "silu"), _ONE),
    **dict.fromkeys(("softplus", "sin", "cos"), _ONE),
    **dict.fromkeys(("maximum", "minimum", "matmul", "power"), _TWO),
    "where": Function(("condition", "a", "b"), 3),
    **dict.fromkeys(("sum", "mean", "max", "min"), _REDUCTION),
    **dict.fromkeys(("softmax", "log_softmax"), _ALONG),
    "transpose": Function(("x", "axes"), 1),
    "swapaxes": Function(("x", "axis1", "axis2"), 3),
    "reshape": Function(("x", "shape"), 2),
    "concatenate": Function(("arrays", "axis"), 1),
}
"""Every function by its name."""

METHODS: Final = frozenset({"sum", "mean", "max", "min", "transpose", "swapaxes", "reshape"})
"""What may also be written behind a value: `x.mean(axis=-1)`."""

_ALLOWED: Final = (
    ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow,
    ast.MatMult, ast.USub, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Tuple, ast.List,
    ast.Subscript, ast.Slice, ast.keyword,
)  # fmt: skip


@lru_cache(maxsize=1024)
def read(source: str) -> ast.expr:
    """The tree of a formula, checked; not to be changed. Raises ExpressionError with the column."""
    text = normalised(source)
    try:
        tree = bounded(text, _check)
    except ExpressionError as error:
        lead = len(source) - len(source.lstrip())
        raise ExpressionError(error.message, error.column + lead) from None
    return tree.body


@lru_cache(maxsize=1024)
def names(source: str) -> tuple[str, ...]:
    """The names of the values that a formula reads, in the order in which they first appear.

    Raises ExpressionError where the formula cannot be read.
    """
    nodes = list(ast.walk(read(source)))
    called: set[int] = set()
    for call in nodes:
        if isinstance(call, ast.Call):
            prefixed = isinstance(call.func, ast.Attribute) and _is_prefixed(call.func)
            called.add(
                id(call.func.value if isinstance(call.func, ast.Attribute) and prefixed else call.func)
            )
    found = [node for node in nodes if isinstance(node, ast.Name) and id(node) not in called]
    return tuple(dict.fromkeys(node.id for node in sorted(found, key=lambda node: node.col_offset)))


def function_of(call: ast.Call) -> str:
    """The name of the function that a call names, or nothing."""
    match call.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""


def given(call: ast.Call) -> dict[str, ast.expr]:
    """The arguments of a checked call by their names; of a method the value before it is the first."""
    name = function_of(call)
    before = [call.func.value] if isinstance(call.func, ast.Attribute) and not _is_prefixed(call.func) else []
    values = [*before, *call.args]
    if name in ("reshape", "transpose") and len(values) > 2:
        values = [values[0], ast.Tuple(elts=values[1:], ctx=ast.Load())]
    found = dict(zip(FUNCTIONS[name].arguments, values, strict=False))
    return {**found, **{word.arg: word.value for word in call.keywords if word.arg is not None}}


def _is_prefixed(function: ast.AST) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == MODULE
    )


def _check(node: ast.AST, column: int) -> None:
    match node:
        case ast.Constant(value=value):
            _check_constant(value, column)
        case ast.Call():
            _check_call(node, column)
        case ast.Name(id=name) if name in NO_NAMES:
            raise ExpressionError(tr("{name} cannot name a value", name=name), column)
        case ast.Compare(ops=[_]) | ast.Attribute(attr="T" | "shape"):
            pass
        case ast.Compare():
            raise ExpressionError(tr("compare two values at a time"), column)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module == MODULE and name in FUNCTIONS:
            pass
        case ast.Attribute(attr=name) if name in METHODS:
            pass
        case ast.Attribute(attr=name):
            methods = ", ".join(sorted(METHODS))
            raise ExpressionError(
                tr("found .{name}; known are T, shape, {methods}", name=name[:40], methods=methods), column
            )
        case _ if not isinstance(node, _ALLOWED):
            found = type(node).__name__.lower()
            raise ExpressionError(
                tr("found {found}; a formula has names, numbers, + - * / ** @, comparison and functions",
                   found=_NOUNS.get(found, found)), column)  # fmt: skip


_NOUNS: Final = {
    "lambda": "a lambda", "listcomp": "a comprehension", "generatorexp": "a comprehension",
    "setcomp": "a comprehension", "dictcomp": "a comprehension", "namedexpr": "an assignment",
    "joinedstr": "a formatted string", "dict": "a dictionary", "set": "a set", "starred": "a star",
    "boolop": "and/or", "not": "not", "ifexp": "if/else (where(condition, a, b) would fit)", "mod": "'%'",
    "bitxor": "'^' (a power is **)", "bitor": "'|'", "bitand": "'&'", "invert": "'~'",
    "uadd": "a leading '+'", "in": "'in'", "notin": "'not in'", "is": "'is'", "isnot": "'is not'",
}  # fmt: skip


def _check_constant(value: object, column: int) -> None:
    if value is None or value is Ellipsis or isinstance(value, bool):
        return  # an index, an axis that is left out, keepdims
    if not isinstance(value, int | float):
        raise ExpressionError(tr("found {value}; a number would fit", value=repr(value)[:40]), column)
    if value != value or abs(value) > MAX_NUMBER:
        raise ExpressionError(tr("the number is larger than 2**63"), column)


def _check_call(call: ast.Call, column: int) -> None:
    name = function_of(call)
    if name not in FUNCTIONS or not isinstance(call.func, ast.Name | ast.Attribute):
        near = get_close_matches(name, FUNCTIONS, n=1)
        known = tr("{near} is one", near=near[0]) if near else tr("known are {names}", names=_KNOWN)
        if not name:
            raise ExpressionError(tr("only a function can be called; {known}", known=known), column)
        raise ExpressionError(tr("there is no function {name}; {known}", name=name[:40], known=known), column)
    function = FUNCTIONS[name]
    named = [word.arg for word in call.keywords]
    unknown = [word for word in named if word not in function.arguments]
    if unknown or any(isinstance(value, ast.Starred) for value in call.args):
        raise ExpressionError(
            tr("{name} takes {arguments}", name=name, arguments=", ".join(function.arguments)), column
        )
    method = isinstance(call.func, ast.Attribute) and not _is_prefixed(call.func)
    listed = name in ("reshape", "transpose")
    count = len(call.args) + method
    first = function.arguments[: len(function.arguments) if listed else count]
    doubled = set(first[:count]) & set(named)
    missing = set(function.arguments[: function.required]) - set(first[:count]) - set(named)
    if doubled or missing or (count > len(function.arguments) and not listed):
        raise ExpressionError(
            tr("{name} takes {arguments}", name=name, arguments=", ".join(function.arguments)), column
        )


_KNOWN: Final = ", ".join(sorted(FUNCTIONS))
