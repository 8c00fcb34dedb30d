"""Equations of tensor products, as in bij,bjk->bik: how they are read, and what they are in primitives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .. import ops
from ..condition import agree
from ..dim import Dim, product, text
from ..expression import ExpressionError
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .argument import TextForm
from .demands import counted, real

REST = "…"
"""What `...` is kept as: any number of axes."""

Labelled = tuple[str, Ref]
"""A value with a letter for each of its axes."""


@dataclass(frozen=True)
class Equation:
    """The letters of each operand's axes and of the result's; `…` stands for any number of axes."""

    operands: tuple[str, ...]
    output: str

    def __str__(self) -> str:
        """As PyTorch, NumPy and Keras read it."""
        return f"{','.join(self.operands)}->{self.output}".replace(REST, "...")

    def at(self, ranks: Sequence[int]) -> "Equation":
        """The equation with letters in place of each `…` for operands of these numbers of axes."""
        more = [rank - len(axes) + 1 for axes, rank in zip(self.operands, ranks, strict=True) if REST in axes]
        letters = "".join(chr(ord("α") + i) for i in range(max(more, default=0)))
        spelled = [
            axes.replace(REST, letters[len(letters) - (rank - len(axes) + 1) :])
            for axes, rank in zip(self.operands, ranks, strict=True)
        ]
        return Equation(tuple(spelled), self.output.replace(REST, letters))


def read(source: str) -> Equation:
    """The equation that a text spells; ExpressionError with the column where it spells none."""
    left, arrow, right = source.partition("->")
    if not arrow:
        raise ExpressionError(tr("an equation is written as in bij,bjk->bik"), len(source))
    operands: list[str] = []
    start = 0
    for part in left.split(","):
        operands.append(_axes(part, start))
        start += len(part) + 1
    output = _axes(right, len(left) + len(arrow))
    for letter in output:
        if not any(letter in operand for operand in operands):
            shown = "..." if letter == REST else letter
            column = source.index(shown, len(left) + len(arrow))
            raise ExpressionError(tr("{letter} is an axis of no input", letter=shown), column)
    return Equation(tuple(operands), output)


def read_dense(source: str) -> Equation:
    """An equation of one input and one weight, whose axes each have a letter."""
    equation = read(source)
    if len(equation.operands) != 2 or REST in equation.operands[1]:
        raise ExpressionError(tr("an input and a weight are expected, as in abc,cd->abd"), 0)
    return equation


EQUATION = TextForm(read, lambda source: ())
DENSE_EQUATION = TextForm(read_dense, lambda source: ())


def _axes(part: str, start: int) -> str:
    axes = ""
    for column, sign in enumerate(part.replace("...", f"{REST}  ", 1), start):
        if sign == " ":
            continue
        if sign != REST and not (sign.isascii() and sign.isalpha()):
            raise ExpressionError(tr("an axis is a letter, or ... for any number of axes"), column)
        if sign in axes:
            raise ExpressionError(tr("{letter} stands twice for one tensor", letter=sign), column)
        axes += sign
    return axes


def check_axes(port: str, x: Ref | Type, axes: str) -> Type:
    """The input's type; ShapeError where it does not have the axes that the equation names."""
    type_ = real(port, x)
    least, open_ = len(axes.replace(REST, "")), REST in axes
    if type_.rank < least or (type_.rank > least and not open_):
        shown = axes.replace(REST, "...")
        expected = tr("at least {axes}", axes=counted(least, "axis")) if open_ else counted(least, "axis")
        raise ShapeError(
            port, tr("expected {expected} ({shown}), got {x}", expected=expected, shown=shown, x=type_)
        )
    return type_


def einsum(equation: Equation, xs: Mapping[str, Ref]) -> Ref:
    """The products of the operands' elements, summed over the letters that the output has not.

    The operands go by the ports at which their sizes are refused. Two at a time, the first first: what both
    have and the rest has not is the inner axis of a matrix product.
    """
    for (port, x), axes in zip(xs.items(), equation.operands, strict=True):
        check_axes(port, x, axes)
    full = equation.at([len(x.shape) for x in xs.values()])
    _check_sizes(full, xs)
    labelled = list(zip(full.operands, xs.values(), strict=True))
    current = labelled[0]
    for place, other in enumerate(labelled[1:], 2):
        current = _product(current, other, {*full.output}.union(*full.operands[place:]))
    return _arranged(_summed(current, full.output), full.output)


def _check_sizes(equation: Equation, xs: Mapping[str, Ref]) -> None:
    known: dict[str, tuple[Dim, str]] = {}
    for (port, x), axes in zip(xs.items(), equation.operands, strict=True):
        for letter, size in zip(axes, x.shape, strict=True):
            wanted, first = known.setdefault(letter, (size, port))
            if not agree(size, wanted):
                shown = letter if letter.isascii() else "..."
                raise ShapeError(
                    port,
                    tr(
                        "expected {wanted} along {letter} like {first}, got {size} ({x})",
                        wanted=text(wanted),
                        letter=shown,
                        first=first,
                        size=text(size),
                        x=x.type,
                    ),
                )


def _summed(one: Labelled, kept: Collection[str]) -> Labelled:
    axes, x = one
    gone = [place for place, letter in enumerate(axes) if letter not in kept]
    return ("".join(letter for letter in axes if letter in kept), ops.sum(x, gone)) if gone else one


def _arranged(one: Labelled, wanted: str) -> Ref:
    axes, x = one
    return x if axes == wanted else ops.permute(x, [axes.index(letter) for letter in wanted])


def _product(a: Labelled, b: Labelled, kept: Collection[str]) -> Labelled:
    a, b = _summed(a, {*kept, *b[0]}), _summed(b, {*kept, *a[0]})
    batch = "".join(letter for letter in a[0] if letter in b[0] and letter in kept)
    inner = "".join(letter for letter in a[0] if letter in b[0] and letter not in kept)
    left = "".join(letter for letter in a[0] if letter not in b[0])
    right = "".join(letter for letter in b[0] if letter not in a[0])
    sizes = dict(zip(a[0] + b[0], (*a[1].shape, *b[1].shape), strict=True))

    def of(letters: str) -> tuple[Dim, ...]:
        return tuple(sizes[letter] for letter in letters)

    first, second = _arranged(a, batch + left + inner), _arranged(b, batch + inner + right)
    if not inner:
        first = ops.reshape(first, (*of(batch + left), *(1,) * len(right)))
        second = ops.reshape(second, (*of(batch), *(1,) * len(left), *of(right)))
        return batch + left + right, ops.multiply(first, second)
    rows, columns = product(of(left)), product(of(right))
    first = ops.reshape(first, (*of(batch), rows, product(of(inner))))
    second = ops.reshape(second, (*of(batch), product(of(inner)), columns))
    return batch + left + right, ops.reshape(ops.matmul(first, second), of(batch + left + right))
