"""The records a design is made of: modules, nodes, wires and so on, frozen and known by a random id."""

import secrets
from collections.abc import Mapping
from typing import Any, Literal as OneOf

from msgspec import Struct, field

from .expression import Literal, Value
from .use import SLOT_MARK

ROOT = "main"
"""The id of the module that is the whole network."""

INSTANCE_MARK = "@"
"""A node whose kind is this mark and a module's id is an instance of that module."""


INDEX = "i"
"""What a repeated node's arguments call the number of the repetition, counted from 0."""


class Initial(Struct, frozen=True):
    """How a parameter gets its first values: a kind such as `normal`, and the settings that were set.

    `initial_kinds` has the kinds and what each takes; `seed`, which every random kind takes, makes the draw
    depend on it instead of the run's seed.
    """

    kind: str
    settings: Mapping[str, int | float | str] = field(default_factory=dict)


ArgumentKind = OneOf["int", "float", "bool", "choice", "list", "shape", "string", "module", "modules"]


class ModuleArgument(Struct, frozen=True, kw_only=True):
    """A constructor setting that a module declares; nodes inside read it by name in expressions.

    `kind` is empty where the default tells it; `choices` are those of a choice, the bounds those of a number.
    """

    name: str
    default: Literal
    help: str = ""
    kind: ArgumentKind | OneOf[""] = ""
    choices: tuple[str, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


SHIPPED = "shipped"
"""The library that comes with the program; its modules are locked."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a module was taken from: a library, its entry, the module in that, and what it was then."""

    library: str
    entry: str
    module: str
    content: str


class Module(Struct, frozen=True, kw_only=True, tag="module"):
    """A definition: a graph whose ports are the Input and Output nodes inside it."""

    id: str
    name: str
    arguments: tuple[ModuleArgument, ...] = ()
    help: str = ""
    settings: Mapping[str, Mapping[str, Literal]] = field(default_factory=dict)
    """Named sets of values for the arguments, such as a small one for a first try."""
    origin: Origin | None = None
    """The library that the module is from; None for one that was drawn here."""
    initial: Mapping[str, Initial] = field(default_factory=dict)
    """First values of the parameters inside that nothing nearer to them says; keys are as those of a node."""
    extra: Mapping[str, Any] = field(default_factory=dict)


class Node(Struct, frozen=True, kw_only=True, tag="node"):
    """A layer or an instance, placed in a module at a point in canvas units.

    `kind` is a layer's name (`Linear`), `@` and a module's id, or `$` and an expression whose value is a
    module that the enclosing one is given. `arguments` holds only what was set.
    A node with `repeat` stands for so many calls in a row, each with weights of its own unless `shared`; its
    arguments may read the index `i`. A node with an `owner`, another node of the module, is tied to it: it
    has that one's kind, arguments and weights. `initial` says how parameters get their first values, by a
    parameter's name or by a group: `weights` have two axes or more, `biases` one and are called so.
    """

    id: str
    module: str
    kind: str
    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    at: tuple[float, float] = (0.0, 0.0)
    repeat: Value | None = None
    shared: bool = False
    owner: str = ""
    initial: Mapping[str, Initial] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def definition(self) -> str | None:
        """The id of the module this node is an instance of; None for a layer."""
        return self.kind[1:] if self.kind.startswith(INSTANCE_MARK) else None

    @property
    def slot(self) -> str | None:
        """The expression that gives the module this node is made of; None where its kind is fixed."""
        return self.kind[1:] if self.kind.startswith(SLOT_MARK) else None


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


class Tie(Struct, frozen=True, kw_only=True, tag="tie"):
    """One parameter of a module's parts that is another's: counted once, its gradients summed.

    The paths lead from the module to a layer, as call paths do; `transposed` where the axes stand the other
    way round.
    """

    id: str
    module: str
    owner: tuple[str, ...]
    owner_parameter: str
    path: tuple[str, ...]
    parameter: str
    transposed: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


class Unread(Struct, frozen=True, kw_only=True, tag="unread"):
    """A record of a kind that a newer version writes; it is carried along as it is."""

    id: str
    module: str
    extra: Mapping[str, Any] = field(default_factory=dict)


Record = Module | Node | Wire | Comment | Tie | Unread

Diff = Mapping[str, tuple[Record | None, Record | None]]
"""What changed: id -> (before, after), None where the record did not or does not exist."""


def fresh_id() -> str:
    """A random id of 12 hexadecimal digits."""
    return secrets.token_hex(6)


def instance_kind(module: str) -> str:
    """The kind of a node that is an instance of the module with this id."""
    return INSTANCE_MARK + module


def is_locked(module: Module) -> bool:
    """Whether the module is of the library that ships, and so edited as a copy only."""
    return module.origin is not None and module.origin.library == SHIPPED


def module_of(record: Record) -> str:
    """The id of the module the record stands in; a module stands in itself."""
    return record.id if isinstance(record, Module) else record.module
