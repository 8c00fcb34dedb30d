"""Taking an instance apart: the module's nodes in its place."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from ..document import Document, Rename
from ..expression import Expression, Value
from ..ports import port_default, tied_to
from ..record import INDEX, ROOT, Module, Node, Wire, fresh_id
from ..text import tr
from ..value import definitions_of, kind_names, names_of
from .basic import COLUMN, Point, add_node, nested
from .border import Port
from .error import EditError
from .initial import inherited
from .layout import ROW
from .naming import is_name, unique_name
from .scope import names_in_shape, put_in
from .sizes import all_shape_texts, as_size, declared_shape, inputs_by_name, name_of
from .tie_paths import lead_ties_out


def ungroup(document: Document, instance: str) -> list[str]:
    """Puts a module's nodes in the place of its instance, arguments substituted; returns their ids.

    The definition goes where this was its last instance. Raises EditError for a node that is no instance, and
    where an argument inside reads what has no name outside.
    """
    node = document.node(instance)
    module = document.get(node.definition or "")
    if not isinstance(module, Module):
        raise EditError(tr("{node} is not an instance of a module", node=node.name))
    if node.module in nested(document, module.id):
        raise EditError(
            tr("{module} contains itself; delete {node} instead", module=module.name, node=node.name)
        )
    _refuse_several(document, node)
    with document.edit(tr("Ungroup {node}", node=node.name)):
        return _Unpacking(document, node, module).unpack()


def _refuse_several(document: Document, node: Node) -> None:
    """EditError where the instance is more than one call, or shares its weights: its nodes would not."""
    if node.repeat is not None:
        raise EditError(tr("{node} is repeated; take its repetition off first", node=node.name))
    owner = document.get(node.owner)
    tied = [owner] if isinstance(owner, Node) else tied_to(document, node)
    if tied:
        raise EditError(
            tr("{node} and {other} share their weights; untie them first", node=node.name, other=tied[0].name)
        )


def _is_used_but_by(document: Document, node: Node, module: str) -> bool:
    """Whether anything but the node is built of the module."""
    others = (r for r in document.records.values() if isinstance(r, Node | Module) and r.id != node.id)
    return any(module in definitions_of(record) for record in others)


class _Unpacking:
    def __init__(self, document: Document, node: Node, module: Module) -> None:
        self.document, self.node, self.module = document, node, module
        self.last = module.id != ROOT and not _is_used_but_by(document, node, module.id)
        members = document.nodes(module.id)
        self.border = {n.id: n for n in members if n.kind in ("Input", "Output")}
        self.inner = [n for n in members if n.id not in self.border]
        self.fresh = {n.id: n.id if self.last else fresh_id() for n in self.inner}
        self.outer = document.wires(node.module)
        self.fed = {w.target_port: (w.source, w.source_port) for w in self.outer if w.target == node.id}
        self.constants: dict[str, str] = {}

    def unpack(self) -> list[str]:
        """Moves or copies nodes, wires and comments, then takes out what is left over."""
        wires = self.document.wires(self.module.id)
        self._place_nodes()
        lead_ties_out(self.document, self.node.id, self.module.id, self.fresh)
        for wire in wires:
            self._rewire(wire)
        self._place_comments()
        for wire in self.document.wires(self.node.module):
            if self.node.id in (wire.source, wire.target):
                self.document.remove(wire.id)
        self.document.remove(self.node.id)
        if self.last:
            for record in self.document.members(self.module.id):
                self.document.remove(record.id)
            self.document.remove(self.module.id)
        return list(self.fresh.values())

    # Nodes

    def _place_nodes(self) -> None:
        values, sizes = self._values(), self._sizes()
        taken = {n.name for n in self.document.nodes(self.node.module) if n.id != self.node.id}
        shift = self._shift()
        for n in self.inner:
            self._refuse_lost(n, values, sizes)
            name = unique_name(taken, n.name)
            taken.add(name)
            at = (n.at[0] + shift[0], n.at[1] + shift[1])
            placed = put_in(inherited(n, self.node.initial, self.module.initial), values, sizes)
            place = {"id": self.fresh[n.id], "module": self.node.module, "name": name, "at": at}
            self.document.put(replace(placed, owner=self.fresh.get(n.owner, n.owner), **place))
            self.document.renamed(Rename(self.node.module, (self.node.id, n.id), (self.fresh[n.id],)))

    def _given(self) -> dict[str, Value]:
        return {a.name: self.node.arguments.get(a.name, a.default) for a in self.module.arguments}

    def _values(self) -> dict[str, Value]:
        """What expressions read instead: the instance's arguments, and the outer Inputs wired to it."""
        outer = {name: Expression(port.name) for name, port in self._fed_by_inputs().items()}
        return {**outer, **self._given()}

    def _sizes(self) -> dict[str, Value]:
        """What texts of shapes read instead, where that can stand in such a text."""
        sizes: dict[str, Value] = {}
        for name, port in self._fed_by_inputs().items():
            own = declared_shape(inputs_by_name(self.document, self.module.id)[name]) or ()
            given = declared_shape(port) or ()
            for mine, size in zip(own, given, strict=False) if len(own) == len(given) else ():
                if (symbol := name_of(mine)) is not None:
                    sizes[symbol] = size if isinstance(size, int) else Expression(str(size))
        for name, value in self._given().items():
            sizes.pop(name, None)
            if (found := as_size(self.document, self.node.module, value)) is not None:
                sizes[name] = found
        return sizes

    def _fed_by_inputs(self) -> dict[str, Node]:
        """The outer Input behind each port that one is wired to, where an expression can name it."""
        found = {port: self.document.get(source) for port, (source, _) in self.fed.items()}
        return {
            port: node
            for port, node in found.items()
            if isinstance(node, Node)
            and node.kind == "Input"
            and is_name(node.name)
            and port in inputs_by_name(self.document, self.module.id)
        }

    def _refuse_lost(self, n: Node, values: Mapping[str, Value], sizes: Mapping[str, Value]) -> None:
        """EditError where an argument would read what is known inside alone."""
        where = self.document.module(self.node.module).name
        inputs = inputs_by_name(self.document, self.module.id)
        symbols = {
            name for port in inputs.values() for name in map(name_of, declared_shape(port) or ()) if name
        }
        own = {INDEX} if n.repeat is not None else set[str]()
        for key, read in _reads(n):
            lost = sorted((read - own) & inputs.keys() - values.keys())
            if lost:
                raise EditError(
                    tr(
                        "{key} of {n} reads the size of {lost}, which is no input of {where}; set it first",
                        key=key,
                        n=n.name,
                        lost=lost[0],
                        where=where,
                    )
                )
        for key, text in all_shape_texts(n):
            known = symbols | self._given().keys()
            lost = sorted((names_in_shape(text) - own) & known - sizes.keys())
            if lost:
                raise EditError(
                    tr(
                        "{key} of {n} reads {lost}, which is no size in {where}; set it first",
                        key=key,
                        n=n.name,
                        lost=lost[0],
                        where=where,
                    )
                )

    def _shift(self) -> Point:
        if not self.inner:
            return (0.0, 0.0)
        x = sum(n.at[0] for n in self.inner) / len(self.inner)
        y = sum(n.at[1] for n in self.inner) / len(self.inner)
        return (self.node.at[0] - x, self.node.at[1] - y)

    # Comments and wires

    def _place_comments(self) -> None:
        shift = self._shift()
        for comment in self.document.comments(self.module.id):
            at = (comment.at[0] + shift[0], comment.at[1] + shift[1])
            key = comment.id if self.last else fresh_id()
            self.document.put(replace(comment, id=key, module=self.node.module, at=at))

    def _rewire(self, wire: Wire) -> None:
        source = self._source(wire)
        if source is None:
            return
        if wire.target in self.fresh:
            self.document.put(
                replace(
                    wire,
                    id=wire.id if self.last else fresh_id(),
                    module=self.node.module,
                    source=source[0],
                    source_port=source[1],
                    target=self.fresh[wire.target],
                )
            )
        elif wire.target in self.border:
            self._lead_out(self.border[wire.target].name, source)

    def _source(self, wire: Wire) -> Port | None:
        """Where the wire comes from seen from outside; None where nothing is wired to the port."""
        if wire.source in self.border:
            port = self.border[wire.source]
            return self.fed.get(port.name) or self._constant(port)
        return (self.fresh[wire.source], wire.source_port) if wire.source in self.fresh else None

    def _constant(self, port: Node) -> Port | None:
        """A Constant that is what the Input is by default; None where it has no default."""
        value = port_default(port)
        if value is None:
            return None
        if port.id not in self.constants:
            at = (self.node.at[0] - COLUMN, self.node.at[1] + ROW * (1 + len(self.constants)))
            given: dict[str, Value] = {"shape": "", "initial": "fill", "fill": value}
            self.constants[port.id] = add_node(
                self.document, self.node.module, "Constant", at, port.name, given
            )
        return (self.constants[port.id], "y")

    def _lead_out(self, port: str, source: Port) -> None:
        for wire in self.outer:
            if (wire.source, wire.source_port) == (self.node.id, port):
                self.document.put(replace(wire, source=source[0], source_port=source[1]))


def _reads(node: Node) -> Iterator[tuple[str, frozenset[str]]]:
    """What each argument of a node reads, its number of repetitions and its slot among them."""
    yield "module", kind_names(node.kind)
    if node.repeat is not None:
        yield "repeat", names_of(node.repeat)
    for key, value in node.arguments.items():
        yield key, names_of(value)
