"""New, open, save: what happens to the design as a file, and the question before unsaved work is lost."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal as OneOf

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.document import Document
from core.edits import new_document
from core.files import FileError, load, save
from core.journal import Recovery
from core.resolve import Resolver
from core.templates import Template
from core.text import tr

from .compare_designs import CompareDesigns
from .editor import Editor
from .memory import Memory
from .side_by_side import Compared

SUFFIX = ".loom"

Answer = OneOf["save", "discard", "cancel"]


class Files:
    """Opens and saves for the window; what goes wrong is a sentence, and then the open design stays."""

    def __init__(self, editor: Editor, memory: Memory, window: QWidget, say: Callable[[str], None]) -> None:
        self._editor = editor
        self._memory = memory
        self._window = window
        self._say = say
        self.on_opened: Callable[[], None] = lambda: None
        self.on_saved: Callable[[], None] = lambda: None
        self.on_compare: Callable[[CompareDesigns], object] = lambda dialog: dialog.exec()

    def new(self) -> bool:
        """A design of an Input and an Output; False where the user wants to keep what is open."""
        return self._replace(new_document())

    def open_template(self, template: Template) -> bool:
        """A copy of a design that ships."""
        return self._load(template.document)

    def ask_open(self) -> bool:
        """Asks which file to open, and opens it."""
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open a design"), self._folder(), _filter())
        return bool(name) and self.open(Path(name))

    def open(self, file: Path) -> bool:
        """Opens a file; one that is gone is no longer among the recent ones."""
        if not os.path.exists(file):  # Path.exists raises in a folder that may not be read
            self._memory.gone(file)
        return self._load(lambda: load(file), file)

    def recover(self, recovery: Recovery) -> bool:
        """Opens what a killed window left; it is unsaved until the user saves it."""
        return self._load(recovery.document, recovery.path, recovery)

    def save(self) -> bool:
        """Saves to the file; asks for one where there is none."""
        return self.save_as() if self._editor.file is None else self._write(self._editor.file)

    def save_as(self) -> bool:
        """Asks where to save, and saves there."""
        start = self._editor.file or Path(self._folder()) / f"{self._editor.title}{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._window, tr("Save the design"), str(start), _filter())
        if not name:
            return False
        file = Path(name)
        return self._write(file if file.suffix else file.with_suffix(SUFFIX))

    def ask_compare(self) -> None:
        """Asks for a file, and shows where its design and the open one part."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Compare with a design"), self._folder(), _filter()
        )
        if name:
            self.compare(Path(name))

    def compare(self, file: Path) -> None:
        """Shows where a file's design and the open one part; the open one is A."""
        try:
            document = load(file)
        except FileError as error:
            self._say(f"{file.name}: {error}")
            return
        a = Compared(self._editor.title, self._editor.document, self._editor.resolution)
        dialog = CompareDesigns(a, Compared(file.stem, document, Resolver(document).resolution), self._window)
        self.on_compare(dialog)
        dialog.deleteLater()

    def may_lose(self) -> bool:
        """Whether what is open may go: it is saved, or the user says so."""
        if not self._editor.changed:
            return True
        answer = self._ask()
        return answer == "discard" or (answer == "save" and self.save())

    def _ask(self) -> Answer:
        box = QMessageBox(self._window)
        box.setObjectName("unsaved")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle(tr("Unsaved changes"))
        box.setText(tr("Save the changes to {name}?", name=self._editor.title))
        box.setInformativeText(tr("Without saving they are lost."))
        buttons = {
            box.addButton(tr("Save"), QMessageBox.ButtonRole.AcceptRole): "save",
            box.addButton(tr("Discard"), QMessageBox.ButtonRole.DestructiveRole): "discard",
            box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole): "cancel",
        }
        box.exec()
        answers: dict[str, Answer] = {"save": "save", "discard": "discard"}
        chosen = answers.get(
            next((word for button, word in buttons.items() if button is box.clickedButton()), "")
        )
        box.deleteLater()
        return chosen or "cancel"

    def _load(
        self, read: Callable[[], Document], file: Path | None = None, recovered: Recovery | None = None
    ) -> bool:
        try:
            document = read()
        except FileError as error:
            text = str(error)
            self._say(text if file is None or file.name in text else f"{file.name}: {text}")
            return False
        return self._replace(document, file, recovered)

    def _replace(
        self, document: Document, file: Path | None = None, recovered: Recovery | None = None
    ) -> bool:
        if not self.may_lose():
            return False
        self._editor.open(document, file, recovered)
        if file is not None and recovered is None:
            self._memory.opened(file)
        self.on_opened()
        return True

    def _write(self, file: Path) -> bool:
        try:
            save(self._editor.document, file)
        except FileError as error:
            self._say(str(error))
            return False
        self._editor.saved(file)
        self._memory.opened(file)
        self.on_saved()
        return True

    def _folder(self) -> str:
        if self._editor.file is not None:
            return str(self._editor.file.parent)
        known = next((Path(name).parent for name in self._memory.recent), Path.home())
        return str(known if known.is_dir() else Path.home())


def _filter() -> str:
    return tr("Layerloom designs ({pattern})", pattern=f"*{SUFFIX}")
