"""What the palette offers that is no layer: a repeated module, and a slot. No Qt."""

from collections.abc import Callable

from core import edits
from core.calls import NodeCall
from core.document import Document
from core.ports import as_owner
from core.record import INSTANCE_MARK, Module, Node, instance_kind
from core.text import tr
from core.use import Use

from .shelves import LIBRARY_MARK

REPEAT = "Repeat"
SLOT = "Slot"
TIMES = 2
"""How often a new module is repeated."""


def stands_for(kind: str) -> str:
    """The layer that has the ports of a new node of the kind."""
    return "Identity" if kind in (REPEAT, SLOT) else kind


def put_made(
    document: Document,
    module: str,
    kind: str,
    put: Callable[[str], str],
    bring: Callable[[Document, str], str],
) -> str:
    """Puts a node of a palette's kind where `put` puts one of a node's kind; returns its id.

    `bring` brings what the kind needs from a library, and says what its nodes' kind is.
    """
    if kind == REPEAT:
        return _put_repeated(document, put)
    if kind == SLOT:
        return _put_slot(document, module, put)
    if kind.startswith(LIBRARY_MARK):
        return _put_brought(document, kind, put, bring)
    return put(kind)


def _put_brought(
    document: Document, kind: str, put: Callable[[str], str], bring: Callable[[Document, str], str]
) -> str:
    with document.edit(tr("Add {name}", name=kind.rpartition("/")[2])):
        return put(bring(document, kind))


def _put_repeated(document: Document, put: Callable[[str], str]) -> str:
    with document.edit(tr("Add {name}", name=REPEAT)):
        node = put(instance_kind(edits.add_module(document, tr("Block"))))
        edits.set_repeat(document, node, TIMES)
    return node


def _put_slot(document: Document, module: str, put: Callable[[str], str]) -> str:
    with document.edit(tr("Add {name}", name=SLOT)):
        node = put(stands_for(SLOT))
        taken = {other.name for other in document.nodes(module) if other.id != node}
        edits.rename(document, node, edits.unique_name(taken, "block"))
        edits.make_slot(document, node)
    return node


def held_module(document: Document, node: str, call: NodeCall | None) -> str | None:
    """The id of the module that a node whose call shows none is made of, the first of a loop or branch.

    None where there is none, and where the call is known to have none, as a choice that came to a layer.
    """
    record = document.get(node)
    if not isinstance(record, Node) or (call is not None and call.outputs and None not in call.outputs):
        return None
    made = as_owner(document, record)
    parts = [made.arguments.get(name) for name in ("condition", "body", "then", "otherwise")]
    kinds = [made.kind, *(part.kind for part in parts if isinstance(part, Use))]
    ids = [kind[1:] for kind in kinds if kind.startswith(INSTANCE_MARK)]
    return next((each for each in ids if isinstance(document.get(each), Module)), None)
