"""Making an argument inside a module one of the module's own, and of those around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from msgspec.structs import replace

from ..document import Document
from ..expression import Expression
from ..layers import LAYERS
from ..layers.control import CONTROL
from ..layers.layer import Argument, ArgumentError
from ..ports import slot_default
from ..problem import Path
from ..record import ROOT, ArgumentKind, ModuleArgument, Node, instance_kind
from ..text import tr
from ..use import SLOT_MARK, Use, use
from .arguments import declared, value_of
from .basic import untied
from .error import EditError
from .module_arguments import check_argument_name, checked_declaration
from .naming import argument_names, is_name, unique_name
from .scope import names_in_shape, value_names


def promote_argument(document: Document, node: str, name: str, levels: int = 1, path: Path = ()) -> str:
    """Makes a node's argument one of its module's and returns the name of the outermost argument.

    With more levels the modules that hold the module get an argument too and pass it on, as many as there are
    levels. Of several users of a module, each that has no value of its own passes it on; with `path`, the
    call path that ends at the node, only those on it do, and the others keep the value as the default.
    Raises EditError where there is no plain value to promote, or no module that far out.
    """
    inner = untied(document, node)
    spec = _declaration(document, inner, name)
    with document.edit(tr("Promote {name} of {inner}", name=name, inner=inner.name)):
        value = value_of(document, inner, name)
        outer = _argument_read(document, inner.module, value)
        if outer is None or levels < 2:
            outer = _add(document, inner.module, spec(value))
            passed = _passed(document, inner, name, outer)
            document.put(replace(inner, arguments={**inner.arguments, name: passed}))
        return _promote_on(document, inner.module, outer, levels - 1, _holders(document, path))


def promote_repeat(document: Document, node: str, levels: int = 1, path: Path = ()) -> str:
    """Makes how often a node is repeated an argument of its module, as `promote_argument`."""
    inner = untied(document, node)
    if type(inner.repeat) is not int:
        raise EditError(tr("{node} is not repeated by a number that could be promoted", node=inner.name))
    with document.edit(tr("Promote the repetitions of {inner}", inner=inner.name)):
        base = f"{inner.name}_count" if is_name(inner.name) else "count"
        outer = _add(document, inner.module, ModuleArgument(name=base, default=inner.repeat, minimum=0))
        document.put(replace(inner, repeat=Expression(outer)))
        return _promote_on(document, inner.module, outer, levels - 1, _holders(document, path))


@dataclass(frozen=True)
class _Holder:
    """A node that holds a module: itself where `part` is empty, else as the use that its argument is."""

    node: str
    part: str = ""


def _promote_on(document: Document, module: str, name: str, levels: int, way: Sequence[str] | None) -> str:
    """Promotes a module's argument so many levels further out; the name of the outermost one."""
    frontier = {module: name}
    for level in range(levels):
        found: dict[str, str] = {}
        for inner, argument in frontier.items():
            found |= _promote_to_users(document, inner, argument, None if way is None else way[level:][:1])
        if not found:
            raise EditError(
                tr("{module} is used nowhere that could pass {name} on",
                   module=document.module(next(iter(frontier))).name, name=name)
            )  # fmt: skip
        frontier = found
    return frontier.get(ROOT) or next(iter(frontier.values()))


def _promote_to_users(
    document: Document, module: str, name: str, only: Sequence[str] | None
) -> dict[str, str]:
    """Each module that holds this one with the argument that it passes on."""
    spec = next(one for one in document.module(module).arguments if one.name == name)
    found: dict[str, str] = {}
    for holder in _users(document, module):
        node = document.node(holder.node)
        given = _given(node, holder, name)
        if (only is not None and holder.node not in only) or (only is None and given is not None):
            continue
        if node.module not in found:
            default = spec.default if given is None else given
            _refuse_read(node, name, default)
            found[node.module] = _add(document, node.module, replace(spec, default=default))
        _pass_on(document, holder, name, found[node.module])
    return found


def _users(document: Document, module: str) -> list[_Holder]:
    """Every node that holds the module, as its kind or in a part of a choice, a branch or a loop."""
    kind = instance_kind(module)
    found: list[_Holder] = []
    for record in document.records.values():
        if not isinstance(record, Node) or record.owner:
            continue
        if record.kind == kind or (record.slot is not None and _slot_kind(document, record) == kind):
            found.append(_Holder(record.id))
        elif record.kind in CONTROL:
            found += [
                _Holder(record.id, part)
                for part, value in record.arguments.items()
                if isinstance(value, Use) and value.kind == kind
            ]
    return found


def _slot_kind(document: Document, node: Node) -> str:
    given = slot_default(document, node.module, node.kind)
    return "" if given is None else given.kind


def _given(node: Node, holder: _Holder, name: str) -> Any:
    if not holder.part:
        return node.arguments.get(name)
    part = node.arguments[holder.part]
    assert isinstance(part, Use)
    return part.named.get(name)


def _pass_on(document: Document, holder: _Holder, name: str, outer: str) -> None:
    node = document.node(holder.node)
    if not holder.part:
        document.put(replace(node, arguments={**node.arguments, name: Expression(outer)}))
        return
    part = node.arguments[holder.part]
    assert isinstance(part, Use)
    changed = use(part.kind, {**part.named, name: Expression(outer)})
    document.put(replace(node, arguments={**node.arguments, holder.part: changed}))


def _holders(document: Document, path: Path) -> list[str] | None:
    """The nodes of a call path that hold the last one, from the inside out; tied ones are their owners."""
    if not path:
        return None
    nodes = [key for key in path if isinstance(document.get(key), Node)]
    return [untied(document, key).id for key in reversed(nodes[:-1])]


def _add(document: Document, module: str, argument: ModuleArgument) -> str:
    """Adds the argument under a name that is free, and returns the name."""
    record = document.module(module)
    taken = argument_names(document, module) | {node.name for node in document.nodes(module)}
    named = replace(argument, name=unique_name(taken, argument.name))
    check_argument_name(document, record, named.name)
    try:
        named = checked_declaration(document, record, named)
    except ArgumentError as error:
        raise EditError(
            tr("{name} cannot be promoted: {message}", name=argument.name, message=error.message)
        ) from error
    document.put(replace(record, arguments=(*record.arguments, named)))
    return named.name


def _argument_read(document: Document, module: str, value: Any) -> str | None:
    """The module's argument that the value is, where it is one already."""
    if isinstance(value, Use):
        source = (
            value.kind[len(SLOT_MARK) :] if value.kind.startswith(SLOT_MARK) and not value.arguments else ""
        )
    else:
        source = value.source if isinstance(value, Expression) else ""
    return source if source in argument_names(document, module) else None


def _passed(document: Document, node: Node, name: str, outer: str) -> Any:
    """What the node is given instead of the value: a slot where only a use can stand."""
    spec = declared(document, node.module, node.kind, name)
    return (
        Use(SLOT_MARK + outer) if isinstance(spec, Argument) and spec.kind == "module" else Expression(outer)
    )


def _declaration(document: Document, node: Node, name: str) -> Callable[[Any], ModuleArgument]:
    """Makes the declaration for a value. EditError where the node's argument cannot be promoted."""
    spec = declared(document, node.module, node.kind, name)
    layer = LAYERS.get(node.kind)
    if spec is None or (layer is not None and layer.structural and node.kind not in CONTROL):
        raise EditError(tr("{node} has no argument {name} to promote", node=node.name, name=name))
    found = spec

    def declaration(value: Any) -> ModuleArgument:
        _refuse_read(node, name, value)
        if isinstance(found, ModuleArgument):
            return replace(found, default=value)
        if found.dimensions and names_in_shape(value):
            _refuse_reading(node, name, min(names_in_shape(value)))
        kind, choices = _kind_of(found, value)
        numbers = kind in ("int", "float", "list")
        argument = ModuleArgument(
            name=name, default=value, help=found.help, kind=kind, choices=choices,
            minimum=_bound(found.minimum, kind) if numbers else None,
            maximum=_bound(found.maximum, kind) if numbers else None,
        )  # fmt: skip
        return replace(argument, kind="") if kind in ("int", "bool", "list", "module", "string") else argument

    return declaration


def _refuse_read(node: Node, name: str, value: Any) -> None:
    if value is None:
        raise EditError(
            tr("{name} of {node} has no value yet; set one to promote it", name=name, node=node.name)
        )
    read = sorted(value_names(value))
    if isinstance(value, Expression):
        raise EditError(
            tr("{name} of {node} is the expression {value}; promote what it reads",
               name=name, node=node.name, value=value.source)
        )  # fmt: skip
    if read:
        _refuse_reading(node, name, read[0])


def _refuse_reading(node: Node, name: str, read: str) -> NoReturn:
    raise EditError(
        tr("{name} of {node} reads {read}, which is not known outside", name=name, node=node.name, read=read)
    )


def _kind_of(spec: Argument, value: Any) -> tuple[ArgumentKind, tuple[str, ...]]:
    if spec.kind == "choice" or (isinstance(value, str) and spec.choices):
        return "choice", spec.choices
    if spec.kind == "sizes":
        return ("list" if isinstance(value, tuple) else "int"), ()
    if spec.kind == "text":
        return ("shape" if spec.dimensions else "string"), ()
    return spec.kind, ()


def _bound(bound: float | None, kind: ArgumentKind) -> float | int | None:
    return bound if bound is None or kind == "float" else int(bound)
