"""What can be done to a design: each edit is a function, one entry of the history, undone for free."""

from collections.abc import Callable

from ..document import Document
from ..problem import Repair
from ..record import ROOT
from ..text import tr
from .arguments import set_argument, set_part, set_use_argument
from .basic import add_comment, add_module, add_node, fill_with_ports, move, set_comment, set_kind
from .clip import Clip, copy, duplicate, paste
from .error import EditError
from .fold import fold_into_repeat
from .group import group
from .initial import set_initial
from .layer_file import take_in_file
from .module_arguments import (
    add_module_argument,
    declare_module_argument,
    remove_module_argument,
    rename_module_argument,
    reorder_module_argument,
    set_module_argument,
)
from .modules import make_unique, set_help
from .naming import rename, unique_name, users
from .passing import argument_users
from .port_edits import hide_port, move_port, set_port_default
from .promote import promote_argument, promote_repeat
from .repeat import set_repeat, set_shared, unfold
from .structure import branch, choose, fill_slot, loop, make_slot, unwrap
from .tie import tie, tie_parameter, untie
from .ungroup import ungroup
from .wires import closing_loop, connect, delete, disconnect, insert_after, insert_on_wire, splice


def trust_file(document: Document, node: str, file: str) -> None:
    """No edit: trust is the user's, not the design's, so whoever shows the repair asks for it."""
    raise EditError(tr("{file} of {node} is trusted in the window, not by an edit", file=file,
                       node=document.node(node).name))  # fmt: skip


REPAIRS: dict[str, Callable[..., object]] = {
    edit.__name__: edit
    for edit in (add_module_argument, add_node, connect, delete, disconnect, insert_after, insert_on_wire,
                 rename, set_argument, set_initial, set_kind, set_module_argument, trust_file,
                 untie)
}  # fmt: skip
"""The edits that a repair may name."""


def repair(document: Document, mend: Repair) -> None:
    """Applies a repair as one entry of the history; EditError or ArgumentError where it no longer fits."""
    with document.edit(mend.text[:1].upper() + mend.text[1:]):
        REPAIRS[mend.edit](document, **mend.arguments)


def new_document() -> Document:
    """A design with an Input wired to an Output, and an empty history."""
    draft = Document()
    fill_with_ports(draft, ROOT)
    return Document(draft.records.values())


__all__ = [
    "REPAIRS",
    "Clip",
    "EditError",
    "add_comment",
    "add_module",
    "add_module_argument",
    "add_node",
    "argument_users",
    "branch",
    "choose",
    "closing_loop",
    "connect",
    "copy",
    "declare_module_argument",
    "delete",
    "disconnect",
    "duplicate",
    "fill_slot",
    "fold_into_repeat",
    "group",
    "hide_port",
    "insert_after",
    "insert_on_wire",
    "loop",
    "make_slot",
    "make_unique",
    "move",
    "move_port",
    "new_document",
    "paste",
    "promote_argument",
    "promote_repeat",
    "remove_module_argument",
    "rename",
    "rename_module_argument",
    "reorder_module_argument",
    "repair",
    "set_argument",
    "set_comment",
    "set_help",
    "set_initial",
    "set_kind",
    "set_module_argument",
    "set_part",
    "set_port_default",
    "set_repeat",
    "set_shared",
    "set_use_argument",
    "splice",
    "take_in_file",
    "tie",
    "tie_parameter",
    "unfold",
    "ungroup",
    "unique_name",
    "untie",
    "unwrap",
    "users",
]
