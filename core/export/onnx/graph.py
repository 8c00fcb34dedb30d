"""An ONNX model as frozen values: nodes, functions and graphs, before they become bytes or text."""

from dataclasses import dataclass, field

from ...initialise import Array
from ...types import Type

OPSET = 21
"""The first whose GroupNormalization has a scale for each channel."""

IR_VERSION = 10
"""The one that opset 21 came with; its nodes have metadata."""


@dataclass(frozen=True, eq=False)
class Constant:
    """A number, or a list of them, as an attribute."""

    array: Array


Attribute = int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | Constant
"""What an operator is told; a Graph beside these."""


@dataclass(frozen=True, eq=False)
class Node:
    """One application of an operator, or of a function where it has a domain; "" is an input left out.

    `space` names the node of the drawing, as it is called in its module, and `origin` is that node's id.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: "tuple[tuple[str, Attribute | Graph], ...]" = ()
    domain: str = ""
    name: str = ""
    space: str = ""
    origin: str = ""


@dataclass(frozen=True, eq=False)
class Named:
    """A value that stands at the border of a graph, with its type."""

    name: str
    type: Type


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in order between inputs and outputs; a branch or a loop's body also reads what is around it."""

    name: str
    inputs: tuple[Named, ...]
    outputs: tuple[Named, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Function:
    """A module: its inputs are its values, then its weights, then sizes that no value of it shows."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    help: str = ""
    origin: str = ""
    """The module's id."""


@dataclass(frozen=True, eq=False)
class Model:
    """A whole network. `initializers` are the weights' types by name, `slots` the same names' slots."""

    name: str
    domain: str
    graph: Graph
    functions: tuple[Function, ...]
    initializers: tuple[Named, ...] = ()
    slots: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, int] = field(default_factory=dict)
    """Sizes that had to be numbers."""
    help: str = ""
