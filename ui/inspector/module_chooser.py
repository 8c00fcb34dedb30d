"""The search for what an argument holds: nothing, a slot of the open module, a module, or a layer."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from core.document import Document
from core.layers.layer import ArgumentError
from core.module_arguments import kind_of
from core.record import Module
from core.text import tr
from core.use import SLOT_MARK
from ui.catalogue import Entry, entries, matching
from ui.editor import Editor
from ui.finder import Finder
from ui.rows import Row

from .entry import slot

EMPTY = "-"
"""The key of the row that stands for no module."""


class ModuleChooser:
    """One finder over the window, made when it is first wanted."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._finder: Finder | None = None

    def ask(self, field: QWidget, pick: Callable[[str], None]) -> None:
        """Opens under a field; `pick` gets the kind that was chosen, an empty one for none."""
        window = field.window()
        if self._finder is None or self._finder.parent() is not window:
            self._finder = Finder(window, "module-finder")
        found = choices(self._editor.document, self._editor.session.module)

        def find(typed: str) -> list[Row]:
            return [*typed_slot(typed), *matching(found, typed.strip())]

        def picked(row: Row, typed: str) -> None:
            pick("" if row.key == EMPTY else row.key)

        at = field.mapTo(window, QPoint(0, field.height() + 2))
        self._finder.ask(tr("A module, a layer, or $ and an argument"), find, picked, at)


def choices(document: Document, module: str) -> list[Entry]:
    """What a slot of a node in the module may hold."""
    empty = Entry(EMPTY, tr("empty"), "structure", ("none", "nothing"), tr("Nothing is put in yet."))
    kinds = [entry for entry in entries(document, module) if _can_be_held(entry.kind)]
    return [empty, *slots_of(document, module), *kinds]


def slots_of(document: Document, module: str) -> list[Entry]:
    """The module's own arguments that are modules."""
    record = document.get(module)
    arguments = record.arguments if isinstance(record, Module) else ()
    found = []
    for argument in arguments:
        kind = kind_of(argument)
        if kind in ("module", "modules"):
            source = argument.name if kind == "module" else f"{argument.name}[0]"
            words = tr("What the module is given as {name}", name=argument.name)
            found.append(Entry(SLOT_MARK + source, SLOT_MARK + source, "structure", (argument.name,), words))
    return found


def typed_slot(typed: str) -> list[Row]:
    """The slot that is being typed, such as `$parts[i]`."""
    text = typed.strip()
    if not text.startswith(SLOT_MARK) or len(text) < 2:
        return []
    try:
        kind = slot(text).kind
    except ArgumentError:
        return []
    return [Row(text=kind, key=kind, category="structure", hint=tr("structure"))]


def _can_be_held(kind: str) -> bool:
    return kind not in ("Input", "Output", "Repeat", "Slot")
