"""What the window's process and the engine's say to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..initialise import Array
from ..problem import Path
from ..program import Program
from ..types import Type
from .cotangent import Cotangent
from .gradient_check import GradientCheck
from .run import Mode, Result
from .shared import Layout, Spot


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run that is asked for; what it means is said at `run`. Its arrays must not change any more."""

    program: Program
    weights: Mapping[str, Array] = field(default_factory=dict)
    inputs: Mapping[str, Array] = field(default_factory=dict)
    seed: int = 0
    mode: Mode = field(default_factory=Mode)
    cotangent: Cotangent | None = None


@dataclass(frozen=True, kw_only=True)
class GradientJob:
    """A gradient check of one layer that is asked for; the sizes of its inputs are numbers."""

    kind: str
    arguments: Mapping[str, Any]
    types: tuple[Type, ...]
    code: tuple[tuple[str, bytes], ...] = ()
    """The name and bytes of the user's file that the layer is written in; it has been found trusted."""


@dataclass(frozen=True)
class Started:
    """The engine has planned the job and begins; it `needs` so many bytes for that."""

    job: int
    needs: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Progress:
    """So many of the job's instructions are done."""

    job: int
    done: int
    total: int


@dataclass(frozen=True)
class Finished:
    """The job is done.

    What is `lent` stands in the engine's own memory until the next run begins: who still holds it then sees
    other numbers, and keeps the engine from giving that memory back.
    """

    job: int
    result: Result
    lent: bool = False


@dataclass(frozen=True)
class Checked:
    """The gradient check is done."""

    job: int
    check: GradientCheck


@dataclass(frozen=True)
class Failed:
    """The job cannot be run; `text` says why, `path` is the call at fault, () where it is no single one."""

    job: int
    text: str
    path: Path = ()


@dataclass(frozen=True)
class Stopped:
    """The job was stopped, or a later one took its place."""

    job: int


@dataclass(frozen=True)
class Died:
    """The engine's process has ended by itself; `job` was lost by it, None where there was none."""

    job: int | None
    text: str


@dataclass(frozen=True)
class KernelsComing:
    """The kernels are being compiled: runs go by the references meanwhile, or by those `in_memory`."""

    in_memory: bool = False
    """Whether the engine has them, and only their folder was deleted."""


@dataclass(frozen=True)
class KernelsReady:
    """The compiled kernels are there: runs use them from now on."""

    unkept: str = ""
    """Why those in memory are not in their folder again, though that was tried; nothing where they are."""


@dataclass(frozen=True)
class KernelsMissing:
    """What compiles the kernels has ended before its time: runs go on by the references."""

    reason: str
    """Where and why, in the system's words where it was the system."""


Kernels = KernelsComing | KernelsReady | KernelsMissing
"""How compiled kernels stand."""

Event = Started | Progress | Finished | Checked | Failed | Stopped | Died | Kernels


FILES = ("task", "weights", "inputs", "values", "drawn")
"""The shared files of a task, in this order; the engine fills the last two."""


@dataclass(frozen=True)
class Coming:
    """The files of a task follow. The task is in one of them, since who sends a long message has to wait."""

    job: int


@dataclass(frozen=True)
class Compile:
    """Asks for another try at compiling the kernels."""


@dataclass(frozen=True)
class Forget:
    """Nobody looks at the last run's result any more: its memory may go."""


@dataclass(frozen=True)
class Task:
    """A job on its way to the engine."""

    job: int
    program: bytes
    weights: Layout
    weights_number: int
    """The same as long as the weights are."""
    inputs: Layout
    seed: int
    mode: Mode
    cotangent: Cotangent | None
    code: tuple[tuple[str, bytes], ...] = ()
    """The names and bytes of the users' files that the program needs; the window has found them trusted."""


@dataclass(frozen=True)
class GradientTask:
    """A gradient check on its way to the engine."""

    job: int
    asked: GradientJob


@dataclass(frozen=True)
class Ready:
    """The engine waits for a task."""


@dataclass(frozen=True)
class Done:
    """The result of a task: arrays are replaced by the file they stand in and their spots there.

    Where they are `lent`, the file of the engine's own memory follows.
    """

    job: int
    fields: Mapping[str, Any]
    lent: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """An array of a result, by the file that it stands in."""

    file: str
    spot: Spot
