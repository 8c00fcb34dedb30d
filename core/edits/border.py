"""The border of a new module: the wires that cross it led through Inputs and Outputs."""

from collections.abc import Container, Iterable

from msgspec.structs import replace

from ..document import Document
from ..layers import LAYERS
from ..ports import as_owner, input_defaults, ports
from ..record import Node, Wire, fresh_id
from .basic import COLUMN
from .layout import ROW
from .naming import argument_names, unique_name

Port = tuple[str, str]
"""A node's id and the name of one of its ports."""


def draw_border(document: Document, instance: Node, wires: list[Wire]) -> None:
    """Leads the outer module's `wires` of nodes that are inside now through the instance. Inside an edit."""
    _Border(document, instance, wires).draw()


class _Border:
    def __init__(self, document: Document, instance: Node, wires: list[Wire]) -> None:
        assert instance.definition is not None
        self.document, self.instance, self.module = document, instance.id, instance.definition
        self.nodes = document.nodes(self.module)
        inside = {node.id for node in self.nodes}
        self.within = [w for w in wires if w.source in inside and w.target in inside]
        self.entering = sorted(
            (w for w in wires if w.source not in inside and w.target in inside),
            key=lambda wire: self._place(wire.target, wire.target_port),
        )
        self.leaving = sorted(
            (w for w in wires if w.source in inside and w.target not in inside),
            key=lambda wire: self._place(wire.source, wire.source_port),
        )
        self.taken = {node.name for node in self.nodes} | argument_names(document, self.module)
        self.ports: dict[str, list[Node]] = {"Input": [], "Output": []}

    def draw(self) -> None:
        """Draws the wires within, then the ports and the wires to them."""
        for wire in self.within:
            self.document.put(replace(wire, module=self.module))
        self._draw_inputs()
        self._draw_outputs()

    def _draw_inputs(self) -> None:
        sources = _distinct((wire.source, wire.source_port) for wire in self.entering)
        for source in sources:
            name = "x" if len(sources) == 1 else self.document.node(source[0]).name
            self._draw_input(source, name)
        free = [] if sources else self._free_inputs()
        for target in free:
            port = self._port("Input", "x" if len(free) == 1 else target[1], target[0])
            self._wire((port.id, "y"), target)

    def _draw_input(self, source: Port, name: str) -> None:
        wires = [wire for wire in self.entering if (wire.source, wire.source_port) == source]
        port = self._port("Input", name, wires[0].target)
        for wire in wires:
            self._wire((port.id, "y"), (wire.target, wire.target_port))
            self.document.remove(wire.id)
        self.document.put(replace(wires[0], target=self.instance, target_port=port.name))

    def _draw_outputs(self) -> None:
        results = _distinct((wire.source, wire.source_port) for wire in self.leaving) or self._free_outputs()
        for result in results:
            name = "y" if len(results) == 1 else f"{self.document.node(result[0]).name}_out"
            port = self._port("Output", name, result[0])
            self._wire(result, (port.id, "x"))
            for wire in self.leaving:
                if (wire.source, wire.source_port) == result:
                    self.document.put(replace(wire, source=self.instance, source_port=port.name))

    def _free_inputs(self) -> list[Port]:
        """The unwired inputs of a selection that nothing enters, without spare places of variadic layers."""
        wired = {(wire.target, wire.target_port) for wire in self.within}
        return [
            (node.id, port)
            for node in sorted(self.nodes, key=lambda node: (node.at, node.id))
            for port in ports(self.document, node).inputs
            if (node.id, port) not in wired
            and not self._is_spare(node, port)
            and port not in self._defaults(node)
        ]

    def _defaults(self, node: Node) -> Container[str]:
        definition = as_owner(self.document, node).definition
        return () if definition is None else input_defaults(self.document, definition)

    def _is_spare(self, node: Node, port: str) -> bool:
        """x3 where x1 and x2 are there: a layer takes two at least, and more only where they are wired."""
        layer = LAYERS.get(as_owner(self.document, node).kind)
        return layer is not None and layer.variadic and int(port[1:]) > 2

    def _free_outputs(self) -> list[Port]:
        used = {wire.source for wire in self.within}
        return [
            (node.id, port)
            for node in sorted(self.nodes, key=lambda node: (node.at, node.id))
            if node.id not in used
            for port in ports(self.document, node).outputs
        ]

    def _place(self, node: str, port: str) -> tuple[float, float, str, int, str]:
        """Sorts ports as the drawing has them: by column, row, and the order on the node."""
        at = self.document.node(node).at
        return (at[0], at[1], node, len(port), port)

    def _port(self, kind: str, name: str, beside: str) -> Node:
        others = self.ports[kind]
        y = self.document.node(beside).at[1]
        node = Node(
            id=fresh_id(),
            module=self.module,
            kind=kind,
            name=unique_name(self.taken, name),
            arguments={**({"shape": ""} if kind == "Input" else {}), "order": len(others)},
            at=(self._column(kind), max(y, others[-1].at[1] + ROW) if others else y),
        )
        self.taken.add(node.name)
        others.append(node)
        self.document.put(node)
        return node

    def _column(self, kind: str) -> float:
        columns = [node.at[0] for node in self.nodes]
        return min(columns) - COLUMN if kind == "Input" else max(columns) + COLUMN

    def _wire(self, source: Port, target: Port) -> None:
        self.document.put(
            Wire(
                id=fresh_id(),
                module=self.module,
                source=source[0],
                source_port=source[1],
                target=target[0],
                target_port=target[1],
            )
        )


def _distinct(found: Iterable[Port]) -> list[Port]:
    return list(dict.fromkeys(found))
