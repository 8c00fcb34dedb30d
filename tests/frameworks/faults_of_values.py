"""Faults of the weights' file: the right tensors with other numbers, as when they are stored wrongly."""

from collections.abc import Callable

import numpy as np

from core.initialise import Array
from tests.export.networks import Drawing
from tests.frameworks.faults_of_designs import drawn, looking, weighted, words
from tests.frameworks.planting import Design, Fault, Values, layer, part, row

Change = Callable[[Array], Array]


def changed(slot: str, change: Change) -> Callable[[Values], Values]:
    """One tensor is another of its shape; `slot` is the end of its name."""

    def new(values: Values) -> Values:
        (name,) = (one for one in values if one.endswith(slot))
        array = np.ascontiguousarray(change(values[name]))
        assert array.shape == values[name].shape
        return {name: array}

    return new


def exchanged(one: str, other: str) -> Callable[[Values], Values]:
    """Two tensors of one shape each in the other's place."""
    return lambda values: {one: values[other], other: values[one]}


def blocks(count: int, *order: int) -> Change:
    """Equal parts of the first axis in another order."""

    def new(array: Array) -> Array:
        parts = np.split(array, count)
        return np.concatenate([parts[place] for place in order])

    return new


def transposed(array: Array) -> Array:
    """The first two axes exchanged."""
    return np.swapaxes(array, 0, 1)


def flipped(array: Array) -> Array:
    """The kernel the other way round, as a convolution in mathematics has it."""
    return array[:, :, ::-1, ::-1]


def turned(array: Array) -> Array:
    """The kernel's height for its width."""
    return np.swapaxes(array, 2, 3)


def shifted(array: Array) -> Array:
    """Each row in the place of the next."""
    return np.roll(array, 1, axis=0)


def one_off(array: Array) -> Array:
    """One number a little off."""
    array = array.copy()
    array.reshape(-1)[-1] += np.float32(1e-3)
    return array


def interleaved(array: Array) -> Array:
    """Channels by multiplier, then by group, where they are by group first."""
    return array.reshape(3, 2, *array.shape[1:]).swapaxes(0, 1).reshape(array.shape)


def dense(features: int = 5) -> Design:
    """Two layers of one size."""
    fc = part("Linear", out_features=features)
    return row("3, 5", one=fc, act=part("Tanh"), two=fc)


def norm() -> Design:
    """Normalisation with two vectors of weights and two of statistics."""
    return row("4, 3, 2, 2", norm=part("BatchNorm2d"))


def conv(kind: str = "Conv2d", **rest: object) -> Design:
    """A convolution whose weight is square in its channels and its kernel."""
    return row("2, 3, 5, 5", conv=part(kind, **{"out_channels": 3, "kernel_size": 3, **rest}))


def depthwise() -> Design:
    """Two filters for each channel."""
    return row("2, 3, 5, 5", conv=part("DepthwiseConv2d", kernel_size=3, depth_multiplier=2))


def cells(kind: str, **rest: object) -> Design:
    """A recurrent layer as wide as its input."""
    return layer(kind, {"x": (2, 3, 4)}, hidden_size=4, **rest)


def flattened() -> Design:
    """A layer behind what was an image."""
    return row("2, 3, 4, 4", flat=part("Flatten"), fc=part("Linear", out_features=3))


def rows_last(array: Array) -> Array:
    """A layer's inputs as an image with its channels last is flattened."""
    return array.reshape(3, 3, 4, 4).transpose(0, 2, 3, 1).reshape(3, 48)


def bilinear() -> Design:
    """A product of two inputs of one size."""
    drawing = Drawing("bilinear")
    drawing.node("x1", "Input", shape="3, 4")
    drawing.node("x2", "Input", shape="3, 4", order=1)
    drawing.node("product", "Bilinear", out_features=2)
    drawing.node("y", "Output")
    drawing.chain("x1", "product.x1", "y")
    drawing.wire("x2", "product.x2")
    return drawn(drawing)


def fault(name: str, right: Design, values: Callable[[Values], Values]) -> Fault:
    """Other values."""
    return Fault(name=name, right=right, values=values)


VALUES = [
    fault("a transposed square weight", dense(), changed("one/weight", transposed)),
    fault("a number a little off", dense(), changed("two/bias", one_off)),
    fault("two layers' weights exchanged", dense(), exchanged("one/weight", "two/weight")),
    fault("two layers' biases exchanged", dense(), exchanged("one/bias", "two/bias")),
    fault("a bias for the running mean", norm(), exchanged("norm/bias", "norm/running_mean")),
    fault("a scale for the running variance", norm(), exchanged("norm/weight", "norm/running_var")),
    fault("a scale for a shift", norm(), exchanged("norm/weight", "norm/bias")),
    fault("the mean for the variance", norm(), exchanged("norm/running_mean", "norm/running_var")),
    fault(
        "a scale for a shift of a layer norm",
        row("3, 5", norm=part("LayerNorm")),
        exchanged("norm/weight", "norm/bias"),
    ),
    fault("a flipped kernel", conv(), changed("conv/weight", flipped)),
    fault("a kernel with its axes exchanged", conv(), changed("conv/weight", turned)),
    fault("a kernel with its channels exchanged", conv(), changed("conv/weight", transposed)),
    fault("a transposed convolution's channels", conv("ConvTranspose2d"), changed("conv/weight", transposed)),
    fault(
        "a transposed convolution's kernel flipped", conv("ConvTranspose2d"), changed("conv/weight", flipped)
    ),
    fault("the order of depthwise filters", depthwise(), changed("conv/weight", interleaved)),
    fault(
        "the groups of a kernel",
        row("2, 4, 5, 5", conv=part("Conv2d", out_channels=4, kernel_size=3, groups=2)),
        changed("conv/weight", blocks(2, 1, 0)),
    ),
    fault("the columns behind a flattened image", flattened(), changed("fc/weight", rows_last)),
    fault("the rows of a table", words(), changed("table/weight", shifted)),
    fault("the gates of an LSTM", cells("LSTM"), changed("weight_ih_l0", blocks(4, 0, 2, 1, 3))),
    fault("the gates of an LSTM's state", cells("LSTM"), changed("weight_hh_l0", blocks(4, 0, 1, 3, 2))),
    fault("the gates of an LSTM's bias", cells("LSTM"), changed("bias_ih_l0", blocks(4, 1, 0, 2, 3))),
    fault("the gates of a GRU", cells("GRU"), changed("weight_hh_l0", blocks(3, 1, 0, 2))),
    fault("the two biases of a GRU", cells("GRU"), exchanged("layer/bias_ih_l0", "layer/bias_hh_l0")),
    fault("an RNN's two weights", cells("RNN"), exchanged("layer/weight_ih_l0", "layer/weight_hh_l0")),
    fault("a recurrent weight transposed", cells("RNN"), changed("weight_hh_l0", transposed)),
    fault(
        "the two directions",
        cells("LSTM", bidirectional=True),
        exchanged("layer/weight_ih_l0", "layer/weight_ih_l0_reverse"),
    ),
    fault(
        "two levels of a stack",
        cells("GRU", num_layers=2),
        exchanged("layer/weight_ih_l0", "layer/weight_ih_l1"),
    ),
    fault("the queries' rows for the keys'", looking(), changed("in_proj_weight", blocks(3, 1, 0, 2))),
    fault("the keys' rows for the values'", looking(), changed("in_proj_weight", blocks(3, 0, 2, 1))),
    fault("heads in another order", looking(), changed("in_proj_weight", blocks(6, 1, 0, 2, 3, 4, 5))),
    fault("attention's last weight transposed", looking(), changed("out_proj_weight", transposed)),
    fault("a learnt matrix transposed", weighted("Parameter"), changed("value", transposed)),
    fault("a stored matrix transposed", weighted("Constant"), changed("value", transposed)),
    fault(
        "the sides of a bilinear product", bilinear(), changed("product/weight", lambda w: w.swapaxes(1, 2))
    ),
]
