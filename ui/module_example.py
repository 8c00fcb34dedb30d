"""What a module comes to by itself, given inputs of a usual size: how many parameters it has. No Qt."""

from dataclasses import dataclass

from core import edits
from core.document import Document
from core.edits import EditError
from core.edits.basic import nested
from core.ports import module_ports, port_nodes
from core.record import ROOT, Module, Record, instance_kind, module_of
from core.resolve import Resolver
from core.text import tr

from .figures import number

USUAL = ("B, 64", "B, 16, 64", "B, 64, 32, 32", "B, 64, 8, 8, 8")
"""Features, a sequence of them, an image and a volume: the first that fits is the example.

Where none does, it is what the module's own Inputs say.
"""


@dataclass(frozen=True)
class Example:
    """The shape of each input, and the number of parameters that follows."""

    shapes: tuple[str, ...]
    parameters: int


def example_of(document: Document, module: str) -> Example | None:
    """What a module has with its arguments' defaults; None where no usual input fits it."""
    inside = nested(document, module)
    parts = [record for record in document.records.values() if module_of(record) in inside - {ROOT}]
    return next(filter(None, (_tried(parts, module, usual) for usual in (*USUAL, ""))), None)


def _tried(parts: list[Record], module: str, usual: str) -> Example | None:
    """What follows from this shape for every input, or from those that are declared where it is empty."""
    trial = Document([Module(id=ROOT, name="Trial"), *parts])
    shapes: list[str] = []
    try:
        with trial.edit(tr("Try")):
            node = edits.add_node(trial, ROOT, instance_kind(module), (0.0, 0.0))
            for port in port_nodes(trial, module, "Input"):
                shape = usual or str(port.arguments.get("shape", ""))
                given = {key: port.arguments[key] for key in ("dtype", "bound") if key in port.arguments}
                source = edits.add_node(trial, ROOT, "Input", (0.0, 0.0), None, {"shape": shape, **given})
                edits.connect(trial, source, "y", node, port.name)
                shapes.append(shape.replace(" ", "").replace(",", "×"))
            for name in module_ports(trial, module).outputs:
                end = edits.add_node(trial, ROOT, "Output", (0.0, 0.0))
                edits.connect(trial, node, name, end, "x")
    except EditError:
        return None  # a part of it cannot stand alone, such as one that would contain itself
    resolution = Resolver(trial).resolution
    call = resolution.node_call((node,))
    if call is None or any(problem.kind == "error" for problem in resolution.problems):
        return None
    count = number(call.parameters, resolution.symbols)
    return None if count is None else Example(tuple(shapes), count)
