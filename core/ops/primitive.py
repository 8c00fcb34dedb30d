"""A primitive operation: its types, its reference in NumPy, its backward in primitives, and its cost.

A trace records primitives applied to references. The same trace serves shapes (with symbolic dimensions)
and plans (with numbers): a layer's `forward` is run once on references, nothing is computed by it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ..dim import Dim
from ..text import tr
from ..types import Type

Array = np.ndarray[Any, np.dtype[Any]]
Setting = Any
"""A static keyword of a primitive: an int, float, bool, string or tuple of these, Dims while symbolic.

The primitives of control flow have Regions, and their Derivatives.
"""

PRIMITIVES: dict[str, "Primitive"] = {}
"""Every primitive by its name; filled as the files that define them are imported."""


class RunFault(ValueError):
    """Values that a primitive cannot take; `path` is the call that asked for it where a region knows that."""

    path: tuple[str, ...] = ()


class BadIndex(RunFault):
    """An index outside its table."""

    def __init__(self, value: int, bound: int) -> None:
        super().__init__(f"index {value} is outside 0 … {bound - 1}")
        self.value = value
        self.bound = bound


class Unending(RunFault):
    """A loop whose condition still holds after as many iterations as it may take."""

    def __init__(self, bound: int) -> None:
        super().__init__(
            tr("the loop had not ended after its bound of 1 round")
            if bound == 1
            else tr("the loop had not ended after its bound of {bound} rounds", bound=bound)
        )
        self.bound = bound


class Halted(Exception):
    """The run was asked to stop while a primitive was at work."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a run tells the primitives that run others, and those that draw: its seed.

    `stopped` is asked from time to time; a primitive that hears yes raises Halted.
    """

    seed: int = 0
    stopped: Callable[[], bool] = lambda: False

    def keywords_of(self, primitive: "Primitive") -> dict[str, Any]:
        """The further keywords of that primitive's `reference`."""
        if primitive.nested:
            return {"run": self}
        return {"seed": self.seed} if primitive.random else {}


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """A value in a trace: nothing but its place and its type."""

    trace: "Trace"
    index: int
    type: Type

    @property
    def shape(self) -> tuple[Dim, ...]:
        """The dimensions, an entry per axis."""
        return self.type.shape


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One application of a primitive in a trace."""

    primitive: "Primitive"
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    settings: Mapping[str, Setting]


@dataclass(slots=True, eq=False)
class Trace:
    """The primitives that a forward (or a backward) emitted, in order, and the references they made."""

    steps: list[Step] = field(default_factory=list)
    count: int = 0
    scope: str = ""
    """The call path of the layer that is being traced: with `draws` it names each random draw."""
    draws: int = 0

    def input(self, type_: Type) -> Ref:
        """A value that comes from outside."""
        self.count += 1
        return Ref(self, self.count - 1, type_)

    def apply(
        self, primitive: "Primitive", inputs: Sequence[Ref], settings: Mapping[str, Setting]
    ) -> tuple[Ref, ...]:
        """Records the primitive and returns its outputs; ShapeError where the inputs do not fit."""
        types = primitive.types(*(ref.type for ref in inputs), **settings)
        outputs = tuple(self.input(type_) for type_ in types)
        self.steps.append(Step(primitive, tuple(inputs), outputs, dict(settings)))
        return outputs

    def cut(self, start: int) -> "Trace":
        """The steps from number `start` on, taken out into a trace of their own: the stuff of a region."""
        taken = Trace(self.steps[start:], self.count, self.scope)
        del self.steps[start:]
        return taken


class Primitive(ABC):
    """Subclass it once per operation, in a file per family; the subclass's single object is registered.

    `name` is the function's name in `core.ops`. What a backward reads is what it emits primitives on.
    A subclass names its inputs and settings: `reference(self, a: Array, b: Array, *, axis: int)`.
    """

    name: ClassVar[str]
    random: ClassVar[bool] = False
    """Whether `reference` is given the run's `seed` as a further keyword."""
    nested: ClassVar[bool] = False
    """Whether it runs others, and `reference` is given the run's Circumstances as the keyword `run`."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "name" not in cls.__dict__:
            return  # a family's shared base
        if not cls.__doc__:
            raise TypeError(f"{cls.__name__}: a primitive needs a docstring with its formula")
        if cls.name in PRIMITIVES:
            raise TypeError(f"{cls.__name__}: the name {cls.name} is taken")
        PRIMITIVES[cls.name] = cls()

    @abstractmethod
    def types(self, *inputs: Any, **settings: Any) -> tuple[Type, ...]:
        """The outputs' types, for numbers and for symbols; ShapeError where the inputs do not fit."""

    @abstractmethod
    def reference(self, *inputs: Any, **settings: Any) -> tuple[Array, ...]:
        """The outputs computed by NumPy in the inputs' float type."""

    def backward(self, step: Step, *cotangents: Any) -> Sequence[Ref | None]:
        """Emits primitives that give the inputs' cotangents from the outputs'; None where there is none.

        A cotangent of None stands for zeros. Not called where every cotangent is None. An entry per output
        may follow: its whole gradient where that is more than what came from its readers, else None.
        """
        return [None] * len(step.inputs)

    def macs(self, *inputs: Any, **settings: Any) -> Dim:
        """Multiply-accumulates of matrix products, convolutions and attention products, without bias."""
        return 0

    def scratch(self, settings: Mapping[str, Setting], item_bytes: int) -> int:
        """Bytes it holds at most beside its inputs and outputs, where a float takes `item_bytes`.

        Only what grows with regions is told: what a reference of a few lines takes is not.
        """
        return 0


def apply(name: str, *inputs: Ref, **settings: Setting) -> tuple[Ref, ...]:
    """Applies the primitive of that name in the trace of its inputs."""
    return inputs[0].trace.apply(PRIMITIVES[name], inputs, settings)
