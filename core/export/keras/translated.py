"""A PyTorch expression in keras.ops: the same tree under its names, for calls that keep no state."""

import ast
from collections.abc import Mapping
from typing import Any

from .. import translation

ALIKE = """
    abs exp log sqrt sin cos tan tanh sinh cosh arcsin arccos arctan maximum minimum where sum mean prod
    matmul stack square sign floor ceil round log1p expm1 zeros_like ones_like einsum cumsum tile roll
    logical_and logical_or logical_not logical_xor arctan2 log2 log10 isfinite isnan isinf reciprocal
    sigmoid softmax log_softmax flip argmax argmin logsumexp reshape squeeze
"""
"""Functions and methods that are called the same in both."""

OTHERS: Mapping[str, str] = {
    "cat": "concatenate",
    "amax": "max",
    "amin": "min",
    "pow": "power",
    "neg": "negative",
    "unsqueeze": "expand_dims",
    "permute": "transpose",
    "transpose": "swapaxes",
    "repeat_interleave": "repeat",
}
"""Functions and methods that keras.ops calls otherwise."""

NAMES: Mapping[str, str] = {**{name: name for name in ALIKE.split()}, **OTHERS}
"""What keras.ops calls functions and methods, whose arguments stand in the same order."""

ACTIVATIONS: Mapping[str, str] = {
    "F.relu": "relu",
    "F.relu6": "relu6",
    "F.sigmoid": "sigmoid",
    "F.silu": "silu",
    "F.softmax": "softmax",
    "F.log_softmax": "log_softmax",
    "F.leaky_relu": "leaky_relu",
    "F.elu": "elu",
    "F.selu": "selu",
    "F.mish": "mish",
    "F.softsign": "softsign",
    "F.hardsigmoid": "hard_sigmoid",
    "F.hardswish": "hard_silu",
    "F.logsigmoid": "log_sigmoid",
    "F.tanhshrink": "tanh_shrink",
    "F.gelu": "gelu",
}
"""What keras.ops calls the functions of torch.nn.functional."""

BY_AXIS = {
    "squeeze",
    "expand_dims",
    "flip",
    "argmax",
    "argmin",
    "sum",
    "mean",
    "max",
    "min",
    "prod",
    "cumsum",
}
"""Functions whose second argument is written as `axis=`."""

AT_ONCE = {"reshape", "transpose"}
"""Functions that are told their numbers as one tuple."""


def translated(template: str) -> str | None:
    """The template in Keras, with the same places and marks; None where something has no counterpart."""
    return translation.translated(template, _Translating())


class _Translating(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Attribute):
            raise translation.Untranslatable(ast.unparse(node.func))
        name = ast.unparse(node.func)
        given: list[ast.expr] = [self.visit(one) for one in node.args]
        keywords = translation.renamed(node.keywords, self)
        if name in ACTIVATIONS:
            return _called(ACTIVATIONS[name], given, _approximate(name, keywords))
        if name.partition(".")[0] in ("F", "nn", "math") or node.func.attr not in NAMES:
            raise translation.Untranslatable(name)
        if name.startswith("torch.") and name.count(".") > 1:
            raise translation.Untranslatable(name)
        if not name.startswith("torch."):
            given = [self.visit(node.func.value), *given]
        return self._arranged(NAMES[node.func.attr], given, keywords)

    @staticmethod
    def _arranged(function: str, given: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
        if function in AT_ONCE and len(given) != 2:
            given = [given[0], ast.Tuple(given[1:], ast.Load())]
        if function in BY_AXIS and len(given) == 2:
            keywords = [ast.keyword("axis", given[1]), *keywords]
            given = given[:1]
        if function == "roll" and len(given) == 3:
            keywords = [ast.keyword("axis", given[2]), *keywords]
            given = given[:2]
        return _called(function, given, keywords)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if node.attr != "shape" or ast.unparse(node).startswith(("torch.", "F.")):
            raise translation.Untranslatable(node.attr)
        return ast.Attribute(self.visit(node.value), node.attr, ast.Load())


def _approximate(name: str, keywords: list[ast.keyword]) -> list[ast.keyword]:
    if name != "F.gelu":
        return keywords
    return [ast.keyword("approximate", ast.Constant(translation.asks_for_tanh(keywords)))]


def _called(function: str, given: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
    return ast.Call(ast.parse(f"ops.{function}", mode="eval").body, given, keywords)
