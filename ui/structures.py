"""What the palette offers that is no layer: a repeated module, and a slot. No Qt."""

from collections.abc import Callable

from msgspec.structs import replace

from core import edits
from core.document import Document
from core.module_arguments import EMPTY
from core.record import ModuleArgument, instance_kind
from core.text import tr
from core.use import SLOT_MARK

REPEAT = "Repeat"
SLOT = "Slot"
TIMES = 2
"""How often a new module is repeated."""


def stands_for(kind: str) -> str:
    """The layer that has the ports of a new node of the kind."""
    return "Identity" if kind in (REPEAT, SLOT) else kind


def put_made(document: Document, module: str, kind: str, put: Callable[[str], str]) -> str:
    """Puts a node of a palette's kind where `put` puts one of a node's kind; returns its id."""
    if kind == REPEAT:
        return _put_repeated(document, put)
    if kind == SLOT:
        return _put_slot(document, module, put)
    return put(kind)


def _put_repeated(document: Document, put: Callable[[str], str]) -> str:
    with document.edit(tr("Add {name}", name=REPEAT)):
        inner = edits.add_module(document, tr("Block"))
        node = put(instance_kind(inner))
        document.put(replace(document.node(node), repeat=TIMES))
    return node


def _put_slot(document: Document, module: str, put: Callable[[str], str]) -> str:
    record = document.module(module)
    name = edits.unique_name({argument.name for argument in record.arguments}, "block")
    with document.edit(tr("Add {name}", name=SLOT)):
        argument = ModuleArgument(name=name, default=EMPTY["module"], kind="module")
        document.put(replace(record, arguments=(*record.arguments, argument)))
        node = put(stands_for(SLOT))
        document.put(replace(document.node(node), kind=SLOT_MARK + name, arguments={}))
        edits.rename(document, node, edits.unique_name(_others(document, module, node), name))
    return node


def _others(document: Document, module: str, node: str) -> set[str]:
    return {other.name for other in document.nodes(module) if other.id != node}
