"""A user's file of NumPy functions inside an exported file: what holds it, and what it is told."""

import ast
import re
import textwrap

from ..layers.spelling import Pasted
from .names import identifier
from .values import literal


def holder_name(name: str) -> str:
    """What the function is called that holds the file behind the class or function of that name."""
    return f"_{identifier(name)}_functions"


def holder(name: str, file: Pasted) -> list[str]:
    """The lines of a function that gives the file's forward, and its backward where it has one."""
    given = ["forward", "backward"] if file.differentiates else ["forward"]
    return [
        f"def {holder_name(name)}():",
        *_indented(file.source),
        "",
        f"    return {', '.join(given)}",
        "",
        "",
    ]


def told(file: Pasted) -> str:
    """What the file's functions are given behind their arrays."""
    return "".join(f", {key}={literal(value)}" for key, value in file.settings)


def spoken(file: str) -> str:
    """What a docstring says of the file."""
    plain = file.replace("\\", "/").replace('"', "'")
    return f"The layer in {plain}: functions of NumPy arrays."


def _indented(source: str) -> list[str]:
    """The file inside a function, with its comments where no text over several lines would change by it."""
    tree = ast.parse(source)
    # Neither may stand in a function: the one does not compile, the other would be its own text.
    tree.body = [node for node in tree.body if not _is_future(node) and not _is_text(node)]
    plain = re.sub(r"\n{3,}", "\n\n", "\n".join(source.expandtabs(4).strip("\n").splitlines()))
    shifted = textwrap.indent(plain, "    ")
    try:
        (holder,) = ast.parse(f"def _():\n{shifted}").body
    except SyntaxError:
        holder = None
    same = isinstance(holder, ast.FunctionDef) and ast.dump(ast.Module(holder.body, [])) == ast.dump(tree)
    return (shifted if same else textwrap.indent(ast.unparse(tree), "    ")).splitlines()


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
