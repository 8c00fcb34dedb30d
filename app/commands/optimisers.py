"""The options of a training that say how parameters follow their gradients."""

import argparse
from dataclasses import fields
from math import inf

from core.engine.clip import Clip
from core.engine.optimiser import SGD, Adam, AdamW, Optimiser, RMSprop
from core.text import tr

from .command import Refusal

OPTIMISERS: dict[str, type[Optimiser]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW, "rmsprop": RMSprop}

SETTINGS = ("rate", "momentum", "nesterov", "betas", "alpha", "centered", "eps", "weight_decay")
"""What the options may say of an optimiser; which of it one has, its fields tell."""


def declare_optimiser(parser: argparse.ArgumentParser) -> None:
    """Adds the options; those that are not given leave PyTorch's defaults."""
    add = parser.add_argument
    add("--optimiser", choices=tuple(OPTIMISERS), default="adam", help=tr("adam where not given"))
    add("--rate", type=real, metavar="R", help=tr("the learning rate"))
    add("--momentum", type=real, metavar="M", help=tr("of sgd and rmsprop; 0 where not given"))
    add("--nesterov", action="store_const", const=True, help=tr("sgd with Nesterov's momentum"))
    add(
        "--betas", type=part, nargs=2, metavar=("B1", "B2"),
        help=tr("how slowly adam's and adamw's averages follow; 0.9 0.999 where not given"),
    )  # fmt: skip
    add(
        "--alpha", type=part, metavar="A",
        help=tr("how slowly rmsprop's average follows; 0.99 where not given"),
    )  # fmt: skip
    add("--centered", action="store_const", const=True, help=tr("rmsprop by the gradient's variance"))
    add(
        "--eps", type=real, metavar="E",
        help=tr("added to what adam, adamw and rmsprop divide by; 1e-8 where not given"),
    )  # fmt: skip
    add("--weight-decay", type=real, metavar="D", help=tr("how strongly weights shrink"))
    add(
        "--clip-norm", type=_above_zero, default=inf, metavar="N",
        help=tr("scale gradients whose norm, over all parameters, is above this"),
    )  # fmt: skip
    add(
        "--clip-value", type=_above_zero, default=inf, metavar="V",
        help=tr("keep each gradient between -V and V, before the norm is taken"),
    )  # fmt: skip


def optimiser_of(options: argparse.Namespace) -> Optimiser:
    """The optimiser that the options say. Raises Refusal for a setting that it has not."""
    kind = OPTIMISERS[options.optimiser]
    own = {field.name for field in fields(kind)}
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    for name in given:
        if name not in own:
            having = ", ".join(each for each, other in OPTIMISERS.items() if _has(other, name))
            raise Refusal(
                tr("{option} is of {names}, not of {name}",
                   option=_option(name), names=having, name=options.optimiser)
            )  # fmt: skip
    if given.get("nesterov") and not given.get("momentum"):
        raise Refusal(tr("--nesterov needs a --momentum above 0"))
    if "betas" in given:
        given["betas"] = tuple(given["betas"])
    return kind(**given)


def clip_of(options: argparse.Namespace) -> Clip:
    """The bounds of gradients that the options say."""
    return Clip(norm=options.clip_norm, value=options.clip_value)


def _has(kind: type[Optimiser], name: str) -> bool:
    return name in {field.name for field in fields(kind)}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def real(text: str) -> float:
    """A number of at least 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < inf:
        raise argparse.ArgumentTypeError(tr("expected a number of at least 0, got {found}", found=text))
    return number


def part(text: str) -> float:
    """A number from 0 up to, but not including, 1."""
    if real(text) >= 1:
        raise argparse.ArgumentTypeError(tr("expected a part below 1, such as 0.2, got {found}", found=text))
    return real(text)


def _above_zero(text: str) -> float:
    if real(text) == 0:
        raise argparse.ArgumentTypeError(tr("expected a number above 0, got {found}", found=text))
    return real(text)
