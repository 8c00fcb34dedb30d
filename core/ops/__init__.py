"""Primitive operations; each is a function of references here."""

from .activation import gelu, leaky_relu, relu, sigmoid, silu, tanh
from .elementwise import absolute, add, divide, exp, log, maximum, multiply, offset, scale, sqrt, subtract
from .gather import gather, scatter_add
from .loss import cross_entropy
from .matrix import matmul
from .random import random_mask
from .reduce import broadcast_to, mean, sum, sum_to
from .shape import concat, pad, pad_edge, permute, reshape, slice
from .softmax import log_softmax, softmax

__all__ = [
    "absolute",
    "add",
    "broadcast_to",
    "concat",
    "cross_entropy",
    "divide",
    "exp",
    "gather",
    "gelu",
    "leaky_relu",
    "log",
    "log_softmax",
    "matmul",
    "maximum",
    "mean",
    "multiply",
    "offset",
    "pad",
    "pad_edge",
    "permute",
    "random_mask",
    "relu",
    "reshape",
    "scale",
    "scatter_add",
    "sigmoid",
    "silu",
    "slice",
    "softmax",
    "sqrt",
    "subtract",
    "sum",
    "sum_to",
    "tanh",
]
