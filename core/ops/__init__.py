"""Primitive operations; each is a function of references here."""

from .activation import (
    elu,
    gelu,
    hardsigmoid,
    hardswish,
    leaky_relu,
    relu,
    relu6,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from .adaptive import adaptive_avg_pool, adaptive_max_pool
from .along import argmax, one_hot, scale_along, take_along
from .attention import causal_mask, over_root
from .branch import branch
from .compare import compare, compare_number, where
from .conv import conv, conv_input_grad, conv_weight_grad
from .elementwise import (
    absolute,
    add,
    at_least,
    clamp,
    divide,
    exp,
    full_like,
    log,
    maximum,
    minimum,
    multiply,
    offset,
    power,
    scale,
    sqrt,
    subtract,
)
from .gather import gather, scatter_add
from .loop import while_loop
from .loss import cross_entropy, nll
from .matrix import matmul
from .norm import normalise, running_average, running_variance
from .pool import avg_pool, max_pool
from .python_call import python_call
from .random import random_mask, random_normal
from .recurrent import gru, lstm, rnn
from .reduce import broadcast_to, max, mean, min, sum, sum_to
from .resample import resample
from .shape import concat, flip, pad, pad_edge, permute, reshape, slice
from .softmax import log_softmax, softmax
from .transcendental import cos, raise_to, sin

__all__ = [
    "absolute",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "add",
    "argmax",
    "at_least",
    "avg_pool",
    "branch",
    "broadcast_to",
    "causal_mask",
    "clamp",
    "compare",
    "compare_number",
    "concat",
    "conv",
    "conv_input_grad",
    "conv_weight_grad",
    "cos",
    "cross_entropy",
    "divide",
    "elu",
    "exp",
    "flip",
    "full_like",
    "gather",
    "gelu",
    "gru",
    "hardsigmoid",
    "hardswish",
    "leaky_relu",
    "log",
    "log_softmax",
    "lstm",
    "matmul",
    "max",
    "max_pool",
    "maximum",
    "mean",
    "min",
    "minimum",
    "multiply",
    "nll",
    "normalise",
    "offset",
    "one_hot",
    "over_root",
    "pad",
    "pad_edge",
    "permute",
    "power",
    "python_call",
    "raise_to",
    "random_mask",
    "random_normal",
    "relu",
    "relu6",
    "resample",
    "reshape",
    "rnn",
    "running_average",
    "running_variance",
    "scale",
    "scale_along",
    "scatter_add",
    "sigmoid",
    "silu",
    "sin",
    "slice",
    "softmax",
    "softplus",
    "sqrt",
    "subtract",
    "sum",
    "sum_to",
    "take_along",
    "tanh",
    "where",
    "while_loop",
]
