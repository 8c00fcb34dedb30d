"""Modules that are one expression and keep nothing, written where a loop or branch runs them."""

import ast

from ..calls import ModuleCall
from ..program import Definition
from .form import ClassForm, Dialect
from .refusal import refused_at
from .spelled import PORTS, Inlined, known

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
    if form.members or form.given or form.kept or len(form.statements) != 1 or len(form.outputs) != 1:
        return None
    (only,) = form.statements
    if only.suite or only.targets != form.outputs or len(only.text) > ROOM or "{" in only.text:
        return None
    tree = ast.parse(only.text, mode="eval")
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if any(node.id == "self" for node in names):
        return None
    places = {name: f"{{a{place}}}" for place, name in enumerate(form.inputs)}
    text = only.text.encode()
    for node in sorted(names, key=lambda node: node.col_offset, reverse=True):
        if node.id in places:
            text = text[: node.col_offset] + places[node.id].encode() + text[node.end_col_offset :]
    return Inlined(text.decode(), only.nodes)
