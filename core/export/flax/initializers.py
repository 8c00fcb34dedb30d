"""First values as linen's initializers."""

from typing import Any

from ...initial_kinds import values_of
from ...initialise import gain
from ...record import Initial
from ..values import literal

NEAR = "nn.initializers."
AS_DRAWN = ", in_axis=1, out_axis=0"
"""What is said of a tensor whose outputs stand in the first axis."""


def initializer(initial: Initial, turned: bool = True) -> str:
    """The text of an initializer; `turned` says that inputs stand before outputs, as linen has kernels.

    It draws from the key that it is given, whatever the seed.
    """
    values, axes = values_of(initial), "" if turned else AS_DRAWN
    if initial.kind == "uniform":
        bounds = f"{literal(values['low'])}, {literal(values['high'])}"
        return f"lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, {bounds})"
    text = _text(initial, values, axes)
    if not values.get("mean"):
        return text
    return f"lambda key, *shape: {literal(values['mean'])} + {text}(key, *shape)"


def _text(initial: Initial, values: dict[str, Any], axes: str) -> str:
    match initial.kind:
        case "zeros" | "ones":
            return NEAR + initial.kind
        case "constant":
            return f"{NEAR}constant({literal(values['value'])})"
        case "normal":
            return f"{NEAR}normal({literal(values['std'])})"
        case "truncated_normal":
            return _truncated(**values)
        case "orthogonal":
            return f"{NEAR}orthogonal({literal(values['gain']) if values['gain'] != 1 else ''})"
        case "xavier_uniform" if values["gain"] == 1:
            return f"{NEAR}xavier_uniform({axes.removeprefix(', ')})"
    return _scaled(initial.kind, values, axes)


def _truncated(mean: float, std: float, low: float, high: float) -> str:
    bounds = (low - mean) / std, (high - mean) / std
    told = "" if bounds == (-2.0, 2.0) else f", lower={literal(bounds[0])}, upper={literal(bounds[1])}"
    return f"{NEAR}truncated_normal({literal(std)}{told})"


def _scaled(kind: str, values: dict[str, Any], axes: str) -> str:
    """By the numbers of inputs and outputs; linen's own xavier_normal and he_normal cut the tails off."""
    family, _, distribution = kind.partition("_")
    mode = "fan_avg" if family == "xavier" else values["mode"]
    factor = values["gain"] if family == "xavier" else gain(values["nonlinearity"], values["a"])
    scale = round(factor**2, 12)
    return f'{NEAR}variance_scaling({literal(scale)}, "{mode}", "{distribution}"{axes})'
