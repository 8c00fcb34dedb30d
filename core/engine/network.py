"""What a traced program is: one trace for all calls, and the places that its values have in the drawing."""

from dataclasses import dataclass, field

from ..layers.layer import Tensor
from ..ops.primitive import Ref, Trace
from ..problem import Path
from ..types import Type

Place = tuple[Path, str]
"""A port: the call path of its node, and its name."""


class PlanError(ValueError):
    """Why a program cannot be run as asked; `path` is the call at fault, () where it is no single one."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __reduce__(self) -> tuple[type["PlanError"], tuple[str, Path]]:
        return type(self), (self.message, self.path)


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter or buffer of one call: what it is, and its value in the trace."""

    tensor: Tensor
    ref: Ref
    learnt: bool


@dataclass
class Network:
    """The traced program; `paths` has the call that emitted each step of the trace.

    Root inputs and outputs go by their nodes' names, slots by call path and tensor name joined by `/`;
    `places` has the value of every port that was reached: inside a loop the history of its rounds, and
    `histories` the loops, the outermost first, whose rounds are the first axes of such a value. `iterations`
    has how many rounds each While ran, and of each If 1 where it was `then`, else 0.
    `constants` has the numbers that inputs are by default.
    """

    trace: Trace = field(default_factory=Trace)
    paths: list[Path] = field(default_factory=list)
    inputs: dict[str, Ref] = field(default_factory=dict)
    outputs: dict[str, Place] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    places: dict[Place, Ref] = field(default_factory=dict)
    histories: dict[Place, tuple[Path, ...]] = field(default_factory=dict)
    iterations: dict[Path, Ref] = field(default_factory=dict)
    buffers: dict[str, Ref] = field(default_factory=dict)
    constants: dict[float, Ref] = field(default_factory=dict)
    skipped: dict[Path, str] = field(default_factory=dict)
    calls: int = 0
    """How many layers and modules were called."""

    def buffer(self, slot: str) -> Ref:
        """What a buffer has become so far."""
        return self.buffers.get(slot, self.slots[slot].ref)

    def constant(self, value: float | None) -> Ref | None:
        """A single number, the same for every input that has it by default; nothing for None."""
        if value is None:
            return None
        if value not in self.constants:
            self.constants[value] = self.trace.input(Type(()))
        return self.constants[value]


def slot_name(path: Path, tensor: str) -> str:
    """The name of a call's parameter or buffer: ids and tensor name joined by `/`."""
    return "/".join((*path, tensor))
