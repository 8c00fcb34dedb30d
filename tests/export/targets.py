"""Targets of the export that stand for those that lack something: PyTorch without some of its words."""

from dataclasses import replace

import pytest

from core.export import code as exports
from core.export.composed import Composed
from core.export.error import ExportError
from core.export.format import Line
from core.export.framework import Framework
from core.export.pytorch.printer import PYTORCH, PyTorchPrinter
from core.layers.layer import Layer
from core.layers.spelling import Spelling
from core.types import Type

LACKING = ("BatchNorm2d", "Linear")
"""The layers that these have no word for."""


def _spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    return None if type(layer).__name__ in LACKING else PYTORCH.dialect.spelling(layer, types)


class _Refusing(PyTorchPrinter):
    """Has no operation for a helper class either."""

    def composed_class(self, one: Composed) -> list[Line]:
        """Refuses."""
        raise ExportError("there is no operation for it")


POOR = replace(PYTORCH, name="keras", dialect=replace(PYTORCH.dialect, spelling=_spelling))
"""Prints what it lacks as helper classes."""

REFUSING: Framework = replace(POOR, name="gluon", printed=_Refusing().printed)
"""Refuses what it lacks."""


def add_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers both beside PyTorch."""
    targets = {one.name: one for one in (PYTORCH, POOR, REFUSING)}
    monkeypatch.setattr(exports, "FRAMEWORKS", targets)
    monkeypatch.setattr(exports, "TARGETS", tuple(targets))
