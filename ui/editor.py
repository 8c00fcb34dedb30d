"""What is being edited: the document, its resolution, the session, and the order in which views follow.

Every change takes one way: the document tells it, the resolver follows, then each view's `apply` in the order
in which the views were added. No view is told by another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as File
from typing import Protocol

from core.call_path import holder, last_node, nearest
from core.calls import ModuleCall
from core.document import Change, Document
from core.edits import new_document
from core.journal import Journal, Recovery
from core.layer_files import LayerFile, layer_files, names_layer_files
from core.ports import as_owner
from core.problem import Path
from core.record import ROOT, Comment, Module, Node, module_of
from core.resolve import Resolution, Resolver
from core.trust import Trust

from .session import Session
from .structures import held_module


class View(Protocol):
    """What shows the design."""

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Another document is open; nothing of the old one may stay."""
        ...

    def apply(self, change: Change, resolution: Resolution) -> None:
        """The document has changed, and this is what it resolves to now."""
        ...


@dataclass(frozen=True)
class Joined:
    """Two functions as a view."""

    show_document: Callable[[Document, Resolver], None]
    apply: Callable[[Change, Resolution], None]


class Editor:
    """Holds what is open, and calls the views."""

    def __init__(self, recovery: File | None = None, trust: Trust | None = None) -> None:
        self.session = Session()
        self.trust = trust or Trust()
        self.layer_files: tuple[LayerFile, ...] = ()
        """The Python files of the design's layers, as they were when they were last looked for."""
        self.file: File | None = None
        self.journal: Journal | None = None
        self.recovered: Recovery | None = None
        """What was opened after a kill; its journal stays until the design is saved or given up."""
        self._recovery = recovery
        self._views: list[View | Joined] = []
        self._take(new_document(), None)

    # What is open

    @property
    def resolution(self) -> Resolution:
        """What the design resolves to."""
        return self.resolver.resolution

    @property
    def changed(self) -> bool:
        """Whether there is something that is in no file."""
        return self.recovered is not None or self.document.position is not self._saved

    @property
    def title(self) -> str:
        """The file's name, or the design's."""
        return self.document.module(ROOT).name if self.file is None else self.file.name

    def add_view(self, view: View | Joined) -> None:
        """Calls the view from now on, after those that were added before."""
        self._views.append(view)
        view.show_document(self.document, self.resolver)

    def open(self, document: Document, file: File | None = None, recovered: Recovery | None = None) -> None:
        """Replaces what is open; a recovered design counts as unsaved."""
        self.session.select(())
        self.session.open(ROOT, ())
        self.close()
        self._take(document, file)
        self.recovered = recovered
        for view in self._views:
            view.show_document(self.document, self.resolver)

    def saved(self, file: File) -> None:
        """Notes that the design stands in this file as it is now."""
        self.file = file
        self._saved = self.document.position
        self._settle_recovery()
        if self.journal is not None:
            self.journal.rewrite(file)
        self.load_layers()

    def close(self) -> None:
        """Lets the document go: what is unsaved was agreed to be lost."""
        self._unsubscribe()
        if self.journal is not None:
            self.journal.close()
            self.journal = None
        self._settle_recovery()

    def load_layers(self) -> None:
        """Looks anew for the files of Python layers, loads the trusted ones, and lets the views follow."""
        if not self._looked_for_layers():
            return
        resolution = self.resolver.refresh()
        for view in self._views:
            view.apply(Change("", {}), resolution)
        self._stay_in_the_design()

    # History

    def undo(self) -> Change | None:
        """Takes the last edit back and shows where that was."""
        return self._shown(None if self.document.in_gesture else self.document.undo())

    def redo(self) -> Change | None:
        """Brings the last edit back that was taken back, and shows where that was."""
        return self._shown(None if self.document.in_gesture else self.document.redo())

    # Going about

    def open_call(self, path: Path) -> None:
        """Opens the module at a call path, () for the root."""
        module = self.module_at(path)
        if module is not None:
            self.session.open(module, path)

    def open_module(self, module: str) -> None:
        """Opens a module at its first call, those in error first; as a bare definition where it has none."""
        if module == self.session.module:
            return
        calls = self.resolver.calls_of(module)
        self.session.open(module, calls[0] if calls else None)

    def enter(self, node: str) -> None:
        """Opens the module that a node of the open one is made of: the first of several calls."""
        inside = self.entered(node)
        if inside is not None:
            module, keys = inside
            path = None if self.session.path is None else (*self.session.path, node, *keys)
            is_call = path is not None and self.module_at(path) == module
            self.session.open(module, path if is_call else None)

    def entered(self, node: str) -> tuple[str, Path] | None:
        """The module that entering a node opens, and the keys of its part; None where there is none."""
        call = self.open_module_call()
        made = None if call is None else call.nodes.get(node)
        if made is not None:
            keys, inner = next(made.inside(), ((), None))
            if inner is not None:
                return inner.module, keys
        held = held_module(self.document, node, made)
        return None if held is None else (held, ())

    def open_module_call(self) -> ModuleCall | None:
        """The call that is open; of a bare definition, the one with symbols for its sizes."""
        path = self.session.path
        return self.resolver.definition(self.session.module) if path is None else self.resolution.call(path)

    def leave(self) -> None:
        """Goes to the module that holds the open call, and picks the node that was entered."""
        path = self.session.path
        if path == ():
            return
        self.open_call(() if path is None else holder(self.document, path))
        left = last_node(self.document, path or ())
        if left is not None:
            self.session.select([left])

    def show(self, path: Path) -> None:
        """Opens the module in which a node stands, and picks it."""
        self.open_call(holder(self.document, path))
        node = last_node(self.document, path)
        if node is not None and self.document.get(node) is not None:
            self.session.select([node])

    def step(self, by: int) -> None:
        """Goes on to another call of the open module, as they are listed; round at the end."""
        calls, path = self.resolver.calls_of(self.session.module), self.session.path
        if path is not None and path in calls:
            self.open_call(calls[(calls.index(path) + by) % len(calls)])

    def module_at(self, path: Path) -> str | None:
        """The module to which a call path leads, None where something on it is gone."""
        call = self.resolution.call(path)
        return self._unresolved_module_at(path) if call is None else call.module

    def _unresolved_module_at(self, path: Path) -> str | None:
        """The module to which instances lead, of which one is in a loop or has no call for another reason."""
        node = self.resolution.node_call(path[:-1])
        if node is not None and node.parts:
            return None  # the parts are known, and this is none of them
        module = ROOT
        for key in path:
            record = self.document.get(key)
            if not isinstance(record, Node) or record.module != module:
                return None
            definition = as_owner(self.document, record).definition or ""
            if not isinstance(self.document.get(definition), Module):
                return None
            module = definition
        return module

    # Inside

    def _take(self, document: Document, file: File | None) -> None:
        self.document = document
        self.file = file
        self._looked_for_layers()  # before anything asks for them
        self.resolver = Resolver(document)
        if self._recovery is not None:
            self.journal = Journal(self._recovery, document, file)
        self._saved = document.position
        self._unsubscribe = document.subscribe(self._follow)

    def _looked_for_layers(self) -> bool:
        """Whether the Python files are others than the last time, or something else became of them."""
        folder = None if self.file is None else self.file.absolute().parent
        before, self.layer_files = self.layer_files, layer_files(self.document, folder, self.trust)
        return before != self.layer_files

    def _settle_recovery(self) -> None:
        if self.recovered is not None:
            self.recovered.discard()
            self.recovered = None

    def _follow(self, change: Change) -> None:
        others = names_layer_files(change) and self._looked_for_layers()
        resolution = self.resolver.update(change)
        if others:
            resolution = self.resolver.refresh()
        module = self.session.module
        diff = change.diff.items()
        self.session.forget(key for key, (_, after) in diff if after is None or module_of(after) != module)
        for view in self._views:
            view.apply(change, resolution)
        self._stay_in_the_design()

    def _stay_in_the_design(self) -> None:
        """Leaves a module or call that is gone for the nearest that is still there."""
        path = self.session.path
        if path is None:
            if not isinstance(self.document.get(self.session.module), Module):
                self.session.open(ROOT, ())
            return
        if self.module_at(path) is None:
            path = nearest(self.document, self.resolution.root, path)
        self.open_call(path)

    def _shown(self, change: Change | None) -> Change | None:
        if change is None:
            return None
        records = [after or before for before, after in change.diff.values()]
        places = [module_of(record) for record in records if record is not None]
        there = [module for module in places if isinstance(self.document.get(module), Module)]
        if there and self.session.module not in there:
            self.open_module(max(there, key=there.count))
        picked = [
            key
            for key, (_, after) in change.diff.items()
            if isinstance(after, Node | Comment) and after.module == self.session.module
        ]
        if picked:
            self.session.select(picked)
        return change
