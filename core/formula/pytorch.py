"""A formula as a person writes it in PyTorch: the same tree under torch's names."""

import ast
import re
from collections.abc import Mapping
from typing import Final

from ..ops.primitive import Ref
from .syntax import function_of, given, read
from .trace import Found, Tracing

_ONE: Final[Mapping[str, str]] = {
    "relu": "F.relu", "gelu": "F.gelu", "silu": "F.silu", "softplus": "F.softplus",
}  # fmt: skip
"""Functions of one tensor that torch itself does not have under NumPy's name."""

_REDUCTIONS: Final[Mapping[str, str]] = {
    "sum": "torch.sum", "mean": "torch.mean", "max": "torch.amax", "min": "torch.amin",
}  # fmt: skip

_EXPONENT: Final = re.compile(r"(\de)([+-]?)0*(\d+)")


def spelled(source: str, found: Mapping[ast.expr, Found]) -> str:
    """The formula in PyTorch with `{name}` for each value; `found` is what a trace of it came to."""
    text = ast.unparse(ast.fix_missing_locations(_Printing(found).printed(read(source))))
    return _EXPONENT.sub(lambda e: f"{e[1]}{e[2].replace('+', '')}{e[3]}", text)


def traced_and_spelled(source: str, values: Mapping[str, Ref]) -> str:
    """The formula in PyTorch for values of these types."""
    return spelled(source, Tracing(source, values).found)


class _Printing:
    def __init__(self, found: Mapping[ast.expr, Found]) -> None:
        self.found = found

    def printed(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name(id=name):
                return ast.Name(id=f"{{{name}}}")
            case ast.Constant():
                return node
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return ast.Tuple(elts=[self.printed(part) for part in parts])
            case ast.Slice(lower=lower, upper=upper, step=step):
                bounds = (None if bound is None else self.printed(bound) for bound in (lower, upper, step))
                return ast.Slice(*bounds)
            case ast.Subscript(value=value, slice=index):
                return ast.Subscript(value=self.printed(value), slice=self.printed(index))
            case ast.Call():
                return self._called(function_of(node), given(node))
        return self._operation(node)

    def _operation(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.UnaryOp(op=sign, operand=operand):
                return ast.UnaryOp(op=sign, operand=self.printed(operand))
            case ast.BinOp(left=left, op=sign, right=right):
                return ast.BinOp(left=self.printed(left), op=sign, right=self.printed(right))
            case ast.Compare(left=left, ops=signs, comparators=others):
                return ast.Compare(
                    left=self.printed(left), ops=signs, comparators=[self.printed(one) for one in others]
                )
            case ast.Attribute(value=value, attr="T") if self._rank(value) != 2:
                return self._turned(value)
        assert isinstance(node, ast.Attribute)
        return ast.Attribute(value=self.printed(node.value), attr=node.attr)

    # Functions

    def _called(self, name: str, parts: Mapping[str, ast.expr]) -> ast.expr:
        if name in _REDUCTIONS:
            return _call(_REDUCTIONS[name], self.printed(parts["x"]), **self._along(parts))
        match name:
            case "maximum" | "minimum":
                return self._extreme(name, parts["a"], parts["b"])
            case "matmul" | "power":
                sign = ast.MatMult() if name == "matmul" else ast.Pow()
                return ast.BinOp(left=self.printed(parts["a"]), op=sign, right=self.printed(parts["b"]))
            case "where":
                return self._where(parts)
            case "concatenate":
                return self._concatenated(parts)
            case "softmax" | "log_softmax":
                along = parts.get("axis", ast.Constant(value=-1))
                return _call(f"torch.{name}", self.printed(parts["x"]), dim=self.printed(along))
        return self._one(name, parts)

    def _one(self, name: str, parts: Mapping[str, ast.expr]) -> ast.expr:
        x = self.printed(parts["x"])
        if not isinstance(self.found[parts["x"]], Ref):
            return _call(f"math.{name}" if name != "abs" else "abs", x)
        match name:
            case "transpose" if "axes" not in parts or isinstance(parts["axes"], ast.Constant):
                return self._turned(parts["x"])
            case "transpose":
                return _call(ast.Attribute(value=x, attr="permute"), *self._items(parts["axes"]))
            case "swapaxes":
                return _call("torch.swapaxes", x, self.printed(parts["axis1"]), self.printed(parts["axis2"]))
            case "reshape":
                return _call(ast.Attribute(value=x, attr="reshape"), *self._items(parts["shape"]))
        return _call(_ONE.get(name, f"torch.{name}"), x)

    def _items(self, node: ast.expr) -> list[ast.expr]:
        parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
        return [self.printed(part) for part in parts]

    def _along(self, parts: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
        """`dim` and `keepdim`; all axes are named where they stay."""
        found: dict[str, ast.expr] = {}
        keeps = "keepdims" in parts and self.found[parts["keepdims"]] is True
        axis = self.found[parts["axis"]] if "axis" in parts else None
        if axis is not None:
            found["dim"] = self.printed(parts["axis"])
        elif keeps:
            found["dim"] = ast.Tuple(elts=[ast.Constant(value=i) for i in range(self._rank(parts["x"]))])
        return {**found, "keepdim": ast.Constant(value=True)} if keeps else found

    def _extreme(self, name: str, a: ast.expr, b: ast.expr) -> ast.expr:
        tensors = [part for part in (a, b) if isinstance(self.found[part], Ref)]
        if len(tensors) == 2:
            return _call(f"torch.{name}", self.printed(a), self.printed(b))
        number = b if tensors[0] is a else a
        bound = {"min" if name == "maximum" else "max": self.printed(number)}
        return _call("torch.clamp", self.printed(tensors[0]), **bound)

    def _where(self, parts: Mapping[str, ast.expr]) -> ast.expr:
        condition, a, b = parts["condition"], parts["a"], parts["b"]
        first = self._chosen(a)
        if not isinstance(self.found[a], Ref) and not isinstance(self.found[b], Ref):
            # Two bare numbers would be of torch's default type, whatever the tensors are.
            first = _call("torch.full_like", self.printed(self._compared(condition)), first)
        return _call("torch.where", self.printed(condition), first, self._chosen(b))

    def _chosen(self, node: ast.expr) -> ast.expr:
        found = self.found[node]
        return ast.Constant(value=float(found)) if type(found) is int and found >= 0 else self.printed(node)

    def _compared(self, condition: ast.expr) -> ast.expr:
        assert isinstance(condition, ast.Compare), "a condition is a comparison"
        return condition.left if isinstance(self.found[condition.left], Ref) else condition.comparators[0]

    def _concatenated(self, parts: Mapping[str, ast.expr]) -> ast.expr:
        along = parts.get("axis", ast.Constant(value=0))
        xs: ast.expr = ast.List(elts=self._items(parts["arrays"]))
        return _call("torch.cat", xs, dim=self.printed(along))

    def _turned(self, x: ast.expr) -> ast.expr:
        order = [ast.Constant(value=axis) for axis in reversed(range(self._rank(x)))]
        return _call(ast.Attribute(value=self.printed(x), attr="permute"), *order)

    def _rank(self, node: ast.expr) -> int:
        found = self.found[node]
        assert isinstance(found, Ref)
        return found.type.rank


def _call(function: str | ast.expr, *arguments: ast.expr, **keywords: ast.expr) -> ast.Call:
    named = [ast.keyword(arg=name, value=value) for name, value in keywords.items()]
    target = ast.Name(id=function) if isinstance(function, str) else function
    return ast.Call(func=target, args=list(arguments), keywords=named)
