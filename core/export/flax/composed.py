"""Prints a layer's primitives as a linen module, for layers that Flax has no word for."""

from ...initialise import (
    Constant,
    FanInUniform,
    FirstAxisUniform,
    Initialiser,
    Normal,
    Sinusoids,
    Uniform,
    XavierUniform,
)
from ...layers.layer import Tensor
from ..composed import Composed
from ..format import Item, Line, statement
from ..primitive_class import Parts, PrimitivePrinter, Use
from ..values import literal, written
from .primitives import parts

IMAGE = 4
"""What has so many axes or more is an image, or several."""

STATISTICS = ("mean", "var", "running_mean", "running_var", "num_batches_tracked")
"""What buffers are called that training renews; all others are constants."""


def collection(name: str, is_learnt: bool) -> str:
    """The collection of variables in which a tensor of that path is kept."""
    if is_learnt:
        return "params"
    return "batch_stats" if name.rpartition(".")[2] in STATISTICS else "constants"


class FlaxPrimitives(PrimitivePrinter):
    """A class of primitives in linen."""

    base = "nn.Module"
    forward = "__call__"
    training = "self.train"

    def __init__(self, one: Composed) -> None:
        self.one = one
        self.learnt = {one.attributes[name] for name in one.learnt}

    def parts(self, use: Use) -> Parts:
        """The templates of a primitive's results."""
        return parts(use)

    def constructor(self, one: Composed) -> list[Line]:
        """Fields for what the class is told, then setup for its tensors."""
        lines = [Line(f"    {name}: int") for name in one.given.values()]
        lines += [Line("    train: bool = False")] if one.training is not None else []
        tensors = [line for name, tensor in one.tensors.items() for line in self.tensor(one, name, tensor)]
        if tensors:
            lines += [*([Line("")] if lines else []), Line("    def setup(self):"), *tensors]
        return lines

    def constructor_head(self, given: tuple[Item, ...]) -> list[Line]:
        """Nothing: fields need no lines of their own."""
        return []

    def tensor(self, one: Composed, name: str, tensor: Tensor) -> list[Line]:
        """A parameter, or a variable of another collection."""
        attribute = one.attributes[name]
        names = {size: f"self.{given}" for size, given in one.given.items()}
        first, shape = first_values(tensor), written(tensor.shape, names)
        if name in one.learnt:
            return statement(f'self.{attribute} = self.param("{attribute}", {first}, {shape})', 2)
        kept = collection(attribute, False)
        start = drawn(first, shape)
        return statement(f'self.{attribute} = self.variable("{kept}", "{attribute}", {start})', 2)

    def renewed(self, attribute: str, value: str) -> str:
        """Puts a new value into a variable."""
        return f"self.{attribute}.value = {value}"

    def held(self, attribute: str) -> str:
        """A parameter is an array, a variable holds one."""
        return f"self.{attribute}" if attribute in self.learnt else f"self.{attribute}.value"


class ChannelsFirst(FlaxPrimitives):
    """A class that takes images with channels last: what is written for channels first is its own method."""

    forward = "channels_first"

    def lines(self, one: Composed) -> list[Line]:
        """The class's lines."""
        names = tuple(one.inputs.values())
        given = [_turned(name, rank, "-1, 1") for name, rank in zip(names, one.ranks[0], strict=True)]
        call = f"self.channels_first({', '.join(given)})"
        lines = [*super().lines(one), Line(""), Line(f"    def __call__({', '.join(['self', *names])}):")]
        results = one.ranks[1]
        if len(results) == 1:
            return [*lines, *statement(f"return {_turned(call, results[0], '1, -1')}", 2)]
        several = [f"y{place + 1}" for place in range(len(results))]
        ends = [_turned(name, rank, "1, -1") for name, rank in zip(several, results, strict=True)]
        lines += statement(f"{', '.join(several)} = {call}", 2)
        return [*lines, *statement(f"return {', '.join(ends)}", 2)]


def turns(one: Composed) -> bool:
    """Whether it is another thing to have channels last or first."""
    ranks = {rank for several in one.ranks for rank in several}
    return max(ranks) >= IMAGE and not (len(ranks) == 1 and acts_on_each(one))


EACH_NUMBER = frozenset(
    (
        *("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "raise_to"),
        *("scale", "offset", "clamp", "at_least", "exp", "log", "sqrt", "sin", "cos", "absolute"),
        *("relu", "leaky_relu", "sigmoid", "tanh", "gelu", "silu", "elu", "softplus"),
        *("compare_number", "full_like"),
    )
)
"""Primitives that do the same with each number, wherever it stands."""


def acts_on_each(one: Composed) -> bool:
    """Whether a class of primitives does the same with each number."""
    bodies = [body for body in (one.evaluation, one.training) if body is not None]
    names = {step.primitive.name for body in bodies for step in body.steps}
    return not one.text and not one.tensors and names <= EACH_NUMBER


def _turned(text: str, rank: int, axes: str) -> str:
    return f"jnp.moveaxis({text}, {axes})" if rank >= IMAGE else text


SINUSOIDS = "lambda key, shape: sinusoids(*shape)"
"""First values that are a table of sines and cosines."""

PLAIN = {
    SINUSOIDS: "sinusoids{shape}",
    "nn.initializers.zeros": "jnp.zeros({shape})",
    "nn.initializers.ones": "jnp.ones({shape})",
}
"""First values that need no key, as they are written where they are a variable's."""


def drawn(first: str, shape: str) -> str:
    """What draws the first values of a variable when it is asked to."""
    plain = PLAIN.get(first)
    if plain is not None:
        return f"lambda: {plain.format(shape=shape)}"
    made = f"({first})" if first.startswith("lambda") else first
    return f'lambda: {made}(self.make_rng("params"), {shape})'


def first_values(tensor: Tensor) -> str:
    """What makes a tensor's first values from a key and a shape."""
    rank = len(tensor.shape)
    match tensor.initialiser:
        case Constant(value=0.0 | 1.0 as value):
            return f"nn.initializers.{'ones' if value else 'zeros'}"
        case Constant(value=value):
            return f"nn.initializers.constant({literal(value)})"
        case Sinusoids():
            return SINUSOIDS
        case Normal(mean=mean, deviation=deviation):
            normal = f"nn.initializers.normal({literal(deviation)})"
            return normal if mean == 0 else f"lambda key, shape: {literal(mean)} + {normal}(key, shape)"
        case XavierUniform() if rank > 1:
            return f"nn.initializers.xavier_uniform({AXES})"
    return _evenly(tensor.initialiser, rank)


def _evenly(initialiser: Initialiser, rank: int) -> str:
    match initialiser:
        case Uniform(low=0.0, high=1.0):
            return "jax.random.uniform"
        case Uniform(low=low, high=high):
            return (
                f"lambda key, shape: jax.random.uniform(key, shape, float, {literal(low)}, {literal(high)})"
            )
        case FanInUniform(fan_in=int(fan_in)):
            return _within(literal(round(fan_in**-0.5, 6)))
        case FirstAxisUniform():
            return _within("shape[0] ** -0.5") if rank else _within("1.0")
        case FanInUniform() if rank > 1:
            return f'nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform", {AXES})'
    return "nn.initializers.normal(1.0)"


AXES = "in_axis=1, out_axis=0"
"""The output's axis stands first in these tensors, the input's second."""


def _within(bound: str) -> str:
    return f"lambda key, shape: jax.random.uniform(key, shape, float, -({bound}), {bound})"
