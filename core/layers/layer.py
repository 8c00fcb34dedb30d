"""What a layer is: one class whose fields are its arguments, written in primitives.

`Layer.__init_subclass__` checks that the class is complete and makes it a frozen, keyword-only dataclass.
From the one class come palette entry, inspector, ports, shapes, gradients, counts, help, tests and exports.
"""

import dataclasses
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, dataclass_transform

import numpy as np

from ..dim import Dim
from ..expression import Literal
from ..initialise import Initialiser
from ..ops.primitive import Ref, Trace
from ..text import tr
from ..types import DType, Shape, ShapeError, Type
from .argument import (
    Argument,
    ArgumentError,
    Size,
    Sizes,
    SizesOrWord,
    argument,
    check,
    read_argument,
    with_sizes,
)
from .spelling import Spelling

CATEGORIES = (
    "input", "linear", "convolution", "pooling", "normalisation", "activation", "attention", "regularisation",
    "merge", "shape", "reduce", "loss", "structure",
)  # fmt: skip
"""The palette's groups, in its order."""

LAYERS: dict[str, type["Layer"]] = {}
"""Every layer by its class's name; filled as the families are imported."""


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """A parameter or buffer: the roles of its axes, its shape, and its first values.

    Roles are `out`, `in`, `kernel` (once per spatial axis), `channel`, `entry`, or `` for an axis that no
    framework permutes.
    """

    axes: tuple[str, ...]
    shape: Shape
    initialiser: Initialiser
    dtype: DType = "float32"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example away from kinks: arguments, and the inputs' shapes in port order.

    `integers` gives the exclusive bound of an input of class indices (dtype int64); `positive` names the
    inputs that hold numbers above 0.
    """

    inputs: Mapping[str, tuple[int, ...]]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    integers: Mapping[str, int] = field(default_factory=dict)
    positive: tuple[str, ...] = ()
    probabilities: tuple[str, ...] = ()
    """The inputs that hold numbers between 0 and 1."""

    def types(self) -> dict[str, Type]:
        """The inputs' types by port."""
        return {
            port: Type(shape, "int64" if port in self.integers else "float32")
            for port, shape in self.inputs.items()
        }


@dataclass(frozen=True)
class Outputs:
    """What `forward` returns where there is more than one value: outputs in port order, and new buffers."""

    values: tuple[Ref, ...]
    buffers: Mapping[str, Ref] = field(default_factory=dict)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(argument,))
@dataclass(frozen=True, kw_only=True)
class Layer:
    """A kind of node that ships. Subclass it in a family's file; the docstring is its help."""

    category: ClassVar[str]
    example: ClassVar[Example]
    formula: ClassVar[str] = ""
    """The layer's mathematics in one line of text, shown in the help."""
    keywords: ClassVar[tuple[str, ...]] = ()
    """Other names under which the search finds it (`Dense`, `fully connected`)."""
    inputs: ClassVar[tuple[str, ...]]
    """The input ports, read off `forward`; empty where the layer is variadic."""
    variadic: ClassVar[bool]
    """Whether the inputs are x1, x2, … as many as are wired."""
    outputs: ClassVar[tuple[str, ...]] = ("y",)
    derives_ports: ClassVar[bool] = False
    """Whether `ports_for` says what the ports are; `inputs` and `outputs` are then those of a new node."""
    arguments: ClassVar[tuple[Argument, ...]]
    tensor_names: ClassVar[frozenset[str]]
    """The keywords of `forward`, without `training`; where it takes any, those of the example."""
    names_tensors: ClassVar[bool] = False
    """Whether the arguments say how many tensors there are, and so what they are called."""
    reads_mode: ClassVar[bool]
    """Whether `forward` takes `training`."""
    gives_images: ClassVar[bool] = False
    """Whether what comes out has places behind batch and channels: images, or sequences."""
    takes_features: ClassVar[bool] = False
    """Whether the last axis is read as features, so that images are most likely to be flattened before."""
    shaping: ClassVar[frozenset[str]] = frozenset()
    """Arguments whose lists code writes out number by number, or that choose between two ways to write it:
    an expression for one is written as what it comes to."""
    structural: ClassVar[bool] = False
    """Whether the class alone cannot be run: the module that holds the node resolves it (a port), or it needs
    a file."""

    def __init_subclass__(cls, abstract: bool = False, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        nearest = [inspect.get_annotations(base) for base in cls.__mro__]
        fields = dataclasses.fields(cls)
        ordered = sorted(fields, key=lambda f: next(i for i, own in enumerate(nearest) if f.name in own))
        cls.arguments = tuple(read_argument(cls, f) for f in ordered)
        if abstract:
            return
        _read_ports(cls)
        _check_complete(cls)
        LAYERS[cls.__name__] = cls

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the inputs and outputs of a node with these arguments, as they stand in the design.

        A layer whose ports its arguments decide overrides it: an argument may be missing, an expression, or
        of no use, which gives as many ports as can be told. Call `layer_ports`.
        """
        return cls.inputs, cls.outputs

    def parameters(self, *inputs: Any, **unused: Any) -> Mapping[str, Tensor]:
        """The learnable tensors for inputs of these types."""
        return {}

    def buffers(self, *inputs: Any, **unused: Any) -> Mapping[str, Tensor]:
        """The tensors that are stored and not learnt."""
        return {}

    def forward(self, *inputs: Any, **tensors: Any) -> Ref | Outputs:
        """The layer in primitives: positionals are ports, keywords are parameters and buffers.

        A layer that changes nothing returns its input's own reference.
        """
        raise TypeError(f"{type(self).__name__} has no forward")

    def pytorch(self, *inputs: Any, **unused: Any) -> Spelling | None:
        """The layer's spelling in PyTorch; None where it is printed from its primitives.

        Called with fields as the user wrote them (Expressions among them), and types whose dimensions may be
        symbols, so it only passes values on.
        """
        return None

    def with_sizes(self, sizes: Mapping[str, Dim]) -> "Layer":
        """The layer with sizes put in for the symbols of its arguments, its texts of shapes included."""
        old = {spec.name: getattr(self, spec.name) for spec in self.arguments}
        new = {spec.name: with_sizes(spec, old[spec.name], sizes) for spec in self.arguments}
        return self if new == old else dataclasses.replace(self, **new)

    def trace(self, *inputs: Type, training: bool = False) -> "Traced":
        """Runs `forward` on references; ShapeError where the inputs do not fit."""
        trace = Trace()
        refs = tuple(trace.input(type_) for type_ in inputs)
        tensors = {**self.parameters(*inputs), **self.buffers(*inputs)}
        held = {name: trace.input(Type(tensor.shape, tensor.dtype)) for name, tensor in tensors.items()}
        result = self.apply(refs, held, training=training)
        return Traced(trace, refs, held, result)

    def apply(self, refs: tuple[Ref, ...], tensors: Mapping[str, Ref], *, training: bool) -> Outputs:
        """`forward` with the mode where it is read, its result always as `Outputs`."""
        mode: dict[str, Any] = {"training": training} if self.reads_mode else {}
        result = self.forward(*refs, **tensors, **mode)
        return result if isinstance(result, Outputs) else Outputs((result,))


@dataclass(frozen=True)
class Traced:
    """A layer's forward as a trace: which references are its inputs, its tensors and its results."""

    trace: Trace
    inputs: tuple[Ref, ...]
    tensors: Mapping[str, Ref]
    result: Outputs


def bind(kind: type[Layer], values: Mapping[str, Literal | Dim]) -> Layer:
    """A layer with its arguments checked; ArgumentError where one is missing, unknown or does not fit."""
    known = {spec.name: spec for spec in kind.arguments}
    for name in values:
        if name not in known:
            raise ArgumentError(name, tr("{kind} has no argument {name}", kind=kind.__name__, name=name))
    for spec in kind.arguments:
        if spec.required and spec.name not in values:
            raise ArgumentError(spec.name, tr("{kind} needs {spec}", kind=kind.__name__, spec=spec.name))
    return kind(**{name: check(known[name], value) for name, value in values.items()})


def layer_ports(kind: type[Layer], arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the inputs and outputs of a node of this kind; no inputs where the kind is variadic."""
    return kind.ports_for(arguments) if kind.derives_ports else (kind.inputs, kind.outputs)


def ports_of(layer: Layer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a layer's inputs and outputs; no inputs where it is variadic."""
    return layer_ports(type(layer), vars(layer) if layer.derives_ports else {})


def initial_arguments(kind: type[Layer]) -> dict[str, Literal]:
    """What a new node of this kind is given: initial values, and one for each argument without a default."""
    return {
        f.name: f.metadata["initial"] if f.metadata["initial"] is not None else kind.example.arguments[f.name]
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING or f.metadata["initial"] is not None
    }


def example_arrays(kind: type[Layer], generator: np.random.Generator) -> dict[str, np.ndarray[Any, Any]]:
    """Random inputs for the layer's example: normal, between 0.5 and 2, or integers below their bound."""
    return {port: _example_array(kind.example, port, generator) for port in kind.example.inputs}


def _example_array(example: Example, port: str, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    shape = example.inputs[port]
    if port in example.integers:
        return generator.integers(0, example.integers[port], shape)
    if port in example.probabilities:
        return generator.uniform(0.1, 0.9, shape)
    return generator.uniform(0.5, 2, shape) if port in example.positive else generator.normal(size=shape)


def _read_ports(cls: type[Layer]) -> None:
    parameters = list(inspect.signature(cls.forward).parameters.values())[1:]
    ports = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    cls.derives_ports = cls.ports_for.__func__ is not Layer.ports_for.__func__  # type: ignore[attr-defined]  # a class method's
    cls.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters) and not cls.derives_ports
    cls.inputs = tuple(p.name for p in ports)
    if cls.derives_ports:
        cls.inputs, cls.outputs = cls.ports_for(initial_arguments(cls))
    names = frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
    cls.reads_mode = "training" in names
    cls.tensor_names = names - {"training"}
    cls.names_tensors = any(p.kind is p.VAR_KEYWORD for p in parameters)


def _check_complete(cls: type[Layer]) -> None:
    name = cls.__name__
    signature = f"{name}("  # what a dataclass without a docstring is given as one
    if (cls.__doc__ or signature).startswith(signature):
        raise TypeError(f"{name}: a docstring is the palette's help; write one")
    if getattr(cls, "category", None) not in CATEGORIES:
        raise TypeError(f"{name}: category must be one of {', '.join(CATEGORIES)}")
    if "example" not in cls.__dict__:
        raise TypeError(f"{name}: an example is mandatory; tests and help use it")
    inputs, _ = layer_ports(cls, cls.example.arguments)
    if not cls.variadic and tuple(cls.example.inputs) != inputs:
        raise TypeError(
            f"{name}: the example's inputs {tuple(cls.example.inputs)} are not its ports {inputs}"
        )
    layer = bind(cls, cls.example.arguments)
    types = tuple(cls.example.types().values())
    made = {*layer.parameters(*types), *layer.buffers(*types)}
    if cls.names_tensors:
        cls.tensor_names |= made
    if not made <= cls.tensor_names:
        raise TypeError(f"{name}: forward does not take {', '.join(sorted(made - cls.tensor_names))}")


__all__ = [
    "CATEGORIES", "LAYERS", "Argument", "ArgumentError", "Example", "Layer", "Outputs", "ShapeError", "Size",
    "Sizes", "SizesOrWord", "Tensor", "Traced", "argument", "bind", "check", "example_arrays",
    "initial_arguments", "layer_ports", "ports_of",
]  # fmt: skip
