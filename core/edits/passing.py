"""Where the arguments of a module are read inside it, and where they are given to it from outside."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ..document import Document
from ..ports import slot_default
from ..record import Module, Node, instance_kind
from ..use import SLOT_MARK, Use, use
from ..value import kind_names, names_of
from .scope import argument_names_read

Change = Callable[[Mapping[str, Any], str], Mapping[str, Any]]
"""Makes other arguments of those that a module is given; the second is what gives them, in words."""


class Reader(NamedTuple):
    """An argument of a node that reads a name: `repeat` for its count, empty for the kind of a slot."""

    node: str
    argument: str


def argument_users(document: Document, module: str, name: str) -> list[Reader]:
    """Where an argument is read inside its module."""
    return [Reader(node.id, place) for node in document.nodes(module) for place in _places(node, name)]


def _places(node: Node, name: str) -> list[str]:
    found = [key for key in node.arguments if name in argument_names_read(node, key)]
    if node.repeat is not None and name in names_of(node.repeat):
        found.append("repeat")
    return ["", *found] if name in kind_names(node.kind) else found


def change_given(document: Document, module: str, change: Change) -> None:
    """Changes what the module is given wherever it is used. Only inside an edit.

    As an instance, as a use in an argument, a default or a setting, and by a slot that is this module by
    default.
    """
    for record in list(document.records.values()):
        if isinstance(record, Node):
            _change_in_node(document, _Giving(document, module, record.module, record.name, change), record)
        elif isinstance(record, Module):
            _change_in_module(document, _Giving(document, module, record.id, record.name, change), record)


class _Giving:
    """The change of what a module is given within one record."""

    def __init__(self, document: Document, module: str, where: str, owner: str, change: Change) -> None:
        self.document, self.where, self.owner, self.change = document, where, owner, change
        self.kind = instance_kind(module)

    def given(self, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        inside = {name: self.value(value) for name, value in arguments.items()}
        return dict(self.change(inside, self.owner)) if self._is_it(kind) else inside

    def value(self, value: Any) -> Any:
        if isinstance(value, Use):
            return use(value.kind, self.given(value.kind, value.named))
        if isinstance(value, tuple):
            return tuple(self.value(part) for part in value)
        return value

    def _is_it(self, kind: str, steps: int = 20) -> bool:
        """Whether a kind is the module, or a slot that is it by default."""
        if kind == self.kind or not kind.startswith(SLOT_MARK) or steps < 1:
            return kind == self.kind
        given = slot_default(self.document, self.where, kind)
        return given is not None and self._is_it(given.kind, steps - 1)


def _change_in_node(document: Document, giving: _Giving, node: Node) -> None:
    arguments = giving.given(node.kind, node.arguments)
    if repr(arguments) != repr(dict(node.arguments)):
        document.put(replace(node, arguments=arguments))


def _change_in_module(document: Document, giving: _Giving, module: Module) -> None:
    arguments = tuple(replace(one, default=giving.value(one.default)) for one in module.arguments)
    settings = {
        name: {key: giving.value(value) for key, value in one.items()}
        for name, one in module.settings.items()
    }
    changed = replace(module, arguments=arguments, settings=settings)
    if changed != module:
        document.put(changed)
