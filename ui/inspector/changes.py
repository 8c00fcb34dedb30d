"""What a row does to the design: values at any depth of a node, lists of modules, and promoting. No Qt."""

from typing import Any, NamedTuple

from core import edits
from core.call_path import steps
from core.document import Document
from core.edits import EditError
from core.edits.arguments import said, value_of
from core.edits.naming import argument_names
from core.expression import Expression, Value
from core.layers import LAYERS
from core.layers.control import CONTROL
from core.module_arguments import kind_of
from core.ports import as_owner
from core.problem import Path
from core.record import ROOT, ModuleArgument, Node
from core.text import tr
from core.use import SLOT_MARK, Use

from .spec import Spec, kind_specs, specs_of
from .subject import Place


class Promotion(NamedTuple):
    """The node and the place in it whose value would become an argument of that node's module."""

    node: str
    way: Place
    module: str


def put(document: Document, node: str, way: Place, value: Value | None) -> None:
    """Sets what stands at a place in a node; None is its default. Raises ArgumentError and EditError."""
    *holder, name = way
    if not holder:
        edits.set_argument(document, node, str(name), value)
    elif isinstance(name, int):
        edits.set_part(document, node, way, value if isinstance(value, Use | Expression) else None)
    else:
        edits.set_use_argument(document, node, tuple(holder), name, value)


def value_at(document: Document, node: Node, way: Place) -> Any:
    """What stands at a place in a node: what was set, else the default; None where there is neither."""
    found: Any = value_of(document, node, str(way[0]))
    for step in way[1:]:
        if isinstance(step, int):
            found = found[step] if isinstance(found, tuple) and step < len(found) else None
        elif isinstance(found, Use):
            specs = {spec.name: spec for spec in kind_specs(document, node.module, found.kind)}
            default = specs[step].default if step in specs else None
            found = found.named.get(step, default)
        else:
            return None
    return found


def spec_at(document: Document, node: Node, way: Place) -> Spec | None:
    """What the argument at a place in a node takes; None where there is no such argument."""
    if len(way) == 1:
        specs = specs_of(document, node)
    else:
        holder = value_at(document, node, way[:-1])
        specs = kind_specs(document, node.module, holder.kind) if isinstance(holder, Use) else ()
    return next((spec for spec in specs if spec.name == way[-1]), None)


def append(document: Document, node: str, way: Place, module: Use) -> None:
    """Adds a module at the end of a list."""
    found = _list_at(document, node, way)
    put(document, node, way, (*found, module))


def remove(document: Document, node: str, way: Place) -> None:
    """Takes a module out of a list."""
    index = _index(way)
    found = _list_at(document, node, way[:-1])
    put(document, node, way[:-1], (*found[:index], *found[index + 1 :]))


def move(document: Document, node: str, way: Place, by: int) -> None:
    """Puts a module of a list so many places further on."""
    index = _index(way)
    found = list(_list_at(document, node, way[:-1]))
    found.insert(max(0, index + by), found.pop(index))
    put(document, node, way[:-1], tuple(found))


def promotion(document: Document, path: Path | None, node: Node, way: Place) -> Promotion | None:
    """What promoting would take out: the value here, or where it is already an argument, what is given to it.

    `path` is the call in which the node is looked at; None where there is nothing to promote.
    """
    made = as_owner(document, node)
    layer = LAYERS.get(made.kind)
    if layer is not None and layer.structural and made.kind not in CONTROL:
        return None
    for _ in range(len(path or ()) + 2):
        value = value_at(document, made, way)
        passed = argument_read(document, made.module, value)
        if passed is None:
            plain = value is not None and not _is_computed(value)
            return Promotion(made.id, way, made.module) if plain else None
        if made.module == ROOT or not path:
            return None
        step = list(steps(document, path))[-1]
        path = path[: -len(step)]
        holder = document.get(step[0])
        if not isinstance(holder, Node):
            return None
        made = as_owner(document, holder)
        way = _way_of_argument(made, step[1:], passed)
    return None


def promote(document: Document, found: Promotion) -> str:
    """Makes the value an argument of the module around it, and returns that one's name.

    Raises EditError and ArgumentError where it cannot be one.
    """
    node = document.node(found.node)
    if len(found.way) == 1:
        return edits.promote_argument(document, found.node, str(found.way[0]))
    spec = spec_at(document, node, found.way)
    if spec is None:
        raise EditError(tr("there is no argument {name} to promote", name=said(found.way)))
    value = value_at(document, node, found.way)
    taken = argument_names(document, node.module) | {each.name for each in document.nodes(node.module)}
    name = edits.unique_name(taken, spec.name)
    with document.edit(tr("Promote {name} of {inner}", name=said(found.way), inner=node.name)):
        _declare(document, node.module, name, spec, value)
        whole = Use(SLOT_MARK + name) if spec.kind == "module" else Expression(name)
        put(document, node.id, found.way, whole)
    return name


def argument_read(document: Document, module: str, value: Any) -> str | None:
    """The module's argument that a value is; None where it is anything else."""
    source = ""
    if isinstance(value, Expression):
        source = value.source
    elif isinstance(value, Use) and value.kind.startswith(SLOT_MARK) and not value.arguments:
        source = value.kind[len(SLOT_MARK) :]
    return source if source in argument_names(document, module) else None


def _declare(document: Document, module: str, name: str, spec: Spec, value: Any) -> None:
    declared = spec.declared
    if isinstance(declared, ModuleArgument):
        edits.add_module_argument(
            document, module, name, value, declared.help, declared.minimum, kind=kind_of(declared),
            choices=declared.choices, maximum=declared.maximum,
        )  # fmt: skip
        return
    number = spec.kind in ("int", "float", "sizes")
    choices = spec.choices if spec.kind == "choice" else ()
    low, high = (_bound(spec.minimum, value), _bound(spec.maximum, value)) if number else (None, None)
    edits.add_module_argument(document, module, name, value, spec.help, low, choices=choices, maximum=high)


def _bound(bound: float | None, value: Any) -> float | None:
    return bound if bound is None or isinstance(value, float) else int(bound)


def _way_of_argument(holder: Node, keys: Path, name: str) -> Place:
    """Where a node gives an argument to the module in it: to itself, or to one of its parts."""
    part = next((key for key in keys if isinstance(holder.arguments.get(key), Use)), None)
    if part is None and holder.kind == "Choose":
        given = holder.arguments.get("then")
        part = "then" if isinstance(given, Use) else None
    return (name,) if part is None or holder.kind not in CONTROL else (part, name)


def _is_computed(value: Any) -> bool:
    return isinstance(value, Expression) or (isinstance(value, Use) and value.kind.startswith(SLOT_MARK))


def _list_at(document: Document, node: str, way: Place) -> tuple[Any, ...]:
    found = value_at(document, as_owner(document, document.node(node)), way)
    return found if isinstance(found, tuple) else ()


def _index(way: Place) -> int:
    index = way[-1]
    assert isinstance(index, int)
    return index
