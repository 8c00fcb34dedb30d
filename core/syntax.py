"""What a user may type as an expression: Python's syntax cut down to a whitelist, read without running it.

Every bound here is there so that nothing typed can hang or crash the window.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from .text import tr

MAX_LENGTH: Final = 1000
MAX_DEPTH: Final = 60
MAX_NUMBER: Final = 2**63

_ALLOWED: Final = (
    ast.Name, ast.Tuple, ast.List, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Subscript,
    ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.USub, ast.Not,
    ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip

FUNCTIONS: Final = ("len", "max", "min")
"""What an expression may call, with Python's meaning."""

_NOUNS: Final[dict[type[ast.AST], str]] = {
    ast.Call: "a call",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "a formatted string",
    ast.Slice: "a slice",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.Starred: "a star",
}

_SIGNS: Final[dict[type[ast.AST], str]] = {
    ast.BitOr: "'|'", ast.BitAnd: "'&'", ast.BitXor: "'^'", ast.LShift: "'<<'", ast.RShift: "'>>'",
    ast.MatMult: "'@'", ast.Invert: "'~'", ast.UAdd: "a leading '+'", ast.In: "'in'", ast.NotIn: "'not in'",
    ast.Is: "'is'", ast.IsNot: "'is not'",
}  # fmt: skip

_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_NUMBER_LIKE: Final = re.compile(r"(?<![\w.])\.?\d[\w.]*")
_NUMBER: Final = re.compile(
    r"0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE]\d*)?", re.ASCII
)


class ExpressionError(ValueError):
    """An expression that cannot be read or has no value; `column` counts characters from 0."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message, column)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return self.message


def normalised(source: str) -> str:
    """The text with blanks for line ends and tabs, and none around it."""
    return re.sub(r"\s", " ", source).strip(" ")


@lru_cache(maxsize=4096)
def tree(source: str) -> ast.Expression:
    """The syntax tree of normalised text, checked; columns count characters. Not to be changed.

    Raises ExpressionError for anything outside the whitelist or beyond the bounds.
    """
    return bounded(source, _check_node)


def bounded(source: str, check_node: Callable[[ast.AST, int], None]) -> ast.Expression:
    """The syntax tree of normalised text within the bounds; each node and its column go through `check_node`.

    Columns count characters. Raises ExpressionError where the text cannot be read.
    """
    _check_text(source)
    try:
        parsed = ast.parse(source, mode="eval")
    except SyntaxError as error:
        raise _unread(error, source) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(tr("more than {max_depth} levels of nesting", max_depth=MAX_DEPTH), 0) from None
    _check_tree(parsed, source, check_node)
    return parsed


def _check_text(source: str) -> None:
    if not source:
        raise ExpressionError(tr("nothing is written here; a number or a name would fit"), 0)
    if len(source) > MAX_LENGTH:
        raise ExpressionError(
            tr(
                "{count} characters are more than the {max_length} that are read",
                count=len(source),
                max_length=MAX_LENGTH,
            ),
            MAX_LENGTH,
        )
    if "\\" in source:
        raise ExpressionError(tr("a backslash has no place in an expression"), source.index("\\"))
    bare = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), source)
    # Python would drop a comment and warn of a number that runs into a word.
    for column, sign in enumerate(bare):
        if sign in "#;" or not sign.isprintable():
            raise ExpressionError(tr("{sign} has no place in an expression", sign=repr(sign)), column)
    for word in _NUMBER_LIKE.finditer(bare):
        if not _NUMBER.fullmatch(word[0]):
            raise ExpressionError(tr("{word} is not a number", word=word[0]), word.start())


def _unread(error: SyntaxError, source: str) -> ExpressionError:
    if not error.offset or error.offset > len(source):
        return ExpressionError(tr("this ends too early; a number or a name would follow"), len(source))
    column = error.offset - 1
    reason = (error.msg or "invalid syntax").split(". ")[0].removesuffix(" (detected at line 1)")
    if reason == "invalid syntax":
        reason = f"unexpected {source[column:].split(' ')[0][:40]!r}"
    return ExpressionError(
        tr("this cannot be read: {lower}{reason}", lower=reason[:1].lower(), reason=reason[1:]), column
    )


def _check_tree(parsed: ast.Expression, source: str, check_node: Callable[[ast.AST, int], None]) -> None:
    place = _character_columns(source)
    pending: list[tuple[ast.AST, int, int]] = [(parsed.body, 1, 0)]
    while pending:
        node, depth, column = pending.pop()
        if isinstance(node, ast.expr):
            node.col_offset = column = place[node.col_offset]
            node.end_col_offset = place[node.end_col_offset or 0]
        if depth > MAX_DEPTH:
            raise ExpressionError(tr("more than {max_depth} levels of nesting", max_depth=MAX_DEPTH), column)
        check_node(node, column)
        pending += [(child, depth + 1, column) for child in ast.iter_child_nodes(node)]


def _character_columns(source: str) -> list[int] | range:
    """The column in characters for each column in UTF-8 bytes, as the parser counts."""
    if source.isascii():
        return range(len(source) + 1)
    return [i for i, sign in enumerate(source) for _ in sign.encode()] + [len(source)]


def _check_node(node: ast.AST, column: int) -> None:
    match node:
        case ast.Constant(value=value):
            _check_constant(value, column)
        case ast.Attribute(value=ast.Name(), attr="shape"):
            pass
        case ast.Attribute(attr=name):
            message = tr(
                "found .{name}; only the shape of an input can be read, as in x.shape[1]", name=name[:40]
            )
            raise ExpressionError(message, column)
        case ast.Call(func=ast.Name(id=name), keywords=[], args=[_, *_]) if name in FUNCTIONS:
            pass
        case _ if not isinstance(node, _ALLOWED):
            found = _NOUNS.get(type(node)) or _SIGNS.get(type(node)) or f"{type(node).__name__.lower()}"
            fits = "numbers, names, arithmetic, comparison, and/or/not, if/else, indexing and len/max/min"
            raise ExpressionError(
                tr("found {found}; an expression has {fits}", found=found, fits=fits), column
            )


def _check_constant(value: object, column: int) -> None:
    if isinstance(value, float) and value - value != 0:
        raise ExpressionError(tr("the number is too large"), column)
    if isinstance(value, int) and value > MAX_NUMBER:
        raise ExpressionError(tr("the number is larger than 2**63"), column)
    if not isinstance(value, bool | int | float | str):
        raise ExpressionError(
            tr("found {value}; a number, a truth value or a string would fit", value=repr(value)), column
        )
