"""The Python files of a design's layers, as the window treats them: told of, asked about, taken in."""

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget

from core import edits
from core.edits import EditError
from core.layer_files import LayerFile
from core.text import tr
from core.trust import TrustError

from .editor import Editor
from .trust_dialog import TrustDialog

Say = Callable[[str, Mapping[str, Callable[[], object]]], None]
"""Tells a sentence, and offers what can be done about it."""


class LayerTrust:
    """Nothing of a file runs before the user has seen it and said so."""

    def __init__(self, editor: Editor, say: Say, window: QWidget) -> None:
        self._editor = editor
        self._say = say
        self._window = window

    def tell(self) -> None:
        """Says of the first file that is not loaded why that is, and offers to look at it."""
        file = next((each for each in self._editor.layer_files if each.text), None)
        if file is not None:
            name = file.name
            offers = (
                {} if file.state in ("missing", "faulty") else {tr("Look at it…"): lambda: self.ask(name)}
            )
            self._say(file.text, offers)

    def ask(self, name: str) -> None:
        """Shows a file that is not trusted and asks whether it may run; takes a trusted one in."""
        self._editor.load_layers()
        file = self._file(name)
        if file is None or file.state == "loaded":
            return
        if file.state == "not trusted":
            dialog = TrustDialog(file, self._window)
            dialog.accepted.connect(lambda: self._trust(file))
            dialog.open()
        elif file.state == "changed":
            self._take_in(file)
        else:
            self._say(file.text, {})

    def look(self) -> None:
        """Looks anew, as other programs may have changed files, and tells of those that are not loaded."""
        before = self._editor.layer_files
        if before and not self._editor.document.in_gesture:
            self._editor.load_layers()
            if self._editor.layer_files != before:
                self.tell()

    def _file(self, name: str) -> LayerFile | None:
        files = [each for each in self._editor.layer_files if each.name == name]
        return next((each for each in files if each.text), files[0] if files else None)

    def _trust(self, shown: LayerFile) -> None:
        """Trusts the bytes that were shown, whatever the file holds by now."""
        try:
            self._editor.trust.trust(shown.source)
        except TrustError as error:
            self._say(str(error), {})
            return
        self._editor.load_layers()
        file = self._file(shown.name)
        if file is None:
            return
        if file.state == "changed":
            self._take_in(file)
        else:
            self._say(file.text or tr("{file} is loaded", file=file.name), {})

    def _take_in(self, file: LayerFile) -> None:
        try:
            edits.take_in_file(self._editor.document, file.name, file.sha256)
        except EditError as error:
            self._say(str(error), {})
            return
        self._say(tr("{file} is loaded", file=file.name), {})
