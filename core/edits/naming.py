"""Names: which ones can be given, which are free, and renaming with everything that uses the name."""

import keyword
import unicodedata
from typing import Any

from msgspec.structs import replace

from ..document import Document
from ..expression import Expression
from ..ports import MAX_STEPS, as_owner, port_nodes, slot_default
from ..record import Module, Node
from ..text import tr
from ..use import SLOT_MARK, Use
from ..value import definitions_of
from .error import EditError
from .scope import names_read, put_in

LONGEST_NAME = 100
"""Characters."""


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
            raise EditError(tr("there is already a module named {name}", name=name))
    elif any(node.name == name for node in document.nodes(record.module)):
        raise EditError(
            tr(
                "{module} already has a node named {name}",
                module=document.module(record.module).name,
                name=name,
            )
        )
    with document.edit(tr("Rename {record} to {name}", record=record.name, name=name)):
        document.put(replace(record, name=name))
        if isinstance(record, Node) and record.kind in ("Input", "Output"):
            _rename_port(document, record, name)


def check_name(name: str) -> str:
    """The name without outer blanks; EditError where it cannot be one."""
    name = name.strip()
    if not name:
        raise EditError(tr("a name needs at least one character"))
    if any(mark in name for mark in "./\\\n\r\t\0"):
        raise EditError(tr("a name cannot hold a dot, slash or line break, got {name}", name=repr(name)))
    if any(unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") for mark in name):
        raise EditError(tr("a name cannot hold a control character, got {name}", name=repr(name)))
    if len(name) > LONGEST_NAME:
        raise EditError(
            tr(
                "a name can have {longest} characters at most, got {count}",
                longest=LONGEST_NAME,
                count=len(name),
            )
        )
    return name


def is_name(text: str) -> bool:
    """Whether an expression can read the name: an identifier that Python keeps as it is."""
    return text.isidentifier() and not keyword.iskeyword(text) and unicodedata.is_normalized("NFKC", text)


def unique_name(taken: set[str], name: str) -> str:
    """The name itself, or with the first free number behind it."""
    if name not in taken:
        return name
    stem = name.rstrip("0123456789") or name
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def unique_module_name(document: Document, name: str) -> str:
    """The name, or with a number where a module has it."""
    return unique_name({module.name for module in document.modules()}, name)


def taken_names(document: Document, module: str, kind: str) -> set[str]:
    """What a new node of the kind cannot be called: nodes' names, for an Input the arguments' too."""
    taken = {node.name for node in document.nodes(module)}
    return taken | argument_names(document, module) if kind == "Input" else taken


def argument_names(document: Document, module: str) -> set[str]:
    """The names of a module's arguments."""
    return {argument.name for argument in document.module(module).arguments}


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


def users(document: Document, module: str) -> list[Node]:
    """Every instance of the module."""
    return [r for r in document.records.values() if isinstance(r, Node) and r.definition == module]


def holders(document: Document, module: str) -> list[Node | Module]:
    """Every node that is made of the module or holds it as a value, and modules that do by default."""
    return [
        record
        for record in document.records.values()
        if isinstance(record, Node | Module) and module in definitions_of(record)
    ]


def port_users(document: Document, module: str) -> list[Node]:
    """Every node that has the module's ports: its instances, slots and structures that it is a part of."""
    return [
        record
        for record in document.records.values()
        if isinstance(record, Node) and _has_ports_of(document, as_owner(document, record), module)
    ]


def _has_ports_of(document: Document, node: Node, module: str) -> bool:
    kind, arguments = node.kind, node.arguments
    for _ in range(MAX_STEPS):
        if kind.startswith("@"):
            return kind[1:] == module
        part: Any = (
            slot_default(document, node.module, kind)
            if kind.startswith(SLOT_MARK)
            else arguments.get(_PORTS_FROM.get(kind, ""))
        )
        if not isinstance(part, Use):
            return False
        kind, arguments = part.kind, part.named
    return False


_PORTS_FROM = {"Choose": "then", "If": "then", "While": "body"}
"""The part whose ports a structure has."""


def _rename_port(document: Document, port: Node, name: str) -> None:
    if port.kind == "Input":
        _rename_in_expressions(document, port, name)
    if any(other.name == port.name for other in port_nodes(document, port.module, port.kind)):
        return  # a damaged file had the name twice, and the other still has it
    end = "target" if port.kind == "Input" else "source"
    for user in port_users(document, port.module):
        for wire in document.wires(user.module):
            if getattr(wire, end) == user.id and getattr(wire, f"{end}_port") == port.name:
                document.put(replace(wire, **{f"{end}_port": name}))


def _rename_in_expressions(document: Document, port: Node, name: str) -> None:
    if name in argument_names(document, port.module):
        raise EditError(
            tr("{module} already has an argument {name}", module=document.module(port.module).name, name=name)
        )
    readers = [node for node in document.nodes(port.module) if port.name in names_read(node)]
    for node in readers:
        if is_name(name):
            document.put(put_in(node, {port.name: Expression(name)}, {}))
        elif put_in(node, {port.name: Expression("x_")}, {}) != node:
            raise EditError(
                tr(
                    "{node} reads the size of {port}, so the name is letters, digits and underscores, "
                    "got {name}",
                    node=node.name,
                    port=port.name,
                    name=repr(name),
                )
            )
