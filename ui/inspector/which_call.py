"""Which call the values below belong to: of a repetition, a part of a branch, a round of a loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSpinBox, QWidget

from core.call_path import names, nearest, steps
from core.problem import Path
from core.record import module_of
from core.text import tr
from ui.editor import Editor
from ui.run.runner import Runner
from ui.style import set_role

from .fields import FIELD_WIDTH
from .rounds import Rounds


class Stepper(QSpinBox):
    """`3 of 7`; the wheel is left to what scrolls around it."""

    def __init__(self, name: str, count: int, parent: QWidget, *, whole: str = "") -> None:
        """With a word for the whole, that stands before the first."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setRange(0 if whole else 1, max(count, 1))
        self.setSuffix(tr(" of {count}", count=count))
        if whole:
            self.setSpecialValueText(whole)
        self.setWrapping(True)
        self.setFixedWidth(FIELD_WIDTH)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_role(self, "value")

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


@dataclass(frozen=True)
class Choice:
    """What can be chosen: `place` and `count` tell whether it is still the same, `chosen` what it is now."""

    kind: str
    place: Path
    count: int
    chosen: int
    make: Callable[[str], QSpinBox | QComboBox] = field(compare=False)
    words: str = ""

    @property
    def told(self) -> tuple[object, ...]:
        """What the row is built from."""
        return self.kind, self.place, self.count, self.words


class WhichCall(QWidget):
    """Seen where there is more than one to look at."""

    parted = Signal(tuple)
    """The keys of the part of the picked node that is looked at."""

    def __init__(self, editor: Editor, runner: Runner, rounds: Rounds, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("which-call")
        self._editor = editor
        self._runner = runner
        self._rounds = rounds
        self._shape: tuple[object, ...] = ()
        self._labels: list[QLabel] = []
        self._fields: list[QSpinBox | QComboBox] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self.hide()

    def show_call(self, path: Path | None, own: Path) -> None:
        """Offers the calls around a path, and the parts of what is picked; `own` are the keys of one."""
        if path is None:
            self.hide()
            return
        whole = path[: len(path) - len(own)]
        wanted = [*self._repeats(), *self._parts(whole, own), *self._loops(path)]
        shape = tuple(choice.told for choice in wanted)
        if shape != self._shape:
            self._shape = shape
            self._build(wanted)
        for choice, widget in zip(wanted, self._fields, strict=True):
            widget.blockSignals(True)
            if isinstance(widget, QSpinBox):
                widget.setValue(choice.chosen)
            else:
                widget.setCurrentIndex(choice.chosen)
            widget.blockSignals(False)
        self.setVisible(bool(wanted))

    def _build(self, wanted: Sequence[Choice]) -> None:
        for widget in (*self._labels, *self._fields):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._labels, self._fields = [], []
        for row, choice in enumerate(wanted):
            level = sum(other.kind == choice.kind for other in wanted[:row])
            made = choice.make(choice.kind if choice.kind == "part" else f"{choice.kind}-{level}")
            label = QLabel(choice.words, self)
            label.setBuddy(made)
            set_role(label, "field")
            made.setAccessibleName(choice.words)
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(made, row, 1, Qt.AlignmentFlag.AlignRight)
            self._labels.append(label)
            self._fields.append(made)

    # Calls in a row that the open call is one of

    def _repeats(self) -> list[Choice]:
        document, resolution = self._editor.document, self._editor.resolution
        found: list[Choice] = []
        before: Path = ()
        for step in steps(document, self._editor.session.path or ()):
            place = (*before, step[0])
            before = (*before, *step)
            call = resolution.node_call(place)
            if call is None or call.structure != "repeat" or len(step) < 2 or not step[1].isdecimal():
                continue
            words = tr("call of {name}", name=names(document, place)[-1])
            make = partial(self._stepper, len(call.parts), partial(self._go_to, place))
            found.append(Choice("index", place, len(call.parts), int(step[1]) + 1, make, words))
        return found

    def _stepper(self, count: int, act: Callable[[int], None], name: str, whole: str = "") -> Stepper:
        stepper = Stepper(name, count, self, whole=whole)
        stepper.setEnabled(count > 0)
        stepper.valueChanged.connect(act)
        return stepper

    def _go_to(self, place: Path, number: int) -> None:
        editor = self._editor
        path = editor.session.path or ()
        picked = editor.session.selection
        wanted = (*place, str(number - 1), *path[len(place) + 1 :])
        if editor.module_at(wanted) is None:
            wanted = nearest(editor.document, editor.resolution.root, wanted)
        editor.open_call(wanted)
        found = (editor.document.get(key) for key in picked)
        there = [each.id for each in found if each is not None and module_of(each) == editor.session.module]
        if there:
            editor.session.select(there)

    # Parts of the picked node

    def _parts(self, whole: Path, own: Path) -> list[Choice]:
        if whole == (self._editor.session.path or ()):
            return []
        call = self._editor.resolution.node_call(whole)
        if call is None or not call.parts:
            return []
        keys = [key for key, _ in call.parts]
        chosen = keys.index(own[0]) + 1 if own and own[0] in keys else 0
        if call.structure == "repeat" and call.count is None:
            make = partial(self._stepper, len(keys), partial(self._go_to_part, keys), whole=tr("all"))
            return [Choice("part", whole, len(keys), chosen, make, tr("call"))]
        return [Choice("part", whole, len(keys), chosen, partial(self._box, keys), tr("part"))]

    def _box(self, keys: Sequence[str], name: str) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name)
        box.addItem(tr("whole"))
        box.addItems(list(keys))
        box.setFixedWidth(FIELD_WIDTH)
        set_role(box, "value")
        box.activated.connect(partial(self._go_to_part, keys))
        return box

    def _go_to_part(self, keys: Sequence[str], number: int) -> None:
        self.parted.emit((keys[number - 1],) if number else ())

    # Rounds of the loops around, and of the picked one

    def _loops(self, path: Path) -> list[Choice]:
        result = self._runner.result
        if result is None:
            return []
        found = []
        for loop in self._rounds.loops(result, path):
            words = tr("round of {name}", name=names(self._editor.document, loop.path)[-1])
            make = partial(self._stepper, loop.rounds, partial(self._go_to_round, loop.path))
            found.append(Choice("round", loop.path, loop.rounds, loop.chosen + 1, make, words))
        return found

    def _go_to_round(self, loop: Path, number: int) -> None:
        self._rounds.go_to(loop, number - 1)
