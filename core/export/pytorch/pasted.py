"""Prints a user's file of NumPy functions as a torch.autograd.Function, with the file pasted above it."""

import ast
import re
import textwrap

from ...layers.spelling import Pasted
from ..format import Line
from ..names import identifier
from ..values import literal


def pasted_class(name: str, file: Pasted) -> list[Line]:
    """The lines of a function that holds the file, and of the class that calls what it gives."""
    holder = f"_{identifier(name)}_functions"
    given = ["forward", "backward"] if file.differentiates else ["forward"]
    lines = [f"def {holder}():", *indented(file.source), "", f"    return {', '.join(given)}", "", ""]
    told = "".join(f", {key}={literal(value)}" for key, value in file.settings)
    lines += [f"class {name}(torch.autograd.Function):", f'    """{spoken(file.file)}"""', ""]
    lines += _forward(holder, told)
    if file.differentiates:
        lines += ["", *_backward(holder, told)]
    return [Line(line) for line in lines]


def spoken(file: str) -> str:
    """What a docstring says of the file."""
    plain = file.replace("\\", "/").replace('"', "'")
    return f"The layer in {plain}: functions of NumPy arrays."


def _forward(holder: str, told: str) -> list[str]:
    return [
        "    @staticmethod",
        "    def forward(ctx, *inputs):",
        "        ctx.save_for_backward(*inputs)",
        "        arrays = [x.detach().cpu().numpy() for x in inputs]",
        f"        y = {holder}()[0](*arrays{told})",
        "        return torch.from_numpy(np.array(y)).to(inputs[0])",
    ]


def _backward(holder: str, told: str) -> list[str]:
    return [
        "    @staticmethod",
        "    def backward(ctx, dy):",
        "        arrays = [x.detach().cpu().numpy() for x in (dy, *ctx.saved_tensors)]",
        f"        found = {holder}()[1](*arrays{told})",
        "        found = found if isinstance(found, (tuple, list)) else (found,)",
        "        return tuple(torch.from_numpy(np.array(dx)).to(dy) for dx in found)",
    ]


def indented(source: str) -> list[str]:
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
