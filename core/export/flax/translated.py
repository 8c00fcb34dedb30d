"""A PyTorch expression in jax: the same tree under jax's names, for calls that keep no state."""

import ast
from collections.abc import Mapping
from typing import Any

from .. import translation

ALIKE = """
    abs exp log sqrt sin cos tan tanh sinh cosh arcsin arccos arctan maximum minimum where sum mean
    matmul stack flip square sign floor ceil round log1p expm1 zeros_like ones_like einsum cumsum prod
    roll logical_and logical_or logical_not logical_xor arctan2 log2 log10 isfinite isnan isinf
"""
"""Functions that are called the same in both."""

FUNCTIONS: Mapping[str, str] = {
    **{f"torch.{name}": f"jnp.{name}" for name in ALIKE.split()},
    "torch.cat": "jnp.concatenate",
    "torch.amax": "jnp.max",
    "torch.amin": "jnp.min",
    "torch.pow": "jnp.power",
    "torch.clamp": "jnp.clip",
    "torch.unsqueeze": "jnp.expand_dims",
    "torch.sigmoid": "nn.sigmoid",
    "F.relu": "nn.relu",
    "F.relu6": "nn.relu6",
    "F.sigmoid": "nn.sigmoid",
    "F.silu": "nn.silu",
    "F.softmax": "nn.softmax",
    "F.log_softmax": "nn.log_softmax",
    "F.leaky_relu": "nn.leaky_relu",
    "F.elu": "nn.elu",
    "F.celu": "nn.celu",
    "F.selu": "nn.selu",
    "F.mish": "jax.nn.mish",
    "F.softsign": "nn.soft_sign",
    "F.hardsigmoid": "nn.hard_sigmoid",
    "F.hardswish": "nn.hard_swish",
    "F.logsigmoid": "nn.log_sigmoid",
    "F.gelu": "nn.gelu",
    "torch.softmax": "nn.softmax",
    "torch.log_softmax": "nn.log_softmax",
}
"""Functions whose arguments stand in the same order."""

METHODS: Mapping[str, str] = {
    "sum": "sum",
    "mean": "mean",
    "amax": "max",
    "amin": "min",
    "reshape": "reshape",
    "permute": "transpose",
    "transpose": "swapaxes",
    "squeeze": "squeeze",
}
"""Methods whose arguments stand in the same order."""

AS_FUNCTIONS: Mapping[str, str] = {
    "flip": "jnp.flip",
    "unsqueeze": "jnp.expand_dims",
    "abs": "jnp.abs",
    "exp": "jnp.exp",
    "sqrt": "jnp.sqrt",
    "pow": "jnp.power",
}
"""Methods that are functions in jax."""


def translated(template: str) -> str | None:
    """The template in jax, with the same places and marks; None where something has no counterpart."""
    return translation.translated(template, _Translating())


class _Translating(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> Any:
        name = ast.unparse(node.func)
        positional: list[ast.expr] = [self.visit(one) for one in node.args]
        keywords = translation.renamed(node.keywords, self)
        if name in ("F.gelu", "nn.gelu"):
            return self._gelu(positional, keywords)
        if name in FUNCTIONS:
            return ast.Call(_name(FUNCTIONS[name]), positional, keywords)
        if not isinstance(node.func, ast.Attribute) or name.partition(".")[0] in ("torch", "F", "nn", "math"):
            raise translation.Untranslatable(name)
        method, value = node.func.attr, self.visit(node.func.value)
        if method in AS_FUNCTIONS:
            return ast.Call(_name(AS_FUNCTIONS[method]), [value, *positional], keywords)
        if method not in METHODS:
            raise translation.Untranslatable(name)
        return ast.Call(ast.Attribute(value, METHODS[method], ast.Load()), positional, keywords)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if node.attr not in ("mT", "T", "shape") or ast.unparse(node).startswith(("torch.", "F.")):
            raise translation.Untranslatable(node.attr)
        return ast.Attribute(self.visit(node.value), node.attr, ast.Load())

    @staticmethod
    def _gelu(positional: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
        told = [ast.keyword("approximate", ast.Constant(translation.asks_for_tanh(keywords)))]
        return ast.Call(_name("nn.gelu"), positional, told)


def _name(dotted: str) -> ast.expr:
    return ast.parse(dotted, mode="eval").body
