"""Edits of single records: add, move, set, rename, comment."""

from collections.abc import Mapping

from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, ExpressionError, Value, parse, rename as rename_in
from ..layers import LAYERS
from ..layers.layer import ArgumentError, check, initial_arguments
from ..ports import port_nodes
from ..record import ROOT, Comment, Module, Node, Wire, fresh_id
from .error import EditError

Point = tuple[float, float]

COLUMN = 230.0
"""Canvas units from one node of a chain to the next."""

COORDINATE_LIMIT = 1e6
"""Canvas units; a node farther out is put at the edge."""


def add_node(
    document: Document,
    module: str,
    kind: str,
    at: Point,
    name: str | None = None,
    arguments: Mapping[str, Value] | None = None,
) -> str:
    """Adds a layer or an instance and returns its id; EditError where a module would nest in itself."""
    check_kind(document, module, kind)
    given = dict(arguments or {})
    if kind in LAYERS:
        given = {**initial_arguments(LAYERS[kind]), **given}
    if kind in ("Input", "Output") and "order" not in given:
        orders = [node.arguments.get("order", 0) for node in port_nodes(document, module, kind)]
        given["order"] = max((order for order in orders if isinstance(order, int)), default=-1) + 1
    label = name or default_name(document, kind)
    node = Node(
        id=fresh_id(),
        module=module,
        kind=kind,
        name=unique_name({node.name for node in document.nodes(module)}, label),
        arguments=given,
        at=_within(at),
    )
    with document.edit(f"Add {node.name}"):
        document.put(node)
    return node.id


def add_module(document: Document, name: str) -> str:
    """Adds a module with an Input wired to an Output, and returns its id."""
    module = Module(id=fresh_id(), name=unique_name({m.name for m in document.modules()}, name))
    with document.edit(f"Add module {module.name}"):
        document.put(module)
        fill_with_ports(document, module.id)
    return module.id


def fill_with_ports(document: Document, module: str) -> None:
    """Puts an Input wired to an Output into an empty module."""
    with document.edit("Add ports"):
        anything = {} if module == ROOT else {"shape": ""}
        x = add_node(document, module, "Input", (0.0, 0.0), "x", anything)
        y = add_node(document, module, "Output", (2 * COLUMN, 0.0), "y")
        wire = Wire(id=fresh_id(), module=module, source=x, source_port="y", target=y, target_port="x")
        document.put(wire)


def move(document: Document, places: Mapping[str, Point]) -> None:
    """Puts nodes and comments at new places, in canvas units."""
    with document.edit("Move"):
        for key, at in places.items():
            record = document.get(key)
            if isinstance(record, Node | Comment):
                document.put(replace(record, at=_within(at)))


def set_argument(document: Document, node: str, name: str, value: Value | None) -> None:
    """Sets an argument, or takes it back to its default by None.

    Raises ArgumentError where the value is not of the argument's type or range.
    """
    old = document.node(node)
    arguments = {key: kept for key, kept in old.arguments.items() if key != name}
    if value is not None:
        arguments[name] = _checked(document, old, name, value)
    with document.edit(f"Set {name} of {old.name}"):
        document.put(replace(old, arguments=arguments))


def set_kind(document: Document, node: str, kind: str) -> None:
    """Makes a node a layer of another kind, with the arguments that this kind knows too.

    Raises EditError where there is no such layer.
    """
    old = document.node(node)
    check_kind(document, old.module, kind)
    known = {spec.name for spec in LAYERS[kind].arguments} if kind in LAYERS else set()
    kept = {name: value for name, value in old.arguments.items() if name in known}
    initial = initial_arguments(LAYERS[kind]) if kind in LAYERS else {}
    with document.edit(f"Make {old.name} {kind}"):
        document.put(replace(old, kind=kind, arguments={**initial, **kept}))


def rename(document: Document, key: str, name: str) -> None:
    """Renames a node or a module; wires and expressions that use the name follow.

    Raises EditError where the name is empty, has a character that paths use, or is taken.
    """
    record = document.get(key)
    assert isinstance(record, Node | Module)
    name = check_name(name)
    if name == record.name:
        return
    if isinstance(record, Module):
        if any(module.name == name for module in document.modules()):
            raise EditError(f"there is already a module named {name}")
        with document.edit(f"Rename {record.name} to {name}"):
            document.put(replace(record, name=name))
        return
    if any(node.name == name for node in document.nodes(record.module)):
        raise EditError(f"{document.module(record.module).name} already has a node named {name}")
    with document.edit(f"Rename {record.name} to {name}"):
        document.put(replace(record, name=name))
        if record.kind in ("Input", "Output"):
            _rename_port(document, record, name)


def add_comment(document: Document, module: str, text: str, at: Point) -> str:
    """Adds a comment and returns its id."""
    comment = Comment(id=fresh_id(), module=module, text=text, at=_within(at))
    with document.edit("Comment"):
        document.put(comment)
    return comment.id


def set_comment(document: Document, comment: str, text: str) -> None:
    """Changes a comment's text."""
    record = document.get(comment)
    assert isinstance(record, Comment)
    with document.edit("Edit comment"):
        document.put(replace(record, text=text))


def check_name(name: str) -> str:
    """The name without outer blanks; EditError where it cannot be one."""
    name = name.strip()
    if not name:
        raise EditError("a name needs at least one character")
    if any(mark in name for mark in "./\\\n\r\t\0"):
        raise EditError(f"a name cannot hold a dot, slash or line break, got {name!r}")
    if len(name) > 100:
        raise EditError("a name can have 100 characters at most")
    return name


def unique_name(taken: set[str], name: str) -> str:
    """The name itself, or with the first free number behind it."""
    if name not in taken:
        return name
    stem = name.rstrip("0123456789") or name
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def default_name(document: Document, kind: str) -> str:
    """What a new node of the kind is called: `conv` for Conv2d, `mlp` for an instance of MLP, `x` and `y`."""
    if kind == "Input":
        return "x"
    if kind == "Output":
        return "y"
    if kind.startswith("@"):
        return document.module(kind[1:]).name.lower().replace(" ", "_")
    stem = kind.lower()
    if stem[-2:] in ("1d", "2d", "3d"):
        stem = stem[:-2]
    return stem


def check_kind(document: Document, module: str, kind: str) -> None:
    """EditError where the kind is unknown, or would put a module into itself."""
    if not kind.startswith("@"):
        if kind not in LAYERS:
            raise EditError(f"there is no layer named {kind}")
        return
    definition = document.get(kind[1:])
    if not isinstance(definition, Module):
        raise EditError("that module is not in this design")
    if module in nested(document, definition.id):
        raise EditError(f"{definition.name} would contain itself")


def nested(document: Document, module: str) -> set[str]:
    """The ids of the modules that a module is built of, itself among them."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [node.definition for node in document.nodes(current) if node.definition]
    return found


def users(document: Document, module: str) -> list[Node]:
    """Every instance of the module."""
    return [r for r in document.records.values() if isinstance(r, Node) and r.definition == module]


def _rename_port(document: Document, port: Node, name: str) -> None:
    end = "target" if port.kind == "Input" else "source"
    for user in users(document, port.module):
        for wire in document.wires(user.module):
            if getattr(wire, end) == user.id and getattr(wire, f"{end}_port") == port.name:
                document.put(replace(wire, **{f"{end}_port": name}))
    if port.kind == "Input" and name.isidentifier():
        rename_in_expressions(document, port.module, port.name, name)


def rename_in_expressions(document: Document, module: str, old: str, new: str) -> None:
    """Rewrites a name in every expression of a module's nodes. Only inside an edit."""
    for node in document.nodes(module):
        changed: dict[str, Value] = {
            key: rename_in(value, {old: new})
            for key, value in node.arguments.items()
            if isinstance(value, Expression)
        }
        if any(node.arguments[key] != value for key, value in changed.items()):
            document.put(replace(node, arguments={**node.arguments, **changed}))


def _checked(document: Document, node: Node, name: str, value: Value) -> Value:
    if isinstance(value, Expression):
        try:
            return parse(value.source)
        except ExpressionError as error:
            raise ArgumentError(name, error.message) from error
    if node.definition is not None:
        return _checked_for_module(document, node.definition, name, value)
    layer = LAYERS.get(node.kind)
    if layer is None:
        return value
    specs = {spec.name: spec for spec in layer.arguments}
    if name not in specs:
        raise ArgumentError(name, f"{node.kind} has no argument {name}")
    checked: Value = check(specs[name], value)
    return checked


def _checked_for_module(document: Document, definition: str, name: str, value: Value) -> Value:
    module = document.module(definition)
    spec = next((spec for spec in module.arguments if spec.name == name), None)
    if spec is None:
        raise ArgumentError(name, f"{module.name} has no argument {name}")
    if type(value) is not int:
        raise ArgumentError(name, f"expected a whole number, got {value!r}")
    if spec.minimum is not None and value < spec.minimum:
        raise ArgumentError(name, f"expected at least {spec.minimum}, got {value}")
    return value


def _within(at: Point) -> Point:
    x, y = (min(max(float(c), -COORDINATE_LIMIT), COORDINATE_LIMIT) if c == c else 0.0 for c in at)
    return (x, y)
