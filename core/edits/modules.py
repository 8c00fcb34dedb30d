"""Edits of definitions: forking one for a single instance, and what it is for."""

from msgspec.structs import replace

from ..document import Document, Rename
from ..record import Comment, Module, Node, Wire, fresh_id, instance_kind
from ..text import tr
from .error import EditError
from .naming import unique_module_name


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


def set_help(document: Document, module: str, text: str) -> None:
    """Says what a module is for."""
    old = document.module(module)
    if text != old.help:
        with document.edit(tr("Describe {name}", name=old.name)):
            document.put(replace(old, help=text))
