"""A module of the library that ships, traced as one layer is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec.structs import replace

from core import edits
from core.document import Document
from core.engine.walk import trace_program
from core.layers.layer import Outputs, Traced
from core.library import bring, shipped
from core.ports import module_ports
from core.program import Program, build_program
from core.record import ROOT, Node, instance_kind
from core.resolve import Resolver
from core.types import Type


@dataclass(frozen=True)
class Shipped:
    """An entry with arguments; its tensors are called by the names of nodes, with dots between."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()

    def trace(self, *inputs: Type, training: bool = False) -> Traced:
        """The whole module on references."""
        document, program = _drawn(self, inputs)
        network = trace_program(program, {}, training=training)
        assert not network.skipped, network.skipped
        names = {node.id: node.name for node in document.records.values() if isinstance(node, Node)}
        tensors = {_dotted(slot, names): held.ref for slot, held in network.slots.items()}
        results = tuple(network.places[place] for place in network.outputs.values())
        return Traced(network.trace, tuple(network.inputs.values()), tensors, Outputs(results))


def _dotted(slot: str, names: Mapping[str, str]) -> str:
    _, *inside, tensor = slot.split("/")
    return ".".join([*(names[part] for part in inside), tensor])


@cache
def _drawn(entry: Shipped, inputs: tuple[Type, ...]) -> tuple[Document, Program]:
    """A design that is the entry, an Input of these types at each of its inputs."""
    document = edits.new_document()
    (found,) = (one for one in shipped().entries if one.name == entry.name)
    module = bring(document, found)
    edits.delete(document, [node.id for node in document.nodes(ROOT)])
    instance = edits.add_node(document, ROOT, instance_kind(module), (0, 0))
    with document.edit("Arguments"):
        node = document.node(instance)
        document.put(replace(node, arguments={**node.arguments, **dict(entry.arguments)}))
    ports = module_ports(document, module)
    for port, type_ in zip(ports.inputs, inputs, strict=True):
        given = edits.add_node(document, ROOT, "Input", (0, 0))
        edits.set_argument(document, given, "shape", ", ".join(map(str, type_.shape)))
        edits.set_argument(document, given, "dtype", type_.dtype)
        edits.connect(document, given, "y", instance, port)
    for port in ports.outputs:
        result = edits.add_node(document, ROOT, "Output", (0, 0))
        edits.connect(document, instance, port, result, "x")
    return document, build_program(document, Resolver(document))
