"""The gradient check of the picked layer: asked for by one click, done in the engine, told in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from core.calls import DEFAULT_SIZE, NodeCall
from core.dim import Dim, Symbolic, substitute, symbols
from core.engine.gradient_check import GradientCheck
from core.engine.messages import GradientJob
from core.layer_files import KIND
from core.record import Node
from core.text import tr
from core.types import Type
from core.user_code import LOADED

from .bar import Mark
from .editor import Editor
from .run.runner import Runner

Say = Callable[[str, Mapping[str, Callable[[], object]] | None, Mark], None]
"""Tells a sentence with a mark before it."""

LISTED = 6
"""Errors that the sentence lists, the greatest first; the rest are counted."""


@dataclass(frozen=True)
class _Subject:
    """What is checked: how the user calls it, and the check that the engine is asked for."""

    name: str
    job: GradientJob


class GradientChecks(QObject):
    """One check at a time; a run that is under way gives place to it."""

    def __init__(
        self, editor: Editor, runner: Runner, one: Callable[[], Node | None], say: Say, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._runner = runner
        self._one = one
        self._say = say
        self._name = ""
        runner.checked.connect(self._tell)

    @property
    def is_possible(self) -> bool:
        """Whether one layer is picked whose inputs are known."""
        return self._subject() is not None

    def check(self) -> None:
        """Checks the picked layer at the sizes that it has in the open call."""
        subject = self._subject()
        if subject is None:
            return
        if subject.job.kind == KIND and not self._differentiates(subject.job):
            file = subject.job.arguments.get("file", "")
            self._say(tr("{file} has no backward, so that no gradient flows", file=file), None, "info")
            return
        self._name = subject.name
        self._runner.check_gradient(subject.job)

    def _subject(self) -> _Subject | None:
        node, opened = self._one(), self._editor.open_module_call()
        if node is None or opened is None or node.id not in opened.nodes:
            return None
        call = opened.nodes[node.id]
        while call.parts:
            call = call.parts[0][1]
        types = [self._typed(type_) for type_ in call.inputs if type_ is not None]
        if call.layer is None or call.faults or len(types) < len(call.inputs):
            return None
        return _Subject(node.name, self._job(call, tuple(types)))

    def _job(self, call: NodeCall, types: tuple[Type, ...]) -> GradientJob:
        arguments = {name: self._number(value) for name, value in call.arguments.items()}
        loaded = LOADED.get(str(arguments.get("sha256", "")))
        code = () if loaded is None else ((loaded.name, loaded.source),)
        return GradientJob(kind=type(call.layer).__name__, arguments=arguments, types=types, code=code)

    def _typed(self, type_: Type) -> Type:
        return type_.with_shape(tuple(self._number(dim) for dim in type_.shape))

    def _number(self, value: Any) -> Any:
        """The value with the example sizes for its symbols."""
        if not isinstance(value, Symbolic):
            return value
        sizes: dict[str, Dim] = dict.fromkeys(symbols(value), DEFAULT_SIZE)
        return substitute(value, {**sizes, **self._editor.resolution.symbols})

    @staticmethod
    def _differentiates(job: GradientJob) -> bool:
        loaded = LOADED.get(str(job.arguments.get("sha256", "")))
        return loaded is not None and loaded.differentiates

    def _tell(self, check: GradientCheck) -> None:
        text, mark = told(self._name, check)
        self._say(text, None, mark)


def told(name: str, check: GradientCheck) -> tuple[str, Mark]:
    """A check in words: whether the gradient is right, and the greatest relative errors."""
    if not check.errors:
        return tr("{name} has nothing that a gradient flows to", name=name), "info"
    wrong = check.wrong
    listed = sorted(check.errors, key=lambda each: (each not in wrong, -check.errors[each]))
    errors = ", ".join(
        f"{'✗' if each in wrong else '✓'} {each} {check.errors[each]:.1e}" for each in listed[:LISTED]
    )
    if len(listed) > LISTED:
        errors = tr("{errors} and {count} more", errors=errors, count=len(listed) - LISTED)
    if wrong:
        text = tr(
            "✗ the gradient of {name} is wrong; largest relative errors: {errors}", name=name, errors=errors
        )
        return text, "error"
    text = tr(
        "✓ the gradient of {name} is right; largest relative errors: {errors}", name=name, errors=errors
    )
    return text, "ok"
