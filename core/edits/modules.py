"""Edits of definitions: their arguments, and forking one for a single instance."""

from msgspec.structs import replace

from ..document import Document, Rename
from ..expression import Expression, Value, names
from ..layers.layer import ArgumentError
from ..record import Comment, Module, ModuleArgument, Node, Wire, fresh_id, instance_kind
from .basic import rename_in_expressions, unique_name, users
from .error import EditError
from .scope import settled


def make_unique(document: Document, instance: str) -> str:
    """Gives an instance a definition of its own, a copy of the one it used; returns the new module's id."""
    node = document.node(instance)
    module = document.get(node.definition or "")
    if not isinstance(module, Module):
        raise EditError(f"{node.name} is not an instance of a module")
    name = unique_name({other.name for other in document.modules()}, module.name)
    new = replace(module, id=fresh_id(), name=name)
    fresh = {record.id: fresh_id() for record in document.members(module.id)}
    with document.edit(f"Make {node.name} unique"):
        document.put(new)
        for record in document.members(module.id):
            if isinstance(record, Wire):
                ends = {
                    "source": fresh.get(record.source, record.source),
                    "target": fresh.get(record.target, record.target),
                }
                document.put(replace(record, id=fresh[record.id], module=new.id, **ends))
            elif isinstance(record, Node | Comment):
                document.put(replace(record, id=fresh[record.id], module=new.id))
            if isinstance(record, Node):
                document.renamed(Rename(node.module, (node.id, record.id), (node.id, fresh[record.id])))
        document.put(replace(node, kind=instance_kind(new.id)))
    return new.id


def add_module_argument(
    document: Document, module: str, name: str, default: int = 1, help: str = "", minimum: int | None = None
) -> None:
    """Declares a whole-number argument; EditError where the name is taken or no identifier."""
    old = document.module(module)
    _check_argument_name(document, old, name)
    argument = ModuleArgument(name=name, default=default, help=help, minimum=minimum)
    with document.edit(f"Add argument {name}"):
        document.put(replace(old, arguments=(*old.arguments, argument)))


def set_module_argument(document: Document, module: str, name: str, default: int) -> None:
    """Changes an argument's default; ArgumentError where it is below the minimum."""
    old = document.module(module)
    spec = _argument(old, name)
    if type(default) is not int:
        raise ArgumentError(name, f"expected a whole number, got {default!r}")
    if spec.minimum is not None and default < spec.minimum:
        raise ArgumentError(name, f"expected at least {spec.minimum}, got {default}")
    with document.edit(f"Set {name} of {old.name}"):
        changed = tuple(replace(a, default=default) if a.name == name else a for a in old.arguments)
        document.put(replace(old, arguments=changed))


def rename_module_argument(document: Document, module: str, old_name: str, new_name: str) -> None:
    """Renames an argument; expressions inside and every instance follow."""
    old = document.module(module)
    _argument(old, old_name)
    if old_name == new_name:
        return
    _check_argument_name(document, old, new_name)
    with document.edit(f"Rename argument {old_name} to {new_name}"):
        changed = tuple(replace(a, name=new_name) if a.name == old_name else a for a in old.arguments)
        document.put(replace(old, arguments=changed))
        rename_in_expressions(document, module, old_name, new_name)
        for user in users(document, module):
            renamed = {new_name if key == old_name else key: value for key, value in user.arguments.items()}
            if renamed != user.arguments:
                document.put(replace(user, arguments=renamed))


def remove_module_argument(document: Document, module: str, name: str) -> None:
    """Takes an argument out; where it was read inside, its default stands from then on."""
    old = document.module(module)
    spec = _argument(old, name)
    with document.edit(f"Remove argument {name}"):
        document.put(replace(old, arguments=tuple(a for a in old.arguments if a.name != name)))
        for node in document.nodes(module):
            kept = {key: _without(value, name, spec.default) for key, value in node.arguments.items()}
            if kept != node.arguments:
                document.put(replace(node, arguments=kept))
        for user in users(document, module):
            if name in user.arguments:
                rest = {key: value for key, value in user.arguments.items() if key != name}
                document.put(replace(user, arguments=rest))


def promote_argument(document: Document, node: str, name: str) -> str:
    """Makes a node's whole-number argument one of its module's; returns the module argument's name."""
    inner = document.node(node)
    module = document.module(inner.module)
    value = inner.arguments.get(name)
    if type(value) is not int:
        raise EditError(f"{name} of {inner.name} is not a whole number that was set")
    taken = {argument.name for argument in module.arguments}
    argument = unique_name(taken | {n.name for n in document.nodes(module.id) if n.kind == "Input"}, name)
    with document.edit(f"Promote {name} of {inner.name}"):
        add_module_argument(document, module.id, argument, value)
        document.put(replace(inner, arguments={**inner.arguments, name: Expression(argument)}))
    return argument


def _argument(module: Module, name: str) -> ModuleArgument:
    found = next((argument for argument in module.arguments if argument.name == name), None)
    if found is None:
        raise EditError(f"{module.name} has no argument {name}")
    return found


def _check_argument_name(document: Document, module: Module, name: str) -> None:
    if not name.isidentifier():
        raise EditError(f"an argument's name is letters, digits and underscores, got {name!r}")
    if any(argument.name == name for argument in module.arguments):
        raise EditError(f"{module.name} already has an argument {name}")
    if any(node.kind == "Input" and node.name == name for node in document.nodes(module.id)):
        raise EditError(f"{name} is an input of {module.name}; choose another name")


def _without(value: Value, name: str, default: Value) -> Value:
    if not isinstance(value, Expression) or name not in names(value):
        return value
    return settled(value, {name: default})
