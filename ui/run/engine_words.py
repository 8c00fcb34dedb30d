"""What the status line says of the engine."""

from dataclasses import dataclass
from typing import Literal as OneOf

from core.text import tr

from .link import EngineLink

State = OneOf["idle", "running", "stopping"]


@dataclass(frozen=True)
class EngineWords:
    """A few words; the `longest` that they get while only their numbers change; and `why`, for a closer look.

    `why` is about kernels alone: what they are compiled for, or why they could not be.
    """

    text: str
    longest: str
    why: str


def engine_words(state: State, progress: float, ended: str, link: EngineLink) -> EngineWords:
    """What the engine does, how far the run is, and how the one before `ended`."""
    why = link.why
    if state == "stopping":
        return EngineWords(tr("stopping"), tr("stopping"), why)
    if state == "running":
        longest = max((_running(0.99), _running(1)), key=len)
        return EngineWords(_running(progress), longest, why)
    before = ended or link.readiness
    return EngineWords(_joined(before, link.compiling), _joined(before, link.longest_compiling), why)


def _running(progress: float) -> str:
    """What is told of a run that far; after its last step the values are still to be handed over."""
    if progress >= 1:
        return tr("reading the values")
    return tr("running {percent} %", percent=int(100 * progress)) if progress else tr("running")


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))
