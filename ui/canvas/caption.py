"""What a node says about itself: its layer and main arguments, from the document alone."""

from core.document import Document
from core.expression import Expression, Value
from core.layers import LAYERS
from core.layers.layer import Argument, Layer
from core.record import Module, Node

SHOWN_ARGUMENTS = 4
"""Arguments named on a node; the inspector has them all."""


def caption(document: Document, node: Node) -> tuple[str, ...]:
    """The lines under a node's name: its layer or module, then its main arguments where it has any."""
    layer = LAYERS.get(node.kind)
    if node.definition is not None:
        module = document.get(node.definition)
        first = module.name if isinstance(module, Module) else "missing module"
        parts = [f"{name} {spelled(value)}" for name, value in node.arguments.items()]
    elif layer is None:
        first = node.kind
        parts = [f"{name} {spelled(value)}" for name, value in node.arguments.items()]
    else:
        first = _with_activation(node)
        parts = _main_arguments(layer, node)
    if len(parts) > SHOWN_ARGUMENTS:
        parts = [*parts[:SHOWN_ARGUMENTS], "…"]
    return (first, ", ".join(parts)) if parts else (first,)


def category(document: Document, node: Node) -> str:
    """The category that gives the bar its colour; `module` for an instance, `unknown` where none is known."""
    if node.definition is not None:
        return "module"
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
