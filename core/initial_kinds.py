"""The kinds of first values that a parameter can be given, their settings, and the recipe each comes to."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .initialise import (
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
)
from .layers.argument import ArgumentError
from .record import Initial
from .text import tr

DEFAULT = "default"
"""The kind that gives a parameter the layer's own first values, whatever stands around it."""

SEED = "seed"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A number or a choice that a kind takes; `above` is a number's bound, which it does not reach."""

    name: str
    default: int | float | str
    help: str
    above: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A way to get first values. `recipe` takes the settings by name.

    `axes` is how many a parameter must have at least.
    """

    name: str
    title: str
    help: str
    recipe: Callable[..., Initialiser]
    settings: tuple[Setting, ...] = ()
    axes: int = 0
    random: bool = True


def _normal(mean: float, std: float) -> Initialiser:
    return Normal(mean, std)


def _truncated(mean: float, std: float, low: float, high: float) -> Initialiser:
    return TruncatedNormal(mean, std, low, high)


_GAIN = Setting(name="gain", default=1.0, help="What the values are multiplied by")
_MEAN = Setting(name="mean", default=0.0, help="The mean")
_STD = Setting(name="std", default=1.0, help="The standard deviation", above=0)
_KAIMING = (
    Setting(name="a", default=0.0, help="The slope of a leaky ReLU below 0"),
    Setting(
        name="mode",
        default="fan_in",
        help="What keeps its size: values on the way forward (fan_in), or gradients back (fan_out)",
        choices=("fan_in", "fan_out"),
    ),
    Setting(
        name="nonlinearity",
        default="leaky_relu",
        help="The activation behind the layer",
        choices=("leaky_relu", "relu", "tanh", "selu", "sigmoid", "linear"),
    ),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name=DEFAULT,
            title="PyTorch's default",
            help="The layer's own first values, whatever stands around it",
            recipe=Constant,
            random=False,
        ),
        Kind(name="zeros", title="Zeros", help="0 everywhere", recipe=Constant, random=False),
        Kind(name="ones", title="Ones", help="1 everywhere", recipe=lambda: Constant(1.0), random=False),
        Kind(
            name="constant",
            title="Constant",
            help="One value everywhere",
            recipe=Constant,
            settings=(Setting(name="value", default=0.0, help="The value"),),
            random=False,
        ),
        Kind(
            name="uniform",
            title="Uniform",
            help="Evenly between two bounds",
            recipe=Uniform,
            settings=(
                Setting(name="low", default=0.0, help="The lower bound"),
                Setting(name="high", default=1.0, help="The upper bound"),
            ),
        ),
        Kind(name="normal", title="Normal", help="Normally", recipe=_normal, settings=(_MEAN, _STD)),
        Kind(
            name="truncated_normal",
            title="Truncated normal",
            help="Normally, without what lies outside two bounds",
            recipe=_truncated,
            settings=(
                _MEAN,
                _STD,
                Setting(name="low", default=-2.0, help="The least value"),
                Setting(name="high", default=2.0, help="The greatest value"),
            ),
        ),
        Kind(
            name="xavier_uniform",
            title="Xavier uniform",
            help="Evenly, so that values keep their size forward and back: Glorot & Bengio 2010",
            recipe=XavierUniform,
            settings=(_GAIN,),
            axes=2,
        ),
        Kind(
            name="xavier_normal",
            title="Xavier normal",
            help="Normally, so that values keep their size forward and back: Glorot & Bengio 2010",
            recipe=XavierNormal,
            settings=(_GAIN,),
            axes=2,
        ),
        Kind(
            name="kaiming_uniform",
            title="Kaiming uniform",
            help="Evenly, so that values keep their size through rectifiers: He et al. 2015",
            recipe=KaimingUniform,
            settings=_KAIMING,
            axes=2,
        ),
        Kind(
            name="kaiming_normal",
            title="Kaiming normal",
            help="Normally, so that values keep their size through rectifiers: He et al. 2015",
            recipe=KaimingNormal,
            settings=_KAIMING,
            axes=2,
        ),
        Kind(
            name="orthogonal",
            title="Orthogonal",
            help="A random matrix whose rows or columns are orthonormal: Saxe et al. 2014",
            recipe=Orthogonal,
            settings=(_GAIN,),
            axes=2,
        ),
    )
}
"""Every kind by name, in the order of menus."""


def settings_of(kind: str) -> tuple[Setting, ...]:
    """What a kind takes, the seed last where it is random; nothing for an unknown one."""
    found = KINDS.get(kind)
    if found is None:
        return ()
    seed = Setting(name=SEED, default=0, help="A seed of its own, which the run's does not change")
    return (*found.settings, seed) if found.random else found.settings


def checked(initial: Initial) -> Initial:
    """The same with floats where these are meant; ArgumentError where the kind or a setting does not fit."""
    if initial.kind not in KINDS:
        raise ArgumentError(
            "kind",
            tr("there are no first values {kind}; there are: {names}",
               kind=initial.kind, names=", ".join(KINDS)),
        )  # fmt: skip
    known = {setting.name: setting for setting in settings_of(initial.kind)}
    found: dict[str, int | float | str] = {}
    for name, value in initial.settings.items():
        if name not in known:
            raise ArgumentError(name, tr("{kind} has no setting {name}", kind=initial.kind, name=name))
        found[name] = _checked(known[name], value)
    _check_together(initial.kind, found)
    return Initial(initial.kind, found)


def _checked(setting: Setting, value: Any) -> int | float | str:
    name = setting.name
    if setting.choices:
        if value not in setting.choices:
            raise ArgumentError(
                name,
                tr("{name} is one of {choices}, got {value}",
                   name=name, choices=", ".join(setting.choices), value=repr(value)),
            )  # fmt: skip
        return str(value)
    if name == SEED:
        if type(value) is not int or not 0 <= value < 2**63:
            raise ArgumentError(
                name, tr("{name} is a whole number from 0 on, got {value}", name=name, value=repr(value))
            )
        return value
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ArgumentError(name, tr("{name} is a number, got {value}", name=name, value=repr(value)))
    if setting.above is not None and value <= setting.above:
        raise ArgumentError(
            name,
            tr("{name} is above {bound}, got {value}", name=name, bound=f"{setting.above:g}", value=value),
        )
    return float(value)


def _check_together(kind: str, given: Mapping[str, Any]) -> None:
    values = {setting.name: setting.default for setting in settings_of(kind)} | dict(given)
    low, high = values.get("low"), values.get("high")
    if isinstance(low, float) and isinstance(high, float) and low >= high:
        raise ArgumentError(
            "high", tr("high is above low, which is {low}, got {high}", low=f"{low:g}", high=f"{high:g}")
        )


def values_of(initial: Initial) -> dict[str, Any]:
    """Every setting of a checked one but its seed, defaults included."""
    own = {setting.name: setting.default for setting in KINDS[initial.kind].settings}
    return {name: initial.settings.get(name, default) for name, default in own.items()}


def recipe(initial: Initial) -> Initialiser:
    """What draws the values of a checked one that is no default."""
    drawn = KINDS[initial.kind].recipe(**values_of(initial))
    seed = seed_of(initial)
    return drawn if seed is None else Seeded(drawn, seed)


def seed_of(initial: Initial) -> int | None:
    """The seed of its own, if it has one."""
    seed = initial.settings.get(SEED)
    return seed if isinstance(seed, int) else None


def told(initial: Initial) -> str:
    """As a line of text: `normal, std 0.01`."""
    kind = KINDS.get(initial.kind)
    title = initial.kind if kind is None else tr(kind.title)
    shown = (f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
             for name, value in initial.settings.items())  # fmt: skip
    return ", ".join((title, *shown))
