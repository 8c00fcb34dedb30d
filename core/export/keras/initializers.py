"""Recipes for first values as Keras's initializers."""

from collections.abc import Mapping

from ...initialise import (
    Constant,
    Initialiser,
    KaimingNormal,
    KaimingUniform,
    Normal,
    Orthogonal,
    Seeded,
    TruncatedNormal,
    Uniform,
    XavierNormal,
    XavierUniform,
    gain,
)
from ...text import tr
from ..error import ExportError
from ..seeds import Generators
from ..values import literal

FAR = 8.0
"""So many deviations from the mean nothing is ever drawn: a bound there is none."""

BY_FANS = (XavierUniform, XavierNormal, KaimingUniform, KaimingNormal)
"""What depends on how many numbers flow in and out."""

COUNTS_OTHERWISE = ("layers.MultiHeadAttention", "layers.DepthwiseConv2D")
"""Where Keras counts these numbers otherwise than we do."""

COPIES = ("layers.MultiHeadAttention", "layers.Bidirectional")
"""What makes several weights by copies of one initializer, which draw the same where that has a seed."""

INITIALIZED: Mapping[str, Mapping[str, str]] = {
    "layers.Dense": {"weight": "kernel", "bias": "bias"},
    **{f"layers.Conv{n}D": {"weight": "kernel", "bias": "bias"} for n in (1, 2, 3)},
    **{f"layers.Conv{n}DTranspose": {"weight": "kernel", "bias": "bias"} for n in (1, 2, 3)},
    "layers.DepthwiseConv2D": {"weight": "depthwise", "bias": "bias"},
    "layers.Embedding": {"weight": "embeddings"},
    **{f"layers.{n}Normalization": {"weight": "gamma", "bias": "beta"} for n in ("Batch", "Layer", "Group")},
    "layers.PReLU": {"weight": "alpha"},
}
"""What a layer's initializers are for, by our parameters."""

KEPT: Mapping[str, str] = {"depthwise": "kernel"}
"""What a layer calls a weight whose initializer has another name."""


def refused(name: str, *nodes: str) -> ExportError:
    """Why something cannot begin as is drawn."""
    return ExportError(tr("{name} is given first values that Keras has no initializer for", name=name), nodes)


def initializer(value: Initialiser, target: str, seeds: Generators) -> str | None:
    """The initializer of a layer's weight as text; None where Keras has none that draws as we do."""
    recipe = value.recipe if isinstance(value, Seeded) else value
    found = _call(recipe, target == "layers.Embedding")
    if found is None or (isinstance(recipe, BY_FANS) and target in COUNTS_OTHERWISE):
        return None
    if isinstance(value, Seeded) and target in COPIES:
        return None
    name, arguments = found
    seed = [f"seed={seeds.get(value.seed, value.seed)}"] if isinstance(value, Seeded) else []
    text = f"keras.initializers.{name}({', '.join([*arguments, *seed])})"
    return SHORT.get(text, text)


SHORT: Mapping[str, str] = {
    "keras.initializers.Zeros()": '"zeros"',
    "keras.initializers.Ones()": '"ones"',
    "keras.initializers.GlorotUniform()": '"glorot_uniform"',
    "keras.initializers.HeUniform()": '"he_uniform"',
    "keras.initializers.Orthogonal()": '"orthogonal"',
}
"""What Keras calls them in a word."""


def _call(value: Initialiser, turned: bool) -> tuple[str, list[str]] | None:
    match value:
        case Constant(value=0.0):
            return "Zeros", []
        case Constant(value=1.0):
            return "Ones", []
        case Constant(value=number):
            return "Constant", [literal(number)]
        case Uniform(low=low, high=high):
            return "RandomUniform", [literal(low), literal(high)]
        case Normal(mean=mean, deviation=deviation):
            return "RandomNormal", [f"mean={literal(mean)}"] * (mean != 0) + [f"stddev={literal(deviation)}"]
        case TruncatedNormal():
            return _truncated(value)
        case Orthogonal(gain=factor):
            return "Orthogonal", [] if factor == 1 else [f"gain={literal(factor)}"]
    return _scaled(value, turned)


def _truncated(value: TruncatedNormal) -> tuple[str, list[str]] | None:
    """Keras cuts at two deviations; bounds that are never reached are none."""
    low, high = (abs(bound - value.mean) / value.deviation for bound in (value.low, value.high))
    told = [f"mean={literal(value.mean)}"] * (value.mean != 0) + [f"stddev={literal(value.deviation)}"]
    if low == high == 2.0:
        return "TruncatedNormal", told
    return ("RandomNormal", told) if min(low, high) >= FAR else None


def _scaled(value: Initialiser, turned: bool) -> tuple[str, list[str]] | None:
    match value:
        case XavierUniform(gain=1.0):
            return "GlorotUniform", []
        case XavierUniform(gain=factor) | XavierNormal(gain=factor):
            mode, scale = "fan_avg", factor**2
        case KaimingUniform() | KaimingNormal():
            mode, scale = value.mode, round(gain(value.nonlinearity, value.a) ** 2, 12)
            if turned:
                mode = "fan_out" if mode == "fan_in" else "fan_in"
            if isinstance(value, KaimingUniform) and scale == 2 and mode == "fan_in":
                return "HeUniform", []
        case _:
            return None
    even = isinstance(value, XavierUniform | KaimingUniform)
    shape = "uniform" if even else "untruncated_normal"  # Keras's own normal ones are cut
    return "VarianceScaling", [f"scale={literal(scale)}", f'mode="{mode}"', f'distribution="{shape}"']
