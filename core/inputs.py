"""What flows into a module: the Input nodes' declarations, read and compared with what a caller gives."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .calls import DEFAULT_SIZE, Arguments, Fault
from .condition import Condition, agree, noting
from .dim import Dim, Symbolic, TooManyTerms, substitute, symbols, text
from .expression import Expression, ExpressionError
from .layers import LAYERS
from .layers.layer import ArgumentError, bind
from .ports import port_default
from .record import INDEX, Node
from .settle import Open, evaluated
from .text import tr
from .types import DType, Type, parse_shape

DEFAULT_BOUND = 10
"""What whole numbers are below where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one Input passes on; the type is None where there is none or something is wrong."""

    type: Type | None
    fault: Fault | None = None
    """Its `argument` names a faulty declaration, its `port` a value that does not fit the declaration."""
    conditions: tuple[Condition, ...] = ()


def parsed_sizes(source: str) -> dict[str, int]:
    """The example sizes of a text such as `B=2, T=128`; ExpressionError where it cannot be read."""
    sizes: dict[str, int] = {}
    for part in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*=\s*", "=", source))):
        name, _, size = part.partition("=")
        if not name.isidentifier() or not size.isdecimal() or not int(size):
            raise ExpressionError(tr("expected sizes such as B=2, T=128, got {part}", part=part))
        sizes[name] = int(size)
    return sizes


def setting(node: Node, name: str, default: str = "") -> str:
    """A text argument of an Input as it was set, or by default."""
    layer = LAYERS.get(node.kind)
    if layer is not None:
        default = next((spec.default for spec in layer.arguments if spec.name == name), default)
    found = node.arguments.get(name, default)
    return found if isinstance(found, str) else ""


def declared(node: Node, arguments: Arguments) -> Given:
    """The type that an Input declares, a module's arguments put in; nothing where its shape is empty."""
    layer = LAYERS.get(node.kind)
    try:
        if layer is not None:
            values: dict[str, Any] = {**node.arguments, **_evaluated_bound(node, arguments)}
            bind(layer, values)  # any other expression is refused by it
        parsed_sizes(setting(node, "sizes"))
    except ArgumentError as error:
        return Given(None, Fault(error.message, argument=error.argument))
    except ExpressionError as error:
        return Given(None, Fault(error.message, argument="sizes"))
    source = setting(node, "shape").strip()
    if not source:
        return Given(None)
    known = {name: value for name, value in arguments.items() if _is_size(value)}
    try:
        shape = tuple([substitute(dim, known) for dim in parse_shape(source)])
    except (ExpressionError, TooManyTerms, ZeroDivisionError) as error:
        return Given(None, Fault(str(error), argument="shape"))
    if INDEX not in known and any(INDEX in symbols(dim) for dim in shape):
        text = tr("i is the number of a repetition; another name would fit the size")
        return Given(None, Fault(text, argument="shape"))
    for axis, dim in enumerate(shape):
        if isinstance(dim, int) and dim < 1:
            return Given(
                None,
                Fault(
                    tr("axis {axis} has size {dim}; a size is at least 1", axis=axis, dim=dim),
                    argument="shape",
                ),
            )
    return Given(Type(shape, _dtype(node)))


def index_bound(node: Node, arguments: Arguments) -> int:
    """What the whole numbers of an Input are below, a module's arguments put in; 10 where that is unknown."""
    try:
        found = {**node.arguments, **_evaluated_bound(node, arguments)}.get("bound", DEFAULT_BOUND)
    except ArgumentError:
        return DEFAULT_BOUND
    return found if isinstance(found, int) else DEFAULT_BOUND


def _evaluated_bound(node: Node, arguments: Arguments) -> dict[str, Any]:
    """The bound's value; 10 where it is not known yet."""
    bound = node.arguments.get("bound")
    if not isinstance(bound, Expression):
        return {}
    try:
        found = evaluated("bound", bound, arguments)
    except Open:
        found = DEFAULT_BOUND
    return {"bound": DEFAULT_BOUND if isinstance(found, Symbolic) else found}


def root_input(node: Node, arguments: Arguments) -> Given:
    """The type that an Input of the whole network has; without a shape or a number that is a fault."""
    given = declared(node, arguments)
    if given.type is None and given.fault is None and port_default(node) is not None:
        return Given(Type(()))
    if given.type is None and given.fault is None:
        return Given(None, Fault(tr("the input's shape is needed, such as B, 20"), argument="shape"))
    return given


def at_example(given: Given, sizes: Mapping[str, int]) -> Given:
    """What a root's Input passes on; a fault where its shape has no size at the example sizes."""
    if given.type is None:
        return given
    for axis, dim in enumerate(given.type.shape):
        try:
            size = substitute(dim, sizes)
        except ZeroDivisionError as error:
            return Given(
                None,
                Fault(
                    tr(
                        "axis {axis} has no size{dim}: {error}", axis=axis, dim=_said(dim, sizes), error=error
                    ),
                    argument="sizes",
                ),
            )
        if isinstance(size, int) and size < 1:
            found = tr(
                "axis {axis} has size {size}{dim}; a size is at least 1",
                axis=axis,
                size=size,
                dim=_said(dim, sizes),
            )
            return Given(None, Fault(found, argument="sizes"))
    return given


def _said(dim: Dim, sizes: Mapping[str, int]) -> str:
    names = [f"{name} = {sizes[name]}" for name in sorted(symbols(dim)) if name in sizes]
    return f" with {', '.join(names)}" if names else ""


def module_input(node: Node, type_: Type | None, arguments: Arguments, sizes: dict[str, Dim]) -> Given:
    """What a caller gives, checked against the declaration; `sizes` holds its symbols over all inputs."""
    given = declared(node, arguments)
    if given.fault is not None:
        return given
    if type_ is None or given.type is None or (type_.rank == 0 and port_default(node) is not None):
        return Given(type_)
    wanted = given.type
    fault = Fault(
        tr("{node} takes {wanted}, got {type}", node=node.name, wanted=wanted, type=type_), port=node.name
    )
    if wanted.rank != type_.rank or ("dtype" in node.arguments and wanted.dtype != type_.dtype):
        return Given(None, fault)
    with noting() as conditions:
        for dim, actual in zip(wanted.shape, type_.shape, strict=True):
            name = text(dim)
            if name.isidentifier() and name not in arguments:
                dim = sizes.setdefault(name, actual)
            try:
                found = substitute(dim, sizes)
            except (TooManyTerms, ZeroDivisionError) as error:
                return Given(None, Fault(f"{fault.text}; {error}", port=node.name))
            if not agree(found, actual):
                equation = f"{text(found)} = {text(actual)}"
                return Given(
                    None,
                    Fault(
                        tr("{fault}; {equation} cannot be", fault=fault.text, equation=equation),
                        port=node.name,
                    ),
                )
    return Given(type_, None, tuple(conditions))


def example_sizes(nodes: Iterable[Node], types: Iterable[Type | None]) -> dict[str, int]:
    """A number for each symbol of the inputs: as an Input says, else 2, in the order in which they occur."""
    said: dict[str, int] = {}
    for node in nodes:
        try:
            said = {**parsed_sizes(setting(node, "sizes")), **said}
        except ExpressionError:
            continue
    dims = [dim for type_ in types if type_ is not None for dim in type_.shape]
    names = [name for dim in dims for name in sorted(symbols(dim))]
    return {name: said.get(name, DEFAULT_SIZE) for name in dict.fromkeys(names)}


def bound_shape(type_: Type, sizes: Mapping[str, Dim]) -> tuple[int, ...]:
    """The shape with sizes put in; a symbol that `sizes` lacks is 2, and 0 is where there is no size."""
    return tuple(_number(dim, {**dict.fromkeys(symbols(dim), DEFAULT_SIZE), **sizes}) for dim in type_.shape)


def _number(dim: Dim, sizes: Mapping[str, Dim]) -> int:
    try:
        number = substitute(dim, sizes)
    except ZeroDivisionError:
        return 0
    assert isinstance(number, int), f"{text(number)} is not a number"
    return number


def _dtype(node: Node) -> DType:
    match setting(node, "dtype", "float32"):
        case "int64":
            return "int64"
        case "bool":
            return "bool"
        case _:
            return "float32"


def _is_size(value: object) -> bool:
    return isinstance(value, int | Symbolic) and not isinstance(value, bool)
