"""What can be done with modules and libraries from the window: save, edit a copy, compare, update."""

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from core import edits
from core.edits import EditError
from core.files import FileError
from core.library import differs, edit_a_copy, newer, save_to_library, update_from_library
from core.record import ROOT, Module, Node, is_locked
from core.refusal import locked_sentence
from core.text import tr

from .bar import Bar
from .compare import CompareDialog
from .editor import Editor
from .icons import icon
from .save_dialog import SaveDialog
from .shelves import Kept, Shelves, is_shipped


class LibraryEdits:
    """Acts on the picked instance's module, or on the open one where none is picked."""

    def __init__(self, editor: Editor, shelves: Shelves, bar: Bar, window: QWidget) -> None:
        self._editor = editor
        self._shelves = shelves
        self._bar = bar
        self._window = window
        self.on_compare: Callable[[CompareDialog], object] = lambda dialog: dialog.exec()

    # What there is to act on

    def subject(self, key: str | None = None) -> Module | None:
        """The module of that id, or the one that is meant; None where that is the whole network."""
        editor = self._editor
        if key is not None:
            module = editor.document.get(key)
            return module if isinstance(module, Module) else None
        picked = [editor.document.get(key) for key in editor.session.selection]
        made_of = [node.definition for node in picked if isinstance(node, Node)]
        key = made_of[0] if len(made_of) == 1 and made_of[0] else editor.session.module
        module = editor.document.get(key)
        return module if isinstance(module, Module) and module.id != ROOT else None

    def is_locked(self, key: str | None = None) -> bool:
        """Whether a copy must be edited."""
        module = self.subject(key)
        return module is not None and is_locked(module)

    def source(self, key: str | None = None) -> Kept | None:
        """The entry to compare with."""
        module = self.subject(key)
        return None if module is None else self._shelves.source(module)

    # What is done

    def save(self, key: str | None = None) -> None:
        """Asks what the module is for, and puts it into the user's library."""
        module, folder = self.subject(key), self._shelves.folder
        if module is None or folder is None:
            return
        known = next((kept for kept in self._shelves.own if kept.entry.name == module.name), None)
        dialog = SaveDialog(module, replaces=known is not None, parent=self._window)
        wanted = dialog.exec() == dialog.DialogCode.Accepted
        help_, document = dialog.help, self._editor.document
        dialog.deleteLater()
        if not wanted:
            return
        try:
            with document.edit(tr("Save {module} to the library", module=module.name)):
                if help_ != module.help and not is_locked(module):
                    edits.set_help(document, module.id, help_)
                save_to_library(document, module.id, folder)
        except (EditError, FileError) as error:
            self._bar.say(str(error))
            return
        self._shelves.reread()
        self._bar.say(tr("{module} is in your library", module=module.name))

    def edit_a_copy(self, key: str | None = None) -> None:
        """Unlocks the module for this design."""
        module = self.subject(key)
        if module is None or not is_locked(module):
            return
        edit_a_copy(self._editor.document, module.id)
        self._bar.say(tr("{module} is this design's own now", module=module.name))

    def compare(self, key: str | None = None) -> None:
        """Shows what tells the module from the library's, and offers to update it."""
        module, kept = self.subject(key), self.source(key)
        if module is None or kept is None:
            return
        try:
            dialog = CompareDialog(self._editor.document, module, kept, self._window)
        except (EditError, FileError) as error:
            self._bar.say(str(error))
            return
        self.on_compare(dialog)
        if dialog.wants_update:
            self._update(module, kept)
        dialog.deleteLater()

    def update(self) -> None:
        """Shows the difference first; where there is none, says so."""
        module, kept = self.subject(), self.source()
        if module is None or kept is None:
            return
        try:
            same = not differs(self._editor.document, module.id, kept.entry)
        except (EditError, FileError) as error:
            self._bar.say(str(error))
            return
        if same:
            self._bar.say(tr("{module} is as it is in the library", module=module.name))
        else:
            self.compare(module.id)

    def _update(self, module: Module, kept: Kept) -> None:
        try:
            update_from_library(self._editor.document, module.id, kept.entry)
        except (EditError, FileError) as error:
            self._bar.say(str(error))
            return
        self._bar.say(tr("{module} is as it is in the library now", module=module.name))

    def remove(self, kind: str) -> None:
        """Takes an entry out of the user's library, once the user has agreed; designs keep what they have."""
        kept = self._shelves.find(kind)
        if kept is None or is_shipped(kept) or not self._agrees(kept):
            return
        try:
            kept.entry.path.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            self._bar.say(tr("cannot remove {file}: {reason}", file=kept.entry.path, reason=reason))
        self._shelves.reread()

    def _agrees(self, kept: Kept) -> bool:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle(tr("Remove from my library"))
        box.setText(tr("Remove {module} from your library?", module=kept.entry.name))
        box.setInformativeText(tr("Designs that use it keep it; the library's file is deleted."))
        remove = box.addButton(tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        agreed = box.clickedButton() is remove
        box.deleteLater()
        return agreed

    def fill_module_menu(self, module: str, menu: QMenu) -> None:
        """What can be done with a module of the design, as far as it has a use."""
        menu.addAction(icon("save", "secondary"), tr("Save to my library…"), lambda: self.save(module))
        if self.is_locked(module):
            menu.addAction(icon("rename", "secondary"), tr("Edit a copy"), lambda: self.edit_a_copy(module))
        if self.source(module) is not None:
            menu.addAction(tr("Compare with library…"), lambda: self.compare(module))

    def fill_entry_menu(self, kind: str, menu: QMenu) -> None:
        """What can be done with an entry of the user's own library."""
        kept = self._shelves.find(kind)
        if kept is not None and not is_shipped(kept):
            menu.addAction(
                icon("delete", "secondary"), tr("Remove from my library…"), lambda: self.remove(kind)
            )

    # What is said

    def say(self, text: str) -> None:
        """Tells a sentence; where it is that a locked module cannot be edited, offers to edit a copy."""
        module = self._refused(text)
        if module is None:
            self._bar.say(text)
        else:
            self._bar.say(text, {tr("Edit a copy"): lambda: self.edit_a_copy(module)})

    def tell_newer(self) -> None:
        """Says quietly that a module of the design has another version in its library."""
        found = newer(self._editor.document, self._shelves.entries)
        if not found:
            return
        names = ", ".join(self._editor.document.module(key).name for key, _ in found)
        if len(found) == 1:
            text = tr("a newer {module} is in the library", module=names)
        else:
            text = tr("newer versions of {modules} are in the library", modules=names)
        self._bar.say(text, {tr("Compare"): lambda: self._compare_in_turn([key for key, _ in found])})

    def _compare_in_turn(self, modules: list[str]) -> None:
        for module in modules:
            self.compare(module)

    def _refused(self, text: str) -> str | None:
        return next(
            (
                module.id
                for module in self._editor.document.modules()
                if is_locked(module) and text == locked_sentence(module.name)
            ),
            None,
        )
