"""Primitive operations; each is a function of references here."""

from .activation import gelu, leaky_relu, relu, sigmoid, silu, tanh
from .adaptive import adaptive_avg_pool
from .attention import causal_mask, over_root
from .branch import branch
from .conv import conv, conv_input_grad, conv_weight_grad
from .elementwise import absolute, add, divide, exp, log, maximum, multiply, offset, scale, sqrt, subtract
from .gather import gather, scatter_add
from .loop import while_loop
from .loss import cross_entropy
from .matrix import matmul
from .norm import normalise, running_average, running_variance
from .pool import avg_pool, max_pool
from .random import random_mask
from .recurrent import gru, lstm, rnn
from .reduce import broadcast_to, mean, sum, sum_to
from .shape import concat, pad, pad_edge, permute, reshape, slice
from .softmax import log_softmax, softmax

__all__ = [
    "absolute",
    "adaptive_avg_pool",
    "add",
    "avg_pool",
    "branch",
    "broadcast_to",
    "causal_mask",
    "concat",
    "conv",
    "conv_input_grad",
    "conv_weight_grad",
    "cross_entropy",
    "divide",
    "exp",
    "gather",
    "gelu",
    "gru",
    "leaky_relu",
    "log",
    "log_softmax",
    "lstm",
    "matmul",
    "max_pool",
    "maximum",
    "mean",
    "multiply",
    "normalise",
    "offset",
    "over_root",
    "pad",
    "pad_edge",
    "permute",
    "random_mask",
    "relu",
    "reshape",
    "rnn",
    "running_average",
    "running_variance",
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
    "while_loop",
]
