"""Setting a node's arguments, checked against what its layer or module declares, and what is inside uses."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, ExpressionError, Value, parse
from ..layers import LAYERS
from ..layers.control import CONTROL
from ..layers.layer import Argument, ArgumentError, Layer, check
from ..module_arguments import check_argument, kind_of
from ..ports import same_ports, slot_default
from ..record import INSTANCE_MARK, Module, ModuleArgument, Node
from ..text import tr
from ..use import SLOT_MARK, Use, use
from .basic import check_kind, remake, untied
from .error import EditError

Part = str | tuple[str | int, ...]
"""Where a use stands in a node: an argument's name, or a way through lists and uses: `("modules", 2)`."""


def set_argument(document: Document, node: str, name: str, value: Value | None) -> None:
    """Sets an argument, or takes it back to its default by None; of a tied node it is its owner's.

    Raises ArgumentError where there is no such argument or the value is not of its type or range, EditError
    where a module would contain itself.
    """
    old = untied(document, node)
    arguments = {key: kept for key, kept in old.arguments.items() if key != name}
    if value is not None:
        arguments[name] = check_value(document, old.module, old.kind, name, value)
    with document.edit(tr("Set {name} of {old}", name=name, old=old.name)):
        changed = replace(old, arguments=arguments)
        if old.kind in CONTROL or not same_ports(old, changed):
            remake(document, changed)
        else:
            document.put(changed)


def set_part(document: Document, node: str, part: Part, value: Use | Expression | None) -> None:
    """Puts a module or layer, or the slot that an expression gives, into a node; None is the default.

    Raises ArgumentError and EditError as `set_argument`, and where there is no such part.
    """
    name, *steps = (part,) if isinstance(part, str) else part
    if not steps or value is None:
        set_argument(document, node, str(name), value)
        return
    given = Use(SLOT_MARK + value.source) if isinstance(value, Expression) else value
    _change_inside(document, node, str(name), steps, lambda _: given)


def set_use_argument(document: Document, node: str, part: Part, name: str, value: Value | None) -> None:
    """Sets an argument of a module that a node holds, or takes it back to its default by None.

    Raises ArgumentError and EditError as `set_argument`, and where there is no module at that part.
    """

    def changed(found: Any) -> Use:
        if not isinstance(found, Use) or not found.kind:
            raise EditError(tr("there is no module in {part} to set {name} of", part=said(part), name=name))
        rest = {key: kept for key, kept in found.named.items() if key != name}
        return use(found.kind, rest if value is None else {**rest, name: value})

    first, *steps = (part,) if isinstance(part, str) else part
    _change_inside(document, node, str(first), steps, changed)


def said(part: Part) -> str:
    """A part as sentences call it: `modules[2].block`."""
    steps = (part,) if isinstance(part, str) else part
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]


def value_of(document: Document, node: Node, name: str) -> Any:
    """What an argument of a node is: its value, or the default; None where there is neither."""
    if name in node.arguments:
        return node.arguments[name]
    spec = declared(document, node.module, node.kind, name)
    if isinstance(spec, Argument):
        return None if spec.required else spec.default
    return None if spec is None else spec.default


def declared(
    document: Document, module: str, kind: str, name: str, steps: int = 20
) -> Argument | ModuleArgument | None:
    """What a kind, or what a slot is by default, declares an argument to be; None where it has none."""
    specs: tuple[Argument | ModuleArgument, ...] = ()
    if kind.startswith(SLOT_MARK):
        given = slot_default(document, module, kind)
        if given is None or steps < 1:
            return None
        return declared(document, module, given.kind, name, steps - 1)
    if kind.startswith(INSTANCE_MARK):
        record = document.get(kind[len(INSTANCE_MARK) :])
        specs = record.arguments if isinstance(record, Module) else ()
    elif kind in LAYERS:
        specs = LAYERS[kind].arguments
    return next((spec for spec in specs if spec.name == name), None)


def check_value(document: Document, module: str, kind: str, name: str, value: Any) -> Any:
    """The value as an argument of that kind takes it, where the node stands in this module.

    Raises ArgumentError, and EditError where a module would contain itself.
    """
    if kind.startswith(SLOT_MARK):
        given = slot_default(document, module, kind)
        if given is None or not given.kind or given.kind.startswith(SLOT_MARK):
            return _whole(document, module, name, value)
        return check_value(document, module, given.kind, name, value)
    if kind.startswith(INSTANCE_MARK):
        return _checked_of_module(document, module, document.module(kind[len(INSTANCE_MARK) :]), name, value)
    if kind not in LAYERS:
        return value
    return _checked_of_layer(document, module, LAYERS[kind], name, value)


def check_default(document: Document, module: Module, argument: ModuleArgument, value: Any) -> Any:
    """A value that an argument of the module takes; ArgumentError and EditError otherwise."""
    checked = _whole(document, module.id, argument.name, check_argument(argument, value))
    if isinstance(checked, Expression):
        raise ArgumentError(argument.name, tr("a default is a plain value, not an expression"))
    return checked


def check_use(document: Document, module: str, value: Use) -> Use:
    """A use with its arguments checked; ArgumentError, and EditError where a module would contain itself."""
    if not value.kind:
        return Use()
    if value.kind.startswith(SLOT_MARK):
        kind = SLOT_MARK + _read("module", value.kind[len(SLOT_MARK) :]).source
    elif value.kind in ("Input", "Output"):
        raise EditError(tr("{kind} is a port of a module, not a part of a node", kind=value.kind))
    else:
        kind = value.kind
        check_kind(document, module, kind)
    given = {name: check_value(document, module, kind, name, part) for name, part in value.arguments}
    return use(kind, given)


def _change_inside(
    document: Document, node: str, name: str, steps: Iterable[str | int], change: Callable[[Any], Use]
) -> None:
    old = untied(document, node)
    found = value_of(document, old, name)
    set_argument(document, node, name, _changed(found, (name, *steps), 1, change))


def _changed(value: Any, part: tuple[str | int, ...], depth: int, change: Callable[[Any], Use]) -> Any:
    if depth == len(part):
        return change(value)
    step = part[depth]
    if isinstance(step, int) and isinstance(value, tuple) and 0 <= step < len(value):
        inside = _changed(value[step], part, depth + 1, change)
        return (*value[:step], inside, *value[step + 1 :])
    if isinstance(step, str) and isinstance(value, Use):
        inside = _changed(value.named.get(step), part, depth + 1, change)
        return use(value.kind, {**value.named, step: inside})
    raise EditError(tr("there is no module in {part}", part=said(part)))


def _checked_of_module(document: Document, here: str, module: Module, name: str, value: Any) -> Any:
    found = next((spec for spec in module.arguments if spec.name == name), None)
    if found is None:
        known = _known(module.arguments)
        raise ArgumentError(
            name,
            tr("{module} has no argument {name}{arguments}", module=module.name, name=name, arguments=known),
        )
    if isinstance(value, Expression):
        return _read(name, value.source)
    if isinstance(value, tuple) and kind_of(found) == "modules":
        value = tuple(_as_use(item) for item in value)
    return _whole(document, here, name, check_argument(found, value))


def _checked_of_layer(document: Document, here: str, layer: type[Layer], name: str, value: Any) -> Any:
    kind = layer.__name__
    spec = next((spec for spec in layer.arguments if spec.name == name), None)
    if spec is None:
        known = _known(layer.arguments)
        raise ArgumentError(
            name, tr("{kind} has no argument {name}{arguments}", kind=kind, name=name, arguments=known)
        )
    if spec.kind == "module":
        return _whole(document, here, name, check(spec, _as_use(value)))
    if isinstance(value, Expression):
        if layer.structural and kind not in CONTROL:
            raise ArgumentError(
                name,
                tr("{kind} takes plain values, got the expression {value}", kind=kind, value=value.source),
            )
        return _read(name, value.source)
    return check(spec, value)


def _as_use(value: Any) -> Any:
    """The slot that an expression gives, where a use stands by itself."""
    return Use(SLOT_MARK + value.source) if isinstance(value, Expression) else value


def _whole(document: Document, module: str, name: str, value: Any) -> Any:
    """The value with the uses and expressions in it checked."""
    if isinstance(value, Expression):
        return _read(name, value.source)
    if isinstance(value, Use):
        return check_use(document, module, value)
    if isinstance(value, tuple):
        return tuple(_whole(document, module, name, part) for part in value)
    return value


def _read(name: str, source: str) -> Expression:
    try:
        return parse(source)
    except ExpressionError as error:
        raise ArgumentError(name, error.message) from error


def _known(specs: tuple[Argument, ...] | tuple[ModuleArgument, ...]) -> str:
    names = ", ".join(spec.name for spec in specs)
    return f"; it has {names}" if names else ""
