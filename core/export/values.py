"""Values of a design as text in a program: literals, expressions and dimensions, spelled as black would."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..dim import Symbolic, symbol, symbols, text
from ..expression import Expression
from ..layers.spelling import Code
from .made import (
    STRUCTURES,
    Choice,
    Local,
    Maker,
    Passed,
    Row,
    Several,
    Word,
    local_names,
    values_in,
)

Names = Mapping[str, str]
"""What an argument, a size or `x.shape[1]` of the design is called in code."""


def written(value: Any, names: Names) -> str:
    """A literal, tuple, expression, dimension or call as source text on one line."""
    if isinstance(value, STRUCTURES):
        return structure(value, {**names, **local_names(value)})
    if isinstance(value, Code):
        return f"{value.target}({', '.join(items(value, names))})"
    if isinstance(value, Expression):
        return expression_text(value.source, names)
    if isinstance(value, Symbolic):
        return names.get(text(value)) or expression_text(text(value), names)
    if isinstance(value, tuple):
        inside = ", ".join(written(item, names) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return literal(value)


def structure(value: Any, names: Names) -> str:
    """A made thing that is no plain call, as source text on one line."""
    match value:
        case Choice():
            parts = [written(part, names) for part in (value.then, value.condition, value.otherwise)]
            return "{} if {} else {}".format(*parts)
        case Row(what=Passed(source=Expression(source=each)), count=Expression(source=count)) if (
            each.endswith("[i]") and count == f"len({each[:-3]})"
        ):
            return value.container.of(written(Expression(each[:-3]), names))
        case Row():
            index = "i" if value.indexed else "_"
            inside = f"{written(value.what, names)} for {index} in range({written(value.count, names)})"
            return value.container.of(f"[{inside}]")
        case Several():
            inside = ", ".join(written(part, names) for part in value.parts)
            return value.container.opening + inside + value.container.closing
        case Passed():
            return written(value.source, names)
        case Maker():
            sizes = [*value.sizes, *(["**settings"] if value.settings else [])]
            head = f"lambda {', '.join(sizes)}:" if sizes else "lambda:"
            text = written(value.code, names)
            return (
                f"{head} {text[:-1]}{', ' if text[-2] != '(' else ''}**settings)"
                if value.settings
                else (f"{head} {text}")
            )
        case Word():
            return value.text
    assert isinstance(value, Local)
    return value.name


def items(call: Code, names: Names) -> list[str]:
    """The arguments of a call, one text each."""
    keywords = [f"{name}={written(value, names)}" for name, value in call.keywords]
    return [written(value, names) for value in call.positional] + keywords


def literal(value: Any) -> str:
    """A number, truth value, text or None; floats as a person writes them (1e-5)."""
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return f'float("{value}")'
        return re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].replace('+', '')}{found[2]}", repr(value))
    if isinstance(value, str):
        return _double_quoted(repr(value))
    return repr(value)


def expression_text(source: str, names: Names) -> str:
    """The expression under the names of code, with black's blanks."""
    renamed = _Renaming(names).visit(ast.parse(source, mode="eval"))
    spelled = re.sub(r"'[^'\\]*'", lambda found: _double_quoted(found[0]), ast.unparse(renamed))
    return _POWER.sub(r"\1**\2", spelled)


def with_powers_tight(text: str) -> str:
    """black leaves no blanks around ** between two names or numbers."""
    return _POWER.sub(r"\1**\2", text)


# black leaves no blanks around ** between two names or numbers.
_POWER = re.compile(r"(?<![\w.)\]])(\w[\w.]*) \*\* (-?\w[\w.]*)(?![\w.(\[])")


def _double_quoted(quoted: str) -> str:
    plain = quoted[0] == "'" and '"' not in quoted and "\\" not in quoted
    return f'"{quoted[1:-1]}"' if plain else quoted


class _Renaming(ast.NodeTransformer):
    def __init__(self, names: Names) -> None:
        self.names = names

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        known = self.names.get(ast.unparse(node))
        return self.generic_visit(node) if known is None else ast.parse(known, mode="eval").body

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [self.visit(part) for part in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        known = self.names.get(node.id)
        return node if known is None else ast.parse(known, mode="eval").body


def free_names(value: Any) -> Iterator[str]:
    """The arguments, sizes and `x.shape[1]` that a value depends on, in the order of reading."""
    if isinstance(value, (Code, tuple, *STRUCTURES)):
        own = local_names(value)
        for part in values_in(value):
            yield from (name for name in free_names(part) if name not in own)
    elif isinstance(value, Expression):
        yield from _read_names(ast.parse(value.source, mode="eval"))
    elif isinstance(value, Symbolic):
        yield from sorted(symbols(value), key=text(value).find)


def _read_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        yield ast.unparse(node)
    elif isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Call):
        for part in node.args:
            yield from _read_names(part)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _read_names(child)


def bare(dim: Any) -> str | None:
    """The size's name where the dimension is that size and nothing else."""
    if not isinstance(dim, Symbolic):
        return None
    (name, *others) = symbols(dim)
    return name if not others and dim == symbol(name) else None


def with_slices_spaced(text: str) -> str:
    """black puts blanks around the colon of a slice where a bound is more than a name or a number."""
    return _SLICE.sub(lambda found: f"{found[1]}{', '.join(map(_spaced, found[2].split(', ')))}]", text)


_INSIDE = r"(?:[^\[\]]|\[[^\[\]]*\])*"
_SLICE = re.compile(rf"(?<=[\w)}}\]])(\[)({_INSIDE}:{_INSIDE})\]")
_PLAIN_BOUND = re.compile(r"-?\w*")


def _spaced(part: str) -> str:
    bounds = [bound.strip() for bound in part.split(":")]
    if len(bounds) == 1 or all(_PLAIN_BOUND.fullmatch(bound) for bound in bounds):
        return part
    return " : ".join(bounds).strip()


def filled(template: str, texts: Mapping[str, str]) -> str:
    """The template with its places filled; what is not one word is put in parentheses where it must be."""

    def fill(place: "re.Match[str]") -> str:
        text = texts.get(place[1])
        if text is None:
            return place[0]
        parts = template[: place.start()], template[place.end() :]
        before, after = (re.sub(r"\{(\w+)\}", r"_\1", part) for part in parts)
        apart = f"({text})"
        alike = text.isidentifier() or _reads_alike(before + text + after, before + apart + after)
        return text if alike else apart

    return with_powers_tight(re.sub(r"\{(\w+)\}", fill, template))


def _reads_alike(text: str, other: str) -> bool:
    return ast.dump(ast.parse(text)) == ast.dump(ast.parse(other))
