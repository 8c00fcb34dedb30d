"""Modules that are one expression and keep nothing, written where a loop or branch runs them."""

import ast
from collections import Counter
from collections.abc import Mapping

from ..calls import ModuleCall
from ..program import Definition
from .form import ClassForm, Dialect
from .refusal import refused_at
from .spelled import PORTS, Inlined, known
from .values import filled

ROOM = 60
"""How long an expression may be that is written inside of another statement."""


def keeps_nothing(definition: Definition, call: ModuleCall, dialect: Dialect) -> bool:
    """Whether a call is told nothing and made of layers that are expressions: no weights, no modules."""
    if definition.module.arguments or definition.ties or len(definition.outputs) != 1:
        return False
    for entry in definition.entries:
        if entry.node.kind in PORTS:
            continue
        node = call.nodes.get(entry.node.id)
        plain = node is not None and node.layer is not None and not node.parts and not node.holds_tensors
        if node is None or not plain or entry.node.repeat is not None or None in node.inputs:
            return False
        assert node.layer is not None
        with refused_at(entry.node.id):
            spelling = dialect.spelling(node.layer, known(node.inputs))
        if spelling is None or spelling.body or spelling.pasted or spelling.construct or spelling.registered:
            return False
    return True


def expression(form: ClassForm) -> Inlined | None:
    """What the class returns, with places `{a0}`, `{a1}` for its inputs; None where that is no expression."""
    if form.members or form.given or form.kept or len(form.outputs) != 1:
        return None
    texts = {name: name for name in form.inputs}
    read: set[str] = set()
    for one in form.statements:
        text = None if one.suite or len(one.targets) != 1 else _with(one.text, texts, read)
        if text is None:
            return None
        texts[one.targets[0]] = text
        read.discard(one.targets[0])
    whole = _with(form.outputs[0], texts, read)
    if whole is None:
        return None
    if not form.statements or len(whole) > ROOM:
        return None
    places = {name: f"{{a{place}}}" for place, name in enumerate(form.inputs)}
    nodes = tuple(node for one in form.statements for node in one.nodes)
    return Inlined(_at_names(whole, places), nodes)


def _with(text: str, texts: Mapping[str, str], read: set[str]) -> str | None:
    """The text with what its names stand for; None where that would be reckoned twice.

    `read` are the values that were read before, and takes those that are read here.
    """
    counts = Counter(node.id for node in _names(text))
    reckoned = {name for name in counts if not texts.get(name, name).isidentifier()}
    if reckoned & read or any(counts[name] > 1 for name in reckoned) or "{" in text or "self" in counts:
        return None
    read |= reckoned
    return filled(_at_names(text, {name: f"{{{name}}}" for name in texts}), texts)


def _at_names(text: str, places: Mapping[str, str]) -> str:
    """The text with places where it reads these names."""
    signs = text.encode()
    for node in sorted(_names(text), key=lambda node: node.col_offset, reverse=True):
        if node.id in places:
            signs = signs[: node.col_offset] + places[node.id].encode() + signs[node.end_col_offset :]
    return signs.decode()


def _names(text: str) -> list[ast.Name]:
    return [node for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)]
