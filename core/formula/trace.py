"""A formula in primitives: its tree walked once on references."""

import ast
from collections.abc import Callable, Mapping
from math import log
from typing import Any, Final

from .. import ops
from ..dim import Dim, Symbolic
from ..ops.primitive import Ref
from ..syntax import ExpressionError
from ..text import tr
from ..types import ShapeError
from . import numbers, shaping
from .shaping import axes_of, axis_of
from .syntax import function_of, given, read

Found = Any
"""A reference, a number, a size, a slice's place, or a tuple of these."""

_ELEMENTWISE: Final[Mapping[str, Callable[[Ref], Ref]]] = {
    "exp": ops.exp, "log": ops.log, "sqrt": ops.sqrt, "abs": ops.absolute, "tanh": ops.tanh,
    "sigmoid": ops.sigmoid, "relu": ops.relu, "gelu": ops.gelu, "silu": ops.silu, "sin": ops.sin,
    "cos": ops.cos, "softplus": lambda x: ops.softplus(x, 1.0, 20.0),
}  # fmt: skip

_REDUCTIONS: Final[Mapping[str, Callable[[Ref, tuple[int, ...], bool], Ref]]] = {
    "sum": ops.sum, "mean": ops.mean, "max": ops.max, "min": ops.min,
}  # fmt: skip

_SIGNS: Final[Mapping[str, str]] = {"maximum": "max", "minimum": "min", "matmul": "MatMult", "power": "Pow"}

_RELATIONS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal",
    ast.NotEq: "not_equal",
}  # fmt: skip

_MIRRORED: Final[Mapping[str, str]] = {
    "greater": "less", "less": "greater", "greater_equal": "less_equal", "less_equal": "greater_equal",
    "equal": "equal", "not_equal": "not_equal",
}  # fmt: skip


class Tracing:
    """Emits a formula's primitives for values by name; `found` keeps what each part of the tree came to.

    ShapeError where a part has no value at these types; its sentence names the part.
    """

    def __init__(self, source: str, values: Mapping[str, Ref]) -> None:
        self._source = source
        self._values = values
        self.found: dict[ast.expr, Found] = {}
        tree = read(source)
        result = self.value(tree)
        if not isinstance(result, Ref):
            raise ShapeError(None, tr("the formula reads no input and no parameter"))
        self.result = self._real(result, tree)

    def value(self, node: ast.expr) -> Found:
        """What the part comes to."""
        if node not in self.found:
            try:
                self.found[node] = self._value(node)
            except _Placed:
                raise
            except (ShapeError, ExpressionError) as error:
                port = error.port if isinstance(error, ShapeError) else None
                raise _Placed(
                    port, tr("{reason}, in {part}", reason=error.message, part=ast.unparse(node))
                ) from None
        return self.found[node]

    def _value(self, node: ast.expr) -> Found:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._values[name]
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return tuple([self.value(part) for part in parts])
            case ast.Attribute(value=value, attr=name):
                x = self._tensor(value)
                return ops.permute(x, shaping.order_of(x, None)) if name == "T" else x.shape
            case ast.Subscript(value=value, slice=index):
                return self._element(self.value(value), index)
            case ast.Call():
                return self._called(function_of(node), given(node), node.col_offset)
        return self._operation(node)

    def _operation(self, node: ast.expr) -> Found:
        match node:
            case ast.UnaryOp(operand=operand):
                x = self._operand(operand)
                return ops.scale(x, -1) if isinstance(x, Ref) else -x
            case ast.BinOp(left=left, op=sign, right=right):
                pair = self._operand(left), self._operand(right)
                return self._joined(type(sign).__name__, *pair, node.col_offset)
            case ast.Compare(left=left, ops=[relation], comparators=[right]):
                return self._compared(_RELATIONS[type(relation)], self._operand(left), self._operand(right))
        raise ShapeError(None, tr("this has no value"))

    # Operands

    def _operand(self, node: ast.expr) -> Ref | numbers.Number:
        x = self.value(node)
        if isinstance(x, Ref):
            return self._real(x, node)
        if isinstance(x, bool) or not isinstance(x, int | float | Symbolic):
            raise ShapeError(None, tr("expected a tensor or a number, got {part}", part=ast.unparse(node)))
        return x

    def _tensor(self, node: ast.expr) -> Ref:
        x = self.value(node)
        if not isinstance(x, Ref):
            raise ShapeError(None, tr("expected a tensor, got {part}", part=ast.unparse(node)))
        return self._real(x, node)

    def _real(self, x: Ref, node: ast.expr) -> Ref:
        if x.type.dtype == "bool":
            part = ast.unparse(node)
            raise ShapeError(
                None, tr("{part} is true or false; where({part}, 1, 0) makes numbers of it", part=part)
            )
        return x

    # Operators

    def _joined(self, sign: str, a: Found, b: Found, column: int) -> Found:
        if isinstance(a, Ref) and isinstance(b, Ref):
            return self._of_tensors(sign, a, b)
        if isinstance(a, Ref):
            return self._before_number(sign, a, _float(b))
        if isinstance(b, Ref):
            return self._behind_number(sign, _float(a), b)
        if sign in ("max", "min"):
            raise ShapeError(None, tr("at least one of the two is a tensor"))
        return numbers.joined(sign, a, b, column)

    def _of_tensors(self, sign: str, a: Ref, b: Ref) -> Ref:
        if sign == "MatMult":
            return shaping.matrix_product(a, b)
        operations = {
            "Add": ops.add, "Sub": ops.subtract, "Mult": ops.multiply, "Div": ops.divide, "Pow": ops.raise_to,
            "max": ops.maximum, "min": ops.minimum,
        }  # fmt: skip
        return operations[_tensor_sign(sign)](a, b)

    def _before_number(self, sign: str, x: Ref, number: float) -> Ref:
        match _tensor_sign(sign):
            case "Add":
                return ops.offset(x, number)
            case "Sub":
                return ops.offset(x, -number)
            case "Mult":
                return ops.scale(x, number)
            case "Div":
                if number == 0:
                    raise ShapeError(None, tr("this divides by 0"))
                return ops.scale(x, 1 / number)
            case "Pow":
                return ops.power(x, number)
            case "max":
                return ops.clamp(x, low=number)
            case "min":
                return ops.clamp(x, high=number)
        raise ShapeError(None, tr("a number has no rows or columns"))

    def _behind_number(self, sign: str, number: float, x: Ref) -> Ref:
        match sign:
            case "Sub":
                return ops.offset(ops.scale(x, -1), number)
            case "Div":
                return ops.divide(ops.full_like(x, number), x)
            case "Pow" if number > 0:
                return ops.exp(ops.scale(x, log(number)))
            case "Pow":
                return ops.raise_to(ops.full_like(x, number), x)
        return self._before_number(sign, x, number)

    def _compared(self, relation: str, a: Found, b: Found) -> Ref:
        if isinstance(a, Ref) and isinstance(b, Ref):
            return ops.compare(a, b, relation)
        if isinstance(a, Ref):
            return ops.compare_number(a, _float(b), relation)
        if isinstance(b, Ref):
            return ops.compare_number(b, _float(a), _MIRRORED[relation])
        raise ShapeError(None, tr("at least one of the two is a tensor"))

    # Functions

    def _called(self, name: str, parts: Mapping[str, ast.expr], column: int) -> Found:
        if name in _ELEMENTWISE:
            x = self._operand(parts["x"])
            return _ELEMENTWISE[name](x) if isinstance(x, Ref) else numbers.applied(name, x, column)
        if name in _SIGNS:
            return self._joined(_SIGNS[name], self._operand(parts["a"]), self._operand(parts["b"]), column)
        if name == "where":
            return self._where(parts)
        if name == "concatenate":
            return self._concatenated(parts)
        return self._of_axes(name, self._tensor(parts["x"]), {k: v for k, v in parts.items() if k != "x"})

    def _of_axes(self, name: str, x: Ref, parts: Mapping[str, ast.expr]) -> Ref:
        found = {key: self.value(part) for key, part in parts.items()}
        if name in _REDUCTIONS:
            keep = found.get("keepdims", False)
            if not isinstance(keep, bool):
                raise ShapeError(None, tr("keepdims is True or False"))
            return _REDUCTIONS[name](x, axes_of(x, found.get("axis")), keep)
        match name:
            case "softmax":
                return ops.softmax(x, axis_of(x, found.get("axis", -1)))
            case "log_softmax":
                return ops.log_softmax(x, axis_of(x, found.get("axis", -1)))
            case "transpose":
                return ops.permute(x, shaping.order_of(x, found.get("axes")))
            case "swapaxes":
                return ops.permute(x, shaping.swapped(x, found["axis1"], found["axis2"]))
        return ops.reshape(x, shaping.completed(x, found["shape"]))

    def _where(self, parts: Mapping[str, ast.expr]) -> Ref:
        condition = self.value(parts["condition"])
        if not isinstance(condition, Ref) or condition.type.dtype != "bool":
            raise ShapeError(None, tr("expected a comparison as the condition, such as x > 0"))
        a, b = self._operand(parts["a"]), self._operand(parts["b"])
        like = next((x for x in (a, b) if isinstance(x, Ref)), None)
        if like is None:
            like = self._compared_tensor(parts["condition"])
        first, second = (x if isinstance(x, Ref) else ops.full_like(like, _float(x)) for x in (a, b))
        return ops.where(condition, first, second)

    def _compared_tensor(self, condition: ast.expr) -> Ref:
        for node in ast.walk(condition):
            found = self.found.get(node) if isinstance(node, ast.expr) else None
            if isinstance(found, Ref) and found.type.dtype != "bool":
                return found
        raise ShapeError(None, tr("at least one of the two is a tensor"))

    def _concatenated(self, parts: Mapping[str, ast.expr]) -> Ref:
        node = parts["arrays"]
        if not isinstance(node, ast.Tuple | ast.List) or not node.elts:
            raise ShapeError(None, tr("concatenate takes a tuple, as in concatenate((a, b), axis=-1)"))
        xs = [self._tensor(part) for part in node.elts]
        if len({x.type.rank for x in xs}) > 1:
            shapes = ", ".join(str(x.type) for x in xs)
            raise ShapeError(None, tr("expected as many axes of each, got {shapes}", shapes=shapes))
        axis = self.value(parts["axis"]) if "axis" in parts else 0
        return ops.concat(*xs, axis=axis_of(xs[0], axis))

    # Elements

    def _element(self, x: Found, index: ast.expr) -> Found:
        if isinstance(x, Ref):
            picked = index.elts if isinstance(index, ast.Tuple) else [index]
            return shaping.picked(self._real(x, index), [self._place(part) for part in picked])
        place = self.value(index)
        if not isinstance(x, tuple) or isinstance(place, bool) or not isinstance(place, int):
            raise ShapeError(None, tr("expected a tensor, or a shape and a whole number"))
        if not -len(x) <= place < len(x):
            raise ShapeError(None, tr("there is no axis {place} among {count}", place=place, count=len(x)))
        return x[place]

    def _place(self, node: ast.expr) -> Any:
        if not isinstance(node, ast.Slice):
            return self.value(node)
        bounds = (node.lower, node.upper, node.step)
        return slice(*[None if bound is None else self.value(bound) for bound in bounds])


class _Placed(ShapeError):
    """A fault whose sentence already names its part."""


def _tensor_sign(sign: str) -> str:
    if sign == "FloorDiv":
        raise ShapeError(None, tr("// is for sizes alone; / would fit"))
    return sign


def _float(number: Dim | float) -> float:
    return numbers.UNKNOWN if isinstance(number, Symbolic) else float(number)
