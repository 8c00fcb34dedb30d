"""Edits of the arguments that a module declares; what reads them inside and what gives them follows."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal as OneOf

from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, Literal, Value
from ..layers.layer import ArgumentError
from ..module_arguments import EMPTY, check_argument, kind_of
from ..record import INDEX, ArgumentKind, Module, ModuleArgument
from ..text import tr
from .arguments import check_default
from .basic import keeping_wires
from .error import EditError
from .naming import is_name
from .passing import change_given
from .scope import put_in, put_in_module, value_names
from .sizes import as_size


def add_module_argument(
    document: Document,
    module: str,
    name: str,
    default: Literal | None = None,
    help: str = "",
    minimum: float | None = None,
    *,
    kind: ArgumentKind | OneOf[""] = "",
    choices: Sequence[str] = (),
    maximum: float | None = None,
) -> None:
    """Declares an argument; without a default it is the first that its kind and bounds allow.

    Without a kind the default tells it; without both it is a whole number.
    Raises EditError where the name is taken or no identifier, ArgumentError for a default that does not fit.
    """
    old = document.module(module)
    check_argument_name(document, old, name)
    wanted: ArgumentKind = kind or ("choice" if choices else "int")
    first = _first(wanted, choices, minimum) if default is None else default
    argument = ModuleArgument(
        name=name, default=first, help=help, choices=tuple(choices), minimum=minimum, maximum=maximum
    )
    argument = _with_kind(argument, wanted if kind or default is None else kind_of(argument))
    with document.edit(tr("Add argument {name}", name=name)):
        document.put(replace(old, arguments=(*old.arguments, checked_declaration(document, old, argument))))


def set_module_argument(document: Document, module: str, name: str, default: Literal) -> None:
    """Changes an argument's default; ArgumentError where it does not fit its kind and bounds."""
    old = document.module(module)
    spec = find_argument(old, name)
    declare_module_argument(
        document, module, _with_kind(replace(spec, default=default), kind_of(spec)),
        tr("Set {name} of {old}", name=name, old=old.name),
    )  # fmt: skip


def declare_module_argument(
    document: Document, module: str, declaration: ModuleArgument, edit: str = ""
) -> None:
    """Declares the argument of that name anew: its kind, choices, bounds, help and default.

    Raises ArgumentError where the default does not fit, EditError where a value that is given to it anywhere
    no longer would, naming the place.
    """
    old = document.module(module)
    before = find_argument(old, declaration.name)
    new = checked_declaration(document, old, declaration)
    same = (kind_of(before), before.choices, before.minimum, before.maximum) == (
        kind_of(new), new.choices, new.minimum, new.maximum,
    )  # fmt: skip
    with document.edit(edit or tr("Declare {name} of {old}", name=new.name, old=old.name)):
        if not same:
            _check_given(document, old, new)
        with keeping_wires(document, document.nodes(module) if _is_module(before) or _is_module(new) else ()):
            document.put(
                replace(old, arguments=tuple(new if a.name == new.name else a for a in old.arguments))
            )


def rename_module_argument(document: Document, module: str, old_name: str, new_name: str) -> None:
    """Renames an argument; what reads it inside follows, and what gives it wherever the module is used."""
    old = document.module(module)
    find_argument(old, old_name)
    if old_name == new_name:
        return
    check_argument_name(document, old, new_name)

    def renamed(given: Mapping[str, Any], owner: str = "") -> dict[str, Any]:
        return {new_name if key == old_name else key: value for key, value in given.items()}

    with document.edit(tr("Rename argument {old_name} to {new_name}", old_name=old_name, new_name=new_name)):
        change_given(document, module, renamed)
        old = document.module(module)
        changed = tuple(replace(a, name=new_name) if a.name == old_name else a for a in old.arguments)
        settings = {name: renamed(one) for name, one in old.settings.items()}
        document.put(replace(old, arguments=changed, settings=settings))
        _replace_name(document, module, old_name, Expression(new_name), Expression(new_name))


def remove_module_argument(document: Document, module: str, name: str) -> None:
    """Takes an argument out; where it was read inside, its default stands from then on.

    Raises EditError where the default cannot stand there.
    """
    old = document.module(module)
    spec = find_argument(old, name)

    def without(given: Mapping[str, Any], owner: str = "") -> dict[str, Any]:
        return {key: value for key, value in given.items() if key != name}

    with document.edit(tr("Remove argument {name}", name=name)):
        change_given(document, module, without)
        _replace_name(document, module, name, spec.default, as_size(document, module, spec.default))
        old = document.module(module)
        settings = {key: without(one) for key, one in old.settings.items()}
        kept = tuple(a for a in old.arguments if a.name != name)
        document.put(replace(old, arguments=kept, settings=settings))


def reorder_module_argument(document: Document, module: str, name: str, place: int) -> None:
    """Puts an argument at another place in the order in which they are shown and written, from 0."""
    old = document.module(module)
    spec = find_argument(old, name)
    rest = [argument for argument in old.arguments if argument.name != name]
    rest.insert(min(max(place, 0), len(rest)), spec)
    with document.edit(tr("Move argument {name}", name=name)):
        document.put(replace(old, arguments=tuple(rest)))


def find_argument(module: Module, name: str) -> ModuleArgument:
    """The module's argument of that name; EditError where it has none."""
    found = next((argument for argument in module.arguments if argument.name == name), None)
    if found is None:
        known = ", ".join(argument.name for argument in module.arguments) or "none"
        raise EditError(
            tr("{module} has no argument {name}; known: {known}", module=module.name, name=name, known=known)
        )
    return found


def check_argument_name(document: Document, module: Module, name: str) -> None:
    """EditError where a new argument of the module cannot be called so."""
    if not is_name(name):
        raise EditError(
            tr(
                "an argument's name is letters, digits and underscores, no word of Python, got {name}",
                name=repr(name),
            )
        )
    if name == INDEX:
        raise EditError(tr("{name} is the number of a repetition; choose another name", name=name))
    if any(argument.name == name for argument in module.arguments):
        raise EditError(tr("{module} already has an argument {name}", module=module.name, name=name))
    if any(node.kind == "Input" and node.name == name for node in document.nodes(module.id)):
        raise EditError(
            tr("{name} is an input of {module}; choose another name", name=name, module=module.name)
        )


def checked_declaration(document: Document, module: Module, argument: ModuleArgument) -> ModuleArgument:
    """The declaration with its default checked; ArgumentError where its parts do not fit each other."""
    kind = kind_of(argument)
    low, high = argument.minimum, argument.maximum
    if (low is not None or high is not None) and kind not in ("int", "float", "list"):
        raise ArgumentError(argument.name, tr("only numbers have bounds"))
    if low is not None and high is not None and low > high:
        raise ArgumentError(
            argument.name,
            tr("the least value {minimum} is above the greatest {maximum}", minimum=low, maximum=high),
        )
    if kind == "choice" and not argument.choices:
        raise ArgumentError(argument.name, tr("a choice needs at least one thing to choose"))
    if kind != "choice" and argument.choices:
        raise ArgumentError(argument.name, tr("only a choice has things to choose"))
    default = check_default(document, module, argument, argument.default)
    read = sorted(value_names(default)) if isinstance(default, tuple) or _is_module(argument) else []
    if read:
        raise ArgumentError(
            argument.name, tr("a default is a plain value, and this one reads {name}", name=read[0])
        )
    return replace(argument, default=default)


def _first(kind: ArgumentKind, choices: Sequence[str], minimum: float | None) -> Any:
    if kind == "choice":
        return choices[0] if choices else ""
    if minimum is None or kind not in ("int", "float"):
        return EMPTY[kind]
    return max(EMPTY[kind], int(minimum) if kind == "int" else float(minimum))


def _with_kind(argument: ModuleArgument, kind: ArgumentKind) -> ModuleArgument:
    """The argument with its kind written down where the default does not tell it."""
    bare = replace(argument, kind="")
    return bare if kind_of(bare) == kind else replace(argument, kind=kind)


def _is_module(argument: ModuleArgument) -> bool:
    return kind_of(argument) in ("module", "modules")


def _check_given(document: Document, module: Module, argument: ModuleArgument) -> None:
    """EditError where a value that is given to the argument anywhere does not fit it."""

    def check(given: Mapping[str, Any], owner: str) -> Mapping[str, Any]:
        value = given.get(argument.name)
        if value is not None and not isinstance(value, Expression):
            try:
                check_argument(argument, value)
            except ArgumentError as error:
                raise EditError(
                    tr("{owner} gives {name} a value that no longer fits: {message}",
                       owner=owner, name=argument.name, message=error.message)
                ) from error  # fmt: skip
        return given

    change_given(document, module.id, check)
    for name, setting in module.settings.items():
        check(setting, name)


def _replace_name(document: Document, module: str, name: str, value: Value, size: Value | None) -> None:
    """Puts a value where an argument was read. Only inside an edit."""
    sizes = {} if size is None else {name: size}
    for node in document.nodes(module):
        changed = put_in(node, {name: value}, sizes)
        if changed is not node:
            document.put(changed)
    record = document.module(module)
    changed_module = put_in_module(record, {name: value}, sizes)
    if changed_module is not record:
        document.put(changed_module)
