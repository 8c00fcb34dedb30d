"""Numbers of classes in an argument's text: how much each class counts."""

from math import isfinite
from typing import Any

from .. import ops
from ..condition import agree
from ..dim import Dim, text
from ..expression import ExpressionError
from ..ops.primitive import Ref
from ..text import tr
from .argument import TextForm
from .layer import ArgumentError


def numbers_in(listed: str) -> tuple[float, ...]:
    """The numbers of a text with commas between them. ExpressionError where one is none."""
    if not listed.strip():
        return ()
    found: list[float] = []
    column = 0
    for part in listed.split(","):
        try:
            number = float(part)
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            message = tr("expected numbers with commas between them, got {part}", part=repr(part))
            raise ExpressionError(message, column)
        found.append(number)
        column += len(part) + 1
    return tuple(found)


NUMBERS = TextForm(numbers_in, lambda source: ())
"""How such a text is read."""

CLASS_HELP = "How much each class counts, with commas between them (1, 1, 5); empty counts all alike"
"""What the inspector says where there is a number for each class."""

LAST_HELP = "How much each class counts, along the last axis (1, 1, 5), or one number for all; empty is 1"
"""What it says where one number may stand for all of them."""


def each_class(argument: str, listed: str, classes: Dim) -> tuple[float, ...]:
    """The numbers of a text, one a class, or none. ArgumentError where there is another number of them."""
    numbers = numbers_in(listed)
    if numbers and not agree(len(numbers), classes):
        raise ArgumentError(
            argument,
            tr(
                "expected a number for each of the {classes} classes, got {count}",
                classes=text(classes),
                count=len(numbers),
            ),
        )
    return numbers


def times_last(argument: str, listed: str, x: Ref) -> Ref:
    """x times the number of its class along the last axis, or times the only number there is."""
    numbers = numbers_in(listed)
    if len(numbers) == 1:
        return ops.scale(x, numbers[0])
    if not numbers:
        return x
    return ops.scale_along(x, each_class(argument, listed, x.shape[-1] if x.shape else 1), x.type.rank - 1)


def weight_text(listed: Any) -> str:
    """The numbers in PyTorch, as a tensor of x's element type; one of them without an axis."""
    several = not isinstance(listed, str) or "," in listed
    return f"{{x}}.new_tensor([{listed}])" if several else f"{{x}}.new_tensor({listed.strip()})"
