"""What a new module must be told by its caller: the names that arguments inside read become its arguments."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, Value
from ..record import INDEX, ModuleArgument, Node
from ..text import tr
from ..value import mapped
from .error import EditError
from .naming import is_name, unique_name
from .scope import names_in_shape, names_read
from .sizes import (
    SizeRead,
    all_shape_texts,
    declared_shape,
    example_size,
    inputs_by_name,
    name_of,
    size_reads,
    symbol_at,
    with_reads,
)

Axis = tuple[str, int | str]
"""An input and the axis that is read of it; the source text where that is no plain number."""


@dataclass
class Lifted:
    """The nodes as they read in a module of their own, its arguments, and what its instance gives them."""

    nodes: list[Node] = field(default_factory=list)
    arguments: list[ModuleArgument] = field(default_factory=list)
    given: dict[str, Value] = field(default_factory=dict)


def lift(document: Document, outer: str, nodes: Iterable[Node]) -> Lifted:
    """Lifts what the nodes read of the outer module: its arguments, and the sizes of its inputs.

    Raises EditError where a size cannot be told to another module.
    """
    lifting = _Lifting(document, outer, list(nodes))
    lifting.lift_arguments()
    lifting.lift_shape_names()
    lifting.lift_reads()
    return lifting.lifted


class _Lifting:
    def __init__(self, document: Document, outer: str, nodes: list[Node]) -> None:
        self.document, self.outer, self.nodes = document, outer, nodes
        self.lifted = Lifted()
        self.declared = {argument.name: argument for argument in document.module(outer).arguments}
        self.inputs = inputs_by_name(document, outer)
        self.taken = {name for node in nodes for name in (node.name, *names_read(node))}
        self.axes: dict[Axis, str] = {}

    def lift_arguments(self) -> None:
        """Arguments keep their names."""
        used = {name for node in self.nodes for name in names_read(node)}
        for name, argument in self.declared.items():
            if name in used:
                self.lifted.arguments.append(argument)
                self.lifted.given[name] = Expression(name)

    def lift_shape_names(self) -> None:
        """A size that a shape's text names becomes an argument of that very name."""
        for node in self.nodes:
            for argument, text in all_shape_texts(node):
                own = {INDEX} if node.repeat is not None else set()
                known = own | self.declared.keys() | self.lifted.given.keys()
                for name in sorted(names_in_shape(text) - known):
                    self._lift_symbol(node, argument, name)

    def lift_reads(self) -> None:
        """Each `x.shape[1]` becomes an argument."""
        for node in self.nodes:
            arguments = {name: mapped(value, self._without_reads) for name, value in node.arguments.items()}
            repeat = None if node.repeat is None else mapped(node.repeat, self._without_reads)
            self.lifted.nodes.append(replace(node, arguments=arguments, repeat=repeat))

    def _lift_symbol(self, node: Node, argument: str, name: str) -> None:
        shapes = {key: declared_shape(port) or () for key, port in self.inputs.items()}
        places = [
            (key, i) for key, shape in shapes.items() for i, size in enumerate(shape) if name_of(size) == name
        ]
        if not places:
            if any(
                name in names_in_shape(str(port.arguments.get("shape", ""))) for port in self.inputs.values()
            ):
                raise EditError(
                    tr(
                        "{argument} of {node} reads {name}, which is no whole axis of an input",
                        argument=argument,
                        node=node.name,
                        name=name,
                    )
                )
            return  # known nowhere, before and after
        key, axis = next(((key, axis) for key, axis in places if is_name(key)), places[0])
        if not is_name(key):
            raise EditError(
                tr(
                    "{argument} of {node} reads {name}, a size of the input {key}; "
                    "rename that to something an expression can read",
                    argument=argument,
                    node=node.name,
                    name=name,
                    key=key,
                )
            )
        self._declare(key, axis, name, f"{key}.shape[{axis}]")

    def _without_reads(self, value: Expression) -> Value:
        reads = size_reads(value, self.inputs)
        return with_reads(value, reads, {read.source: self._named(read) for read in reads})

    def _named(self, read: SizeRead) -> str:
        port = self.inputs[read.input]
        axis: int | str = read.source if read.axis is None else read.axis
        shape = declared_shape(port)
        if isinstance(axis, int) and axis < 0 and shape is not None:
            axis += len(shape)
        if (read.input, axis) not in self.axes:
            plain = (
                f"{read.input}_size_{axis}" if isinstance(axis, int) and axis >= 0 else f"{read.input}_size"
            )
            name = unique_name(self.taken, symbol_at(port, read.axis) or plain)
            self._declare(read.input, axis, name, read.source)
        return self.axes[read.input, axis]

    def _declare(self, key: str, axis: int | str, name: str, source: str) -> None:
        self.axes[key, axis] = name
        self.taken.add(name)
        default = example_size(self.document, self.inputs[key], axis if isinstance(axis, int) else None)
        self.lifted.arguments.append(ModuleArgument(name=name, default=default, help=f"{source} outside"))
        self.lifted.given[name] = Expression(source)
