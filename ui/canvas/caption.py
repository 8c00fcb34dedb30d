"""What a node says about itself: its layer and main arguments, from the document alone."""

from core.document import Document
from core.expression import Expression, Value
from core.layers import LAYERS
from core.layers.control import CONTROL
from core.layers.layer import Argument, Layer
from core.ports import as_owner, slot_default
from core.record import Module, Node
from core.text import tr
from core.use import Use

from .marks import use_name

SHOWN_ARGUMENTS = 4
"""Arguments named on a node; the inspector has them all."""


def caption(document: Document, node: Node) -> tuple[str, ...]:
    """The lines under a node's name: its layer or module, then its main arguments where it has any."""
    owner = as_owner(document, node)
    if owner is not node:
        first, _ = _first_and_parts(document, owner)
        return (first, tr("tied to {owner}", owner=document.node(owner.owner).name))
    first, parts = _first_and_parts(document, node)
    if len(parts) > SHOWN_ARGUMENTS:
        parts = [*parts[:SHOWN_ARGUMENTS], "…"]
    return (first, ", ".join(parts)) if parts else (first,)


def _first_and_parts(document: Document, node: Node) -> tuple[str, list[str]]:
    """The line that says what a node is, and its main arguments."""
    layer = LAYERS.get(node.kind)
    if node.definition is not None:
        module = document.get(node.definition)
        return (module.name if isinstance(module, Module) else "missing module"), _given(document, node)
    if node.slot is not None:
        given = use_name(document, slot_default(document, node.module, node.kind))
        return f"{node.slot}: {given}" if given else node.slot, _given(document, node)
    if layer is None:
        return node.kind, _given(document, node)
    if node.kind in CONTROL:
        return _structure(document, node)
    return _with_activation(node), _main_arguments(layer, node)


def _given(document: Document, node: Node) -> list[str]:
    return [
        f"{name} {'= ' if isinstance(value, Expression) else ''}{_spelled_use(document, value)}"
        for name, value in node.arguments.items()
    ]


def _structure(document: Document, node: Node) -> tuple[str, list[str]]:
    """A choice, a branch or a loop with the names of its parts."""
    layer = LAYERS[node.kind]
    parts = {
        spec.name: use_name(document, node.arguments.get(spec.name, spec.default))
        for spec in layer.arguments
        if isinstance(spec.default, Use)
    }
    if node.kind == "Choose":
        condition = spelled(node.arguments.get("condition", True))
        return f"{node.kind}: {parts['then']} / {parts['otherwise']}", [
            tr("if {condition}", condition=condition)
        ]
    return node.kind, [f"{name}: {part or tr('empty')}" for name, part in parts.items()]


def _spelled_use(document: Document, value: Value) -> str:
    if isinstance(value, Use):
        return use_name(document, value)
    if isinstance(value, tuple) and value and isinstance(value[0], Use):
        return ", ".join(use_name(document, part) for part in value)
    return spelled(value)


def category(document: Document, node: Node) -> str:
    """The category that gives the bar its colour; `module` for an instance, `unknown` where none is known."""
    node = as_owner(document, node)
    if node.definition is not None:
        return "module"
    if node.slot is not None:
        return "structure"
    layer = LAYERS.get(node.kind)
    return "unknown" if layer is None else layer.category


def spelled(value: Value) -> str:
    """An argument's value as a node shows it: `3×3` for a list, the source of an expression."""
    if isinstance(value, Expression):
        return value.source
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    return str(value)


def _with_activation(node: Node) -> str:
    activation = node.arguments.get("activation", "none")
    if activation in ("none", ""):
        return node.kind
    named = {name.lower(): name for name in LAYERS}
    return f"{node.kind} + {named.get(str(activation).replace('_', ''), activation)}"


def _main_arguments(layer: type[Layer], node: Node) -> list[str]:
    specs = [spec for spec in layer.arguments if spec.name in node.arguments and spec.name != "activation"]
    if layer.category == "input":
        specs = [spec for spec in specs if spec.name == "shape"]
    told = [spec for spec in specs if spec.required or node.arguments[spec.name] != spec.default]
    parts = (_told(spec, node.arguments[spec.name], node.kind) for spec in told)
    return [part for part in parts if part]


def _told(spec: Argument, value: Value, kind: str) -> str:
    if isinstance(value, bool):
        return spec.name if value else f"no {spec.name}"
    text = spelled(value)
    if spec.name == "kernel_size":
        square = isinstance(value, int) and kind.endswith("2d")
        return f"{text}×{text}" if square else text
    if spec.required or spec.kind == "choice" or spec.name in ("shape", text):
        return text
    return f"{spec.name} {text}"
