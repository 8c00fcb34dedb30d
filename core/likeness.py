"""What of two designs is the same: kinds, values, settings, first values, whatever the ids."""

from collections.abc import Mapping
from typing import Any

from .content import Contents
from .document import Document
from .expression import Expression
from .layers import LAYERS
from .record import INSTANCE_MARK, Module, Node
from .use import Use


class Likeness:
    """Answers whether something of design A is the same as something of design B."""

    def __init__(self, a: Document, b: Document) -> None:
        self.a, self.b = a, b
        self._contents = Contents(a), Contents(b)

    def same_content(self, one: str, other: str) -> bool:
        """Whether two modules are drawn alike, with all that is in them."""
        return self._contents[0].of(one) == self._contents[1].of(other)

    def same_kind(self, one: Node, other: Node) -> bool:
        """Whether two nodes are made of the same layer or slot, or of modules of one name or content."""
        return self._same_kind(one.kind, other.kind)

    def same_settings(self, one: Node, other: Node) -> bool:
        """Whether nothing is set on the one that is otherwise on the other."""
        return not self.settings_apart(one, other) and self.same_starts(one, other)

    def settings_apart(self, one: Node, other: Node) -> dict[str, tuple[Any, Any]]:
        """What differs of the settings of two nodes, and its values; one that is not set is its default."""
        ours = {**one.arguments, "repeat": one.repeat, "shared": one.shared}
        theirs = {**other.arguments, "repeat": other.repeat, "shared": other.shared}
        found: dict[str, tuple[Any, Any]] = {}
        for name in dict.fromkeys((*ours, *theirs)):
            pair = (
                ours.get(name, _default(self.a, one.kind, name)),
                theirs.get(name, _default(self.b, other.kind, name)),
            )
            if not self.same_value(*pair):
                found[name] = pair
        return found

    def same_value(self, one: Any, other: Any) -> bool:
        """Whether two values are the same."""
        if isinstance(one, Use) and isinstance(other, Use):
            ours, theirs = one.named, other.named
            return self._same_kind(one.kind, other.kind) and (
                ours.keys() == theirs.keys() and all(self.same_value(ours[k], theirs[k]) for k in ours)
            )
        if isinstance(one, tuple) and isinstance(other, tuple):
            return len(one) == len(other) and all(map(self.same_value, one, other))
        if isinstance(one, Expression) and isinstance(other, Expression):
            return one.source.split() == other.source.split()
        return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)

    def same_starts(self, one: Node | Module, other: Node | Module) -> bool:
        """Whether parameters get their first values in the same way."""
        return one.initial == other.initial

    def _same_kind(self, one: str, other: str) -> bool:
        if not one.startswith(INSTANCE_MARK) or not other.startswith(INSTANCE_MARK):
            return one == other
        ours, theirs = self.a.get(one[1:]), self.b.get(other[1:])
        if not isinstance(ours, Module) or not isinstance(theirs, Module):
            return one == other
        return ours.name == theirs.name or self.same_content(ours.id, theirs.id)


def _default(document: Document, kind: str, name: str) -> Any:
    """What an argument is where it is not set; None where it has to be."""
    found: Mapping[str, Any] = {}
    if kind in LAYERS:
        found = {spec.name: spec.default for spec in LAYERS[kind].arguments if not spec.required}
    elif kind.startswith(INSTANCE_MARK) and isinstance(module := document.get(kind[1:]), Module):
        found = {argument.name: argument.default for argument in module.arguments}
    return found.get(name)
