"""Turning what a node is into a part of a choice, a branch, a loop or a slot, and back."""

from typing import Any

from msgspec.structs import replace

from ..document import Document, Rename
from ..layers import LAYERS
from ..layers.control import CONTROL
from ..ports import kind_ports, slot_default, tied_to
from ..record import INDEX, Module, ModuleArgument, Node
from ..settle import empty_slot
from ..text import tr
from ..use import SLOT_MARK, Use, use
from .arguments import set_part, value_of
from .basic import remake, untied
from .error import EditError
from .fresh import fresh_condition
from .module_arguments import check_argument_name, find_argument, remove_module_argument, set_module_argument
from .naming import argument_names, is_name, unique_name
from .passing import argument_users
from .scope import value_names
from .tie import move_paths

SAME = Use("Identity")


def choose(document: Document, node: str) -> None:
    """Makes what a node is one side of a choice at build time; the other lets its input through.

    Raises EditError for a port, and where wires would be lost.
    """
    old = _wrappable(document, node)
    arguments = {"condition": True, "then": _as_use(old), "otherwise": SAME}
    with document.edit(tr("Make {node} a choice", node=old.name)):
        remake(document, replace(old, kind="Choose", arguments=arguments))


def branch(document: Document, node: str) -> None:
    """Makes what a node is one side of a branch at run time, whose condition is a new first input.

    Raises EditError for a port, and where wires would be lost.
    """
    old = _wrappable(document, node)
    if "condition" in kind_ports(document, old.module, old.kind, old.arguments).inputs:
        raise EditError(tr("{node} has an input named condition; rename it first", node=old.name))
    with document.edit(tr("Make {node} a branch", node=old.name)):
        remake(document, replace(old, kind="If", arguments={"then": _as_use(old), "otherwise": SAME}))
        _move_weights(document, old, (), ("then",))


def loop(document: Document, node: str) -> None:
    """Makes what a node is the body of a loop, with a new module that tells how long it goes on.

    Raises EditError for a port, and where wires would be lost.
    """
    old = _wrappable(document, node)
    inputs = kind_ports(document, old.module, old.kind, old.arguments).inputs
    if not inputs:
        raise EditError(tr("{node} has no input, which a loop needs", node=old.name))
    with document.edit(tr("Make {node} a loop", node=old.name)):
        arguments = {"condition": fresh_condition(document, inputs), "body": _as_use(old)}
        remake(document, replace(old, kind="While", arguments=arguments))
        _move_weights(document, old, (), ("body",))


def unwrap(document: Document, node: str, part: str = "") -> None:
    """Makes a choice, a branch or a loop what one of its parts is, a slot what it is by default.

    Without a part it is the first of a choice or branch, and the body of a loop. Raises EditError where the
    node has no such part.
    """
    old = untied(document, node)
    if old.slot is not None:
        _unwrap_slot(document, old)
        return
    if old.kind not in CONTROL:
        raise EditError(tr("{node} is no choice, branch, loop or slot", node=old.name))
    part = part or ("body" if old.kind == "While" else "then")
    found = value_of(document, old, part)
    if not isinstance(found, Use):
        raise EditError(tr("{node} has no part {part}", node=old.name, part=part))
    if not found.kind:
        raise EditError(empty_slot(part))
    with document.edit(tr("Unwrap {node}", node=old.name)):
        remake(document, replace(old, kind=found.kind, arguments=found.named))
        if old.kind != "Choose":
            _move_weights(document, old, (part,), ())


def make_slot(document: Document, node: str, name: str | None = None) -> str:
    """Makes what a node is an argument of its module, which each user may fill anew; returns its name.

    The argument is by default what the node was, with its plain arguments; those that read names of the
    module stay with the node, which passes them to whatever fills the slot. Raises EditError for a port or a
    slot, and where wires would be lost.
    """
    old = _wrappable(document, node)
    if old.slot is not None:
        raise EditError(tr("{node} is a slot already", node=old.name))
    module = document.module(old.module)
    inputs = {n.name for n in document.nodes(module.id) if n.kind == "Input"}
    base = name or (old.name if is_name(old.name) else "block")
    taken = argument_names(document, module.id) | inputs | {INDEX}
    called = base if name is not None else unique_name(taken, base)
    mine = {key: value for key, value in old.arguments.items() if _stays(old.kind, key, value)}
    default = use(old.kind, {key: value for key, value in old.arguments.items() if key not in mine})
    with document.edit(tr("Make {node} a slot", node=old.name)):
        check_argument_name(document, module, called)
        document.put(
            replace(module, arguments=(*module.arguments, ModuleArgument(name=called, default=default)))
        )
        remake(document, replace(old, kind=SLOT_MARK + called, arguments=mine))
    return called


def fill_slot(document: Document, node: str, value: Use, name: str = "") -> None:
    """Puts a module or layer into a slot: of a slot node its default, of an instance its argument.

    `name` is the instance's argument, which may be left out where only one takes a module. Raises EditError
    and ArgumentError where it does not fit.
    """
    old = untied(document, node)
    if old.slot is None:
        set_part(document, node, name or _only_slot(document, old), value)
        return
    module = document.module(old.module)
    argument = find_argument(module, old.slot)
    filled = value if not isinstance(argument.default, tuple) else (value,)
    set_module_argument(document, module.id, argument.name, filled)


def _only_slot(document: Document, node: Node) -> str:
    record = document.get(node.definition or "")
    found = (
        [one.name for one in record.arguments if isinstance(one.default, Use)]
        if isinstance(record, Module)
        else []
    )
    if len(found) != 1:
        raise EditError(tr("{node} has {count} slots; say which one", node=node.name, count=len(found)))
    return found[0]


def _unwrap_slot(document: Document, old: Node) -> None:
    given = slot_default(document, old.module, old.kind)
    name = old.slot or ""
    if given is None or name not in argument_names(document, old.module):
        raise EditError(tr("{node} is a slot that an expression gives", node=old.name))
    if not given.kind:
        raise EditError(empty_slot(name))
    with document.edit(tr("Unwrap {node}", node=old.name)):
        remake(document, replace(old, kind=given.kind, arguments={**given.named, **old.arguments}))
        if not argument_users(document, old.module, name):
            remove_module_argument(document, old.module, name)


def _stays(kind: str, name: str, value: Any) -> bool:
    """Whether an argument reads what only the node's own module knows."""
    layer = LAYERS.get(kind)
    texts = [spec.name for spec in layer.arguments if spec.dimensions] if layer is not None else []
    return bool(value_names(value)) or (name in texts and isinstance(value, str))


def _as_use(node: Node) -> Use:
    return use(node.kind, node.arguments)


def _wrappable(document: Document, node: str) -> Node:
    """The node with the arguments. EditError where it cannot be a part of another."""
    old = untied(document, node)
    if old.kind in ("Input", "Output"):
        raise EditError(tr("{node} is a port of the module, which cannot be a part", node=old.name))
    if not old.definition and old.slot is None and old.kind not in LAYERS:
        raise EditError(tr("there is no layer named {kind}", kind=old.kind))
    known = set(kind_ports(document, old.module, old.kind, old.arguments).inputs)
    for each in (old, *tied_to(document, old)):
        lost = [w.target_port for w in document.wires(old.module) if w.target == each.id]
        if not known.issuperset(lost):
            raise EditError(
                tr("{node} takes {count} inputs, and as a part it could take {known}; group it first",
                   node=each.name, count=len(lost), known=len(known))
            )  # fmt: skip
    return old


def _move_weights(document: Document, node: Node, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """The weights of each call of the node go from one part to another. Only inside an edit."""
    times = range(node.repeat) if type(node.repeat) is int else ()
    keys: list[tuple[str, ...]] = [(str(index),) for index in times] if node.repeat is not None else [()]
    for key in keys:
        move_paths(document, Rename(node.module, (node.id, *key, *before), (node.id, *key, *after)))
