"""What the palette offers that is no layer: a repeated module, and a slot. No Qt."""

from collections.abc import Callable

from core import edits
from core.document import Document
from core.record import instance_kind
from core.text import tr

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
