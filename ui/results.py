"""What a run left at the canvas's nodes: pictures and statistics, worked out where they are seen."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from core.document import Document
from core.engine import rounds as in_rounds
from core.engine.rounds import Rounds
from core.engine.run import Result
from core.initialise import Array
from core.ports import ports
from core.problem import Path
from core.record import Node
from core.text import tr

from .array_picture import pictures
from .measure import Measures, figure, measure
from .style import current_theme

GLANCED = 100_000
"""Elements that the line of statistics looks at, as it is worked out while the canvas is painted."""

KEPT = 2000
"""Nodes whose pictures are kept."""


@dataclass(frozen=True)
class Shown:
    """A node's pictures and statistics."""

    images: tuple[QImage, ...] = ()
    text: str = ""


class ResultPictures:
    """A result for the canvas; those that are `stale` belong to a design that has been edited since."""

    def __init__(
        self,
        document: Document,
        result: Result,
        *,
        stale: bool = False,
        rounds: Callable[[Result, Path], Rounds] = lambda result, path: {},
    ) -> None:
        """`rounds` tells which round of the loops around a call is shown."""
        self._document = document
        self.result: Result | None = result
        self.stale = stale
        self._rounds = rounds
        self._kept: OrderedDict[Path, Shown] = OrderedDict()
        self._theme = current_theme()

    def let_go(self) -> None:
        """Gives the result up; the pictures that were made of it stay."""
        self.result = None

    def forget(self) -> None:
        """Another round of a loop is looked at."""
        self._kept.clear()

    def thumbnails(self, path: Path, node: str) -> Sequence[QImage]:
        """The pictures under a node of the call at `path`."""
        return self._shown((*path, node)).images

    def statistics(self, path: Path, node: str) -> str:
        """`μ 0.02 σ 0.91 |∇| 3.1e-3`."""
        return self._shown((*path, node)).text

    def _shown(self, path: Path) -> Shown:
        if self._theme is not current_theme():
            self._theme = current_theme()
            self._kept.clear()
        found = self._kept.get(path)
        if found is None:
            found = self._kept[path] = self._work_out(path)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _work_out(self, path: Path) -> Shown:
        if self.result is None:
            return Shown()
        rounds = self._rounds(self.result, path)
        array = value_at(self.result, self._document, path, rounds)
        if array is None:
            return Shown()
        gradient = gradient_at(self.result, self._document, path, rounds)
        return Shown(tuple(pictures(array)), summary(array, gradient))


def main_port(document: Document, key: str) -> str | None:
    """The port whose value stands for a node: its first output, of an Output its input."""
    node = document.get(key)
    if not isinstance(node, Node):
        return None
    inputs, outputs = ports(document, node)
    return outputs[0] if outputs else inputs[0] if inputs else None


def value_at(result: Result, document: Document, path: Path, rounds: Rounds) -> Array | None:
    """The value of a call in these rounds of the loops around it, None where it did not run."""
    port = main_port(document, path[-1])
    return None if port is None else in_rounds.value_at(result, path, port, rounds)


def gradient_at(result: Result, document: Document, path: Path, rounds: Rounds) -> Array | None:
    """The gradient of a call's value; None where there was no backward. Where none flows it is zero."""
    port = main_port(document, path[-1])
    if port is None or result.cotangent is None:
        return None
    found = in_rounds.gradient_at(result, path, port, rounds)
    if found is not None:
        return found
    value = in_rounds.value_at(result, path, port, rounds)
    return None if value is None or value.dtype.kind != "f" else np.zeros_like(value)


def summary(array: Array, gradient: Array | None) -> str:
    """A line of statistics; of whole numbers the first of them."""
    if array.size == 0:
        return ""
    if array.dtype.kind != "f":
        listed = " ".join(str(item) for item in array.reshape(-1)[:8].tolist())
        return listed + (" …" if array.size > 8 else "")
    found = measure(array, GLANCED)
    if array.size == 1:
        text = figure(float(array.reshape(-1)[0]))
    else:
        text = " ".join([*_odd(found), f"μ {figure(found.mean)} σ {figure(found.deviation)}"])
    if gradient is not None:
        text += f" |∇| {figure(measure(gradient, GLANCED).norm)}"
    return text


def _odd(found: Measures) -> list[str]:
    """What is no number, counted."""
    told = []
    if found.nans:
        told.append(tr("{count} NaN", count=f"{found.nans:,}"))
    if found.infinities:
        told.append(f"{found.infinities:,} ∞")
    return told
