"""Saying how parameters get their first values: those of a layer, or of everything in a module."""

from collections.abc import Mapping

from msgspec.structs import replace

from ..document import Document
from ..initial import GROUPS, fault, says_more, shared_by
from ..initial_kinds import DEFAULT, checked
from ..layers import LAYERS
from ..layers.control import CONTROL
from ..layers.layer import ArgumentError
from ..record import Initial, Module, Node
from ..text import tr
from .basic import untied
from .error import EditError


def set_initial(document: Document, record_id: str, key: str, initial: Initial | None) -> None:
    """Sets the first values of a node's or a module's parameters, or takes them back by None.

    `key` is a parameter's name or a group, `weights` or `biases`; a tied node's are its owner's. Raises
    ArgumentError where the kind, a setting or the key does not fit, EditError for what has no parameters.
    """
    record = document.get(record_id)
    if isinstance(record, Node):
        record = untied(document, record_id)
    if not isinstance(record, Node | Module):
        raise EditError(tr("first values belong to a node or a module"))
    entries = {name: one for name, one in record.initial.items() if name != key}
    if initial is not None:
        entries[key] = checked(initial)
        _refuse(record, key, entries[key])
    with document.edit(tr("Initialise {key} of {name}", key=key, name=record.name)):
        document.put(replace(record, initial=entries))


def _refuse(record: Node | Module, key: str, initial: Initial) -> None:
    text = fault(record.kind if isinstance(record, Node) else "", key, initial)
    if text:
        raise ArgumentError(key, text)
    if isinstance(record, Node) and initial.kind == DEFAULT and not is_layer(record):
        raise ArgumentError(
            key,
            tr("{name} is no layer; only a layer or a module itself can keep what is PyTorch's default",
               name=record.name),
        )  # fmt: skip


def is_layer(node: Node) -> bool:
    """Whether the node is a plain layer, with parameters of its own at most."""
    return node.kind in LAYERS and node.kind not in CONTROL


def refuse_other_first_values(first: Node, node: Node) -> None:
    """EditError where two nodes that are to be one say different first values."""
    if node.initial != first.initial:
        raise EditError(
            tr("{first} and {node} get other first values, which one repeated node cannot",
               first=first.name, node=node.name)
        )  # fmt: skip


def inherited(node: Node, *around: Mapping[str, Initial]) -> Node:
    """The node saying itself what these, the nearest first, say about its parameters.

    For a node that leaves the module which says it.
    """
    found = dict(node.initial)
    for entries in around:
        nearer = set(found)
        for key, initial in entries.items():
            # A group that is nearer goes before a name that is further out.
            hidden = any(shared_by(node.kind, key, other) for other in nearer & set(GROUPS))
            if key not in nearer and not hidden and says_more(node.kind, key, found):
                found[key] = initial
    return node if found == node.initial else replace(node, initial=found)
