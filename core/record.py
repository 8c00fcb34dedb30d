"""The records a design is made of: modules, nodes, wires and comments, frozen and known by a random id."""

import secrets
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from .expression import Literal, Value

ROOT = "main"
"""The id of the module that is the whole network."""

INSTANCE_MARK = "@"
"""A node whose kind is this mark and a module's id is an instance of that module."""


class ModuleArgument(Struct, frozen=True, kw_only=True):
    """A constructor setting that a module declares; nodes inside read it by name in expressions."""

    name: str
    default: Literal
    help: str = ""
    minimum: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Module(Struct, frozen=True, kw_only=True, tag="module"):
    """A definition: a graph whose ports are the Input and Output nodes inside it."""

    id: str
    name: str
    arguments: tuple[ModuleArgument, ...] = ()
    help: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


class Node(Struct, frozen=True, kw_only=True, tag="node"):
    """A layer or an instance, placed in a module at a point in canvas units.

    `kind` is a layer's name (`Linear`), or `@` and a module's id. `arguments` holds only what was set.
    """

    id: str
    module: str
    kind: str
    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    at: tuple[float, float] = (0.0, 0.0)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def definition(self) -> str | None:
        """The id of the module this node is an instance of; None for a layer."""
        return self.kind[1:] if self.kind.startswith(INSTANCE_MARK) else None


class Wire(Struct, frozen=True, kw_only=True, tag="wire"):
    """A connection from an output port to an input port of two nodes in one module."""

    id: str
    module: str
    source: str
    source_port: str
    target: str
    target_port: str
    extra: Mapping[str, Any] = field(default_factory=dict)


class Comment(Struct, frozen=True, kw_only=True, tag="comment"):
    """A text on the canvas; it has no effect on the network."""

    id: str
    module: str
    text: str
    at: tuple[float, float] = (0.0, 0.0)
    size: tuple[float, float] = (240.0, 80.0)
    extra: Mapping[str, Any] = field(default_factory=dict)


class Unread(Struct, frozen=True, kw_only=True, tag="unread"):
    """A record of a kind that a newer version writes; it is carried along as it is."""

    id: str
    module: str
    extra: Mapping[str, Any] = field(default_factory=dict)


Record = Module | Node | Wire | Comment | Unread

Diff = Mapping[str, tuple[Record | None, Record | None]]
"""What changed: id -> (before, after), None where the record did not or does not exist."""


def fresh_id() -> str:
    """A random id of 12 hexadecimal digits."""
    return secrets.token_hex(6)


def instance_kind(module: str) -> str:
    """The kind of a node that is an instance of the module with this id."""
    return INSTANCE_MARK + module


def module_of(record: Record) -> str:
    """The id of the module the record stands in; a module stands in itself."""
    return record.id if isinstance(record, Module) else record.module
