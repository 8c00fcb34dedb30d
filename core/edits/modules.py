"""Edits of definitions: their arguments, and forking one for a single instance."""

from msgspec.structs import replace

from ..document import Document, Rename
from ..expression import Expression, Value
from ..layers import LAYERS
from ..record import Comment, Module, ModuleArgument, Node, Wire, fresh_id, instance_kind
from ..text import tr
from .arguments import check_whole_number
from .error import EditError
from .naming import is_name, unique_module_name, unique_name, users
from .scope import put_in
from .sizes import as_size


def make_unique(document: Document, instance: str) -> str:
    """Gives an instance a definition of its own, a copy of the one it used; returns the new module's id."""
    node = document.node(instance)
    module = document.get(node.definition or "")
    if not isinstance(module, Module):
        raise EditError(tr("{node} is not an instance of a module", node=node.name))
    new = replace(module, id=fresh_id(), name=unique_module_name(document, module.name))
    fresh = {record.id: fresh_id() for record in document.members(module.id)}
    with document.edit(tr("Make {node} unique", node=node.name)):
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
    """Declares a whole-number argument.

    Raises EditError where the name is taken or no identifier, ArgumentError for a default below the minimum.
    """
    old = document.module(module)
    _check_argument_name(document, old, name)
    argument = ModuleArgument(name=name, default=default, help=help, minimum=minimum)
    check_whole_number(argument, default)
    with document.edit(tr("Add argument {name}", name=name)):
        document.put(replace(old, arguments=(*old.arguments, argument)))


def set_module_argument(document: Document, module: str, name: str, default: int) -> None:
    """Changes an argument's default; ArgumentError where it is below the minimum."""
    old = document.module(module)
    spec = _argument(old, name)
    check_whole_number(spec, default)
    with document.edit(tr("Set {name} of {old}", name=name, old=old.name)):
        changed = tuple(replace(a, default=default) if a.name == name else a for a in old.arguments)
        document.put(replace(old, arguments=changed))


def set_help(document: Document, module: str, text: str) -> None:
    """Says what a module is for."""
    old = document.module(module)
    if text != old.help:
        with document.edit(tr("Describe {name}", name=old.name)):
            document.put(replace(old, help=text))


def rename_module_argument(document: Document, module: str, old_name: str, new_name: str) -> None:
    """Renames an argument; expressions inside and every instance follow."""
    old = document.module(module)
    _argument(old, old_name)
    if old_name == new_name:
        return
    _check_argument_name(document, old, new_name)
    with document.edit(tr("Rename argument {old_name} to {new_name}", old_name=old_name, new_name=new_name)):
        changed = tuple(replace(a, name=new_name) if a.name == old_name else a for a in old.arguments)
        document.put(replace(old, arguments=changed))
        _replace_name(document, module, old_name, Expression(new_name), Expression(new_name))
        for user in users(document, module):
            renamed = {new_name if key == old_name else key: value for key, value in user.arguments.items()}
            if renamed != user.arguments:
                document.put(replace(user, arguments=renamed))


def remove_module_argument(document: Document, module: str, name: str) -> None:
    """Takes an argument out; where it was read inside, its default stands from then on."""
    old = document.module(module)
    spec = _argument(old, name)
    with document.edit(tr("Remove argument {name}", name=name)):
        document.put(replace(old, arguments=tuple(a for a in old.arguments if a.name != name)))
        _replace_name(document, module, name, spec.default, as_size(document, module, spec.default))
        for user in users(document, module):
            if name in user.arguments:
                rest = {key: value for key, value in user.arguments.items() if key != name}
                document.put(replace(user, arguments=rest))


def promote_argument(document: Document, node: str, name: str) -> str:
    """Makes a node's whole-number argument one of its module's; returns the module argument's name.

    Raises EditError where the argument is no whole number.
    """
    inner = document.node(node)
    module = document.module(inner.module)
    declared = _declared(document, inner, name)
    taken = {argument.name for argument in module.arguments} | {n.name for n in document.nodes(module.id)}
    argument = replace(declared, name=unique_name(taken, name))
    _check_argument_name(document, module, argument.name)
    with document.edit(tr("Promote {name} of {inner}", name=name, inner=inner.name)):
        document.put(replace(module, arguments=(*module.arguments, argument)))
        document.put(replace(inner, arguments={**inner.arguments, name: Expression(argument.name)}))
    return argument.name


def _declared(document: Document, node: Node, name: str) -> ModuleArgument:
    """A declaration that keeps the node's argument as it is: its value or default, its help and minimum."""
    found: ModuleArgument | None = None
    if node.definition is not None:
        specs = document.module(node.definition).arguments
        found = next((spec for spec in specs if spec.name == name), None)
    elif node.kind in LAYERS:
        layer = next((spec for spec in LAYERS[node.kind].arguments if spec.name == name), None)
        if layer is not None and not LAYERS[node.kind].structural:
            minimum = None if layer.minimum is None else int(layer.minimum)
            default = "" if layer.required or layer.default is None else layer.default
            found = ModuleArgument(name=name, default=default, help=layer.help, minimum=minimum)
    value = node.arguments.get(name, "" if found is None else found.default)
    if found is None or type(value) is not int:
        raise EditError(
            tr("expected a whole number to promote, got {name} of {node}", name=name, node=node.name)
        )
    return replace(found, default=value)


def _replace_name(document: Document, module: str, name: str, value: Value, size: Value | None) -> None:
    """Puts a value where an argument was read. Only inside an edit."""
    for node in document.nodes(module):
        changed = put_in(node, {name: value}, {} if size is None else {name: size})
        if changed != node:
            document.put(changed)


def _argument(module: Module, name: str) -> ModuleArgument:
    found = next((argument for argument in module.arguments if argument.name == name), None)
    if found is None:
        known = ", ".join(argument.name for argument in module.arguments) or "none"
        raise EditError(
            tr("{module} has no argument {name}; known: {known}", module=module.name, name=name, known=known)
        )
    return found


def _check_argument_name(document: Document, module: Module, name: str) -> None:
    if not is_name(name):
        raise EditError(
            tr(
                "an argument's name is letters, digits and underscores, no word of Python, got {name}",
                name=repr(name),
            )
        )
    if any(argument.name == name for argument in module.arguments):
        raise EditError(tr("{module} already has an argument {name}", module=module.name, name=name))
    if any(node.kind == "Input" and node.name == name for node in document.nodes(module.id)):
        raise EditError(
            tr("{name} is an input of {module}; choose another name", name=name, module=module.name)
        )
