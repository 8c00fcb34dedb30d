"""Edits of definitions: forking one for a single instance, and what it is for."""

from msgspec.structs import replace

from ..document import Document, Rename
from ..ports import tied_to
from ..record import Module, Node, Unread, fresh_id, instance_kind
from ..text import tr
from .basic import untied
from .definitions import Brought, moved
from .error import EditError
from .naming import unique_module_name
from .tie_paths import lead_ties_anew


def make_unique(document: Document, instance: str) -> str:
    """Gives an instance a definition of its own, a copy of the one it used; returns the new module's id.

    The copy is of no library. Nodes that are tied to the instance follow.
    """
    node = untied(document, instance)
    module = document.get(node.definition or "")
    if not isinstance(module, Module):
        raise EditError(tr("{node} is not an instance of a module", node=node.name))
    name = unique_module_name(document, module.name)
    new = replace(module, id=fresh_id(), name=name, origin=None)
    members = [record for record in document.members(module.id) if not isinstance(record, Unread)]
    copied = Brought(records={record.id: fresh_id() for record in members})
    with document.edit(tr("Make {node} unique", node=node.name)):
        document.put(new)
        for record in members:
            document.put(moved(record, new.id, copied))
            if isinstance(record, Node):
                after = (node.id, copied.records[record.id])
                document.renamed(Rename(node.module, (node.id, record.id), after))
        lead_ties_anew(document, node.id, copied.records)
        for user in (node, *tied_to(document, node)):
            document.put(replace(user, kind=instance_kind(new.id)))
    return new.id


def set_help(document: Document, module: str, text: str) -> None:
    """Says what a module is for."""
    old = document.module(module)
    if text != old.help:
        with document.edit(tr("Describe {name}", name=old.name)):
            document.put(replace(old, help=text))
