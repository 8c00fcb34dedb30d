"""A design written as statements: nodes by name, wires by arrows of names, places by columns and rows."""

from collections.abc import Mapping
from hashlib import sha256
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from core.document import Document
from core.expression import Literal, Value, parse
from core.initial_kinds import checked, settings_of
from core.layers import LAYERS
from core.ports import ports
from core.record import ROOT, Comment, Initial, Module, ModuleArgument, Node, Record, Tie, Wire, instance_kind
from core.use import SLOT_MARK, Use, use

COLUMN, ROW = 224.0, 110.0
COLUMNS, WRAPPED = 5, 1.8
"""Nodes in a row before the next begins so many rows below: a level is to fit a window's canvas."""


class Sheet:
    """A module being written down. `sheet.node("Linear", "fc", out_features=10)`, `sheet.wire("x > fc > y")`.

    Values that are texts with a leading `=` are expressions, as the inspector reads them.
    """

    def __init__(self, book: "Book", key: str) -> None:
        self.book, self.key = book, key
        self.nodes: dict[str, Node] = {}
        self.column: float = -1
        self.row: float = 0

    def argument(self, name: str, default: Literal, help: str = "", **declared: Any) -> "Sheet":
        """Declares an argument."""
        module = self.book.module(self.key)
        argument = ModuleArgument(name=name, default=default, help=help, **declared)
        self.book.change(module, arguments=(*module.arguments, argument))
        return self

    def node(
        self,
        kind: "str | Sheet",
        name: str,
        at: tuple[float, float] | None = None,
        repeat: Any = None,
        shared: bool = False,
        owner: str = "",
        **arguments: Any,
    ) -> "Sheet":
        """A node at a column and row; without a place, behind the last or at the start of a new row."""
        if at is None:
            at = (self.column + 1, self.row) if self.column <= COLUMNS - 2 else (0, self.row + WRAPPED)
        self.column, self.row = at
        kind = instance_kind(kind.key) if isinstance(kind, Sheet) else kind
        values = {key: value_of(value) for key, value in arguments.items()}
        self.nodes[name] = Node(
            id=self.book.fresh(self.key, name),
            module=self.key,
            kind=kind,
            name=name,
            arguments=values,
            at=(at[0] * COLUMN, at[1] * ROW),
            repeat=None if repeat is None else value_of(repeat),
            shared=shared,
            owner=self.nodes[owner].id if owner else "",
        )
        self.book.records[self.nodes[name].id] = self.nodes[name]
        return self

    def input(
        self, name: str = "x", shape: str = "", at: tuple[float, float] | None = None, **arguments: Any
    ) -> "Sheet":
        """An Input in its place among the others; without one given, below the one before."""
        order = sum(node.kind == "Input" for node in self.nodes.values())
        self.node("Input", name, at or (0, order), shape=shape, order=order, **arguments)
        self.row = 0
        return self

    def output(self, name: str = "y", at: tuple[float, float] | None = None) -> "Sheet":
        """An Output in its place among the others."""
        order = sum(node.kind == "Output" for node in self.nodes.values())
        return self.node("Output", name, at, order=order)

    def slot(self, expression: str, name: str, at: tuple[float, float] | None = None, **rest: Any) -> "Sheet":
        """A node made of the module that an expression gives."""
        return self.node(SLOT_MARK + expression, name, at, **rest)

    def initial(self, name: str = "", **kinds: Any) -> "Sheet":
        """First values of a node's parameters, of the module's own without a name: `weights=("normal", 0.1)`.

        A kind's settings are given in the order in which it takes them, or by name in a mapping behind it.
        """
        entries = {key: initial_of(kind) for key, kind in kinds.items()}
        if name:
            self.nodes[name] = replace(self.nodes[name], initial=entries)
            self.book.records[self.nodes[name].id] = self.nodes[name]
        else:
            self.book.change(self.book.module(self.key), initial=entries)
        return self

    def wire(self, *ways: str) -> "Sheet":
        """Wires along each way: `x > conv > add.x1`; the first free ports where none is named."""
        for way in ways:
            names = [part.strip() for part in way.split(">")]
            for source, target in pairwise(names):
                self._wire(source, target)
        return self

    def tie(self, user: str, owner: str, transposed: bool = False) -> "Sheet":
        """Ties one parameter to another, each as `node.parameter`."""
        (theirs, parameter), (own, name) = owner.split("."), user.split(".")
        key = self.book.fresh(self.key, f"tie {user}")
        self.book.records[key] = Tie(
            id=key, module=self.key, owner=(self.nodes[theirs].id,), owner_parameter=parameter,
            path=(self.nodes[own].id,), parameter=name, transposed=transposed,
        )  # fmt: skip
        return self

    def comment(self, text: str, at: tuple[float, float], size: tuple[float, float] = (240, 80)) -> "Sheet":
        """A comment at a column and row, its size in canvas units."""
        key = self.book.fresh(self.key, text)
        place = (at[0] * COLUMN, at[1] * ROW)
        self.book.records[key] = Comment(id=key, module=self.key, text=text, at=place, size=size)
        return self

    def use(self, **arguments: Any) -> Use:
        """The module as a value for a slot."""
        return use(instance_kind(self.key), {key: value_of(value) for key, value in arguments.items()})

    def _wire(self, source: str, target: str) -> None:
        start, _, out = source.partition(".")
        end, _, into = target.partition(".")
        document = Document(self.book.records.values())
        taken = {wire.target_port for wire in document.wires(self.key) if wire.target == self.nodes[end].id}
        out = out or ports(document, self.nodes[start]).outputs[0]
        into = into or next(port for port in ports(document, self.nodes[end]).inputs if port not in taken)
        key = self.book.fresh(self.key, f"{start}.{out} > {end}.{into}")
        self.book.records[key] = Wire(
            id=key, module=self.key, source=self.nodes[start].id, source_port=out,
            target=self.nodes[end].id, target_port=into,
        )  # fmt: skip


class Book:
    """A design being written down: its root sheet, and one for each module."""

    def __init__(self, name: str, help: str, settings: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.records: dict[str, Record] = {}
        found = {key: {k: value_of(v) for k, v in one.items()} for key, one in (settings or {}).items()}
        self.records[ROOT] = Module(id=ROOT, name=name, help=help, settings=found)  # type: ignore[arg-type]
        self.root = Sheet(self, ROOT)

    def sheet(self, name: str, help: str = "") -> Sheet:
        """A new module."""
        key = self.fresh("", name)
        self.records[key] = Module(id=key, name=name, help=help)
        return Sheet(self, key)

    def module(self, key: str) -> Module:
        """A module's record."""
        record = self.records[key]
        assert isinstance(record, Module)
        return record

    def change(self, module: Module, **fields: Any) -> None:
        """Changes fields of a module's record."""
        self.records[module.id] = replace(module, **fields)

    def fresh(self, *parts: str) -> str:
        """An id that is the same whenever the design is written."""
        root = self.records.get(ROOT)
        return sha256("/".join((root.name if isinstance(root, Module) else "", *parts)).encode()).hexdigest()[
            :12
        ]

    def document(self) -> Document:
        """The design; whatever names a layer is one."""
        for record in self.records.values():
            assert not isinstance(record, Node) or record.kind[0] in "@$" or record.kind in LAYERS, record
        return Document(self.records.values())


def initial_of(kind: Any) -> Initial:
    """First values as typed: `zeros`, `("constant", 42)`, `("normal", {"std": 0.01, "seed": 3})`."""
    name, *rest = (kind,) if isinstance(kind, str) else kind
    settings = rest.pop() if rest and isinstance(rest[-1], dict) else {}
    named = {setting.name: value for setting, value in zip(settings_of(name), rest, strict=False)}
    return checked(Initial(name, {**named, **settings}))


def value_of(value: Any) -> Value:
    """A value as typed: a text with a leading `=` is an expression, a list is a tuple."""
    if isinstance(value, str) and value.startswith("="):
        return parse(value[1:])
    if isinstance(value, list | tuple):
        return tuple(value)
    found: Value = value
    return found
