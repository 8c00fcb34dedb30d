"""Every primitive that a layer's forward may emit, spelled once in keras.ops."""

from collections.abc import Callable, Mapping

from ...layers.comparison import RELATION_SIGNS
from .. import primitive_words as words
from ..primitive_class import Parts, Table, Use, parts_in
from ..values import literal, written


def parts(use: Use) -> Parts:
    """The templates of a step. KeyError where the primitive has no spelling."""
    return parts_in(SPELLINGS, use)


def _pad(use: Use) -> str:
    value = f", constant_values={literal(use['value'])}" if use["value"] else ""
    return f"ops.pad({{0}}, {use.text('pads')}{value})"


def _pad_edge(use: Use) -> str:
    return f'pad_edge({{0}}, {use["axis"]}, {use.text("low")}, {use.text("high")}, "{use["mode"]}")'


def _concat(use: Use) -> str:
    return f"ops.concatenate([{words.all_inputs(use)}], axis={use['axis']})"


def _matmul(use: Use) -> str:
    a, b = words.matrices(use, "ops.swapaxes({x}, -1, -2)")
    return f"ops.matmul({a}, {b})"


def _conv(use: Use) -> str:
    return f"conv({{0}}, {{1}}, {use.text('stride')}, {use.text('padding')}, {use.text('dilation')})"


def _conv_input_grad(use: Use) -> str:
    return (
        f"conv_transpose({{0}}, {{1}}, {use.text('size')}, {use.text('stride')}, {use.text('padding')}, "
        f"{use.text('dilation')}, {use.text('groups')})"
    )


def _normalise(use: Use) -> Parts:
    over = f"axis={use.text('axes')}, keepdims=True"
    return {
        1: f"ops.mean({{0}}, {over})",
        2: f"ops.var({{0}}, {over})",
        0: f"({{0}} - {{r1}}) / ops.sqrt({{r2}} + {use.text('eps')})",
    }


def _running_average(use: Use) -> Parts:
    count, rate = use["count"], use.text("momentum")
    if isinstance(count, int):
        return {0: f"{{0}} + {rate} * ({words.unbiased(count)} - {{0}})"}
    size = f"ops.cast({use.text('count')}, {{1}}.dtype)"
    return {1: size, 0: f"{{0}} + {rate} * ({{1}} * {{r1}} / ({{r1}} - 1) - {{0}})"}


def _window(use: Use) -> tuple[str, str]:
    counts = written(use.step.outputs[0].shape[2:], use.names)
    return f"{use.text('kernel')}, {use.text('stride')}, {use.text('padding')}", counts


def _max_pool(use: Use) -> Parts:
    window, counts = _window(use)
    return {0: f"max_pool({{0}}, {window}, {use.text('dilation')}, {counts})"}


def _avg_pool(use: Use) -> str:
    window, counts = _window(use)
    return f"average_pool({{0}}, {window}, {counts}, {use['count_include_pad']})"


def _recurrent(use: Use) -> Parts:
    """One level in one direction; of an LSTM also the last cell."""
    name, count = use.step.primitive.name, len(use.step.inputs)
    states = (2 if name == "lstm" else 1) if use["started"] else 0
    end = count - states
    projected = name == "lstm" and bool(use["projected"])
    given = [f"{{{place}}}" for place in range(end - projected)]
    if projected:
        given.append(f"projection={{{end - 1}}}")
    if states:
        first = [f"{{{place}}}" for place in range(end, count)]
        given.append(f"start={first[0]}" if states == 1 else f"start=({', '.join(first)})")
    if name == "rnn" and use["nonlinearity"] != "tanh":
        given.append(f"function=ops.{use['nonlinearity']}")
    if use["reverse"]:
        given.append("reverse=True")
    ran = f"{name}({', '.join(given)})"
    if name != "lstm":
        return {0: ran}
    place = len(use.step.outputs)
    return {place: ran, 0: f"{{r{place}}}[0]", 1: f"{{r{place}}}[1]"}


def _where(use: Use) -> str:
    return f"ops.where({words.truth(use, 'ops.not_equal({0}, 0)')}, {{1}}, {{2}})"


def _scale_along(use: Use) -> str:
    return words.scaled_along(
        use,
        f"ops.convert_to_tensor([{use.listed('factors')}], dtype={{0}}.dtype)",
        "ops.reshape({factors}, ({shape}))",
    )


def _elu(use: Use) -> str:
    return words.elu(use, "ops.elu({0}, alpha=<alpha>)")


def _clamp(use: Use) -> str:
    if use["low"] is None or use["high"] is None:
        function, bound = ("minimum", "high") if use["low"] is None else ("maximum", "low")
        return f"ops.{function}({{0}}, {use.text(bound)})"
    return f"ops.clip({{0}}, {use.text('low')}, {use.text('high')})"


def _at_least(use: Use) -> str:
    """What is added is 0, and lets the gradient pass."""
    kept = f"ops.stop_gradient(ops.maximum({{0}}, {use.text('low')}))"
    return f"{kept} + ({{0}} - ops.stop_gradient({{0}}))"


def _gather(use: Use) -> str:
    return f"look_up({{1}}, {{0}}, {use.text('unlearnt')})"


SIGNS: Mapping[str, str] = {
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
"""The functions of keras.ops by the signs of relations."""


def _compare(other: str) -> Callable[[Use], str]:
    def spell(use: Use) -> str:
        function = SIGNS[RELATION_SIGNS[use["relation"]]]
        return f"ops.{function}({{0}}, {other or use.text('value')})"

    return spell


SPELLINGS: Table = {
    **words.OPERATORS,
    **words.elementwise("ops"),
    **words.reductions("ops.{method}({{0}}, axis={axes}{kept})"),
    "reshape": lambda use: f"ops.reshape({{0}}, {use.text('shape')})",
    "permute": lambda use: f"ops.transpose({{0}}, {use.text('axes')})",
    "flip": lambda use: f"ops.flip({{0}}, axis={use.text('axes')})",
    "pad": _pad,
    "pad_edge": _pad_edge,
    "concat": _concat,
    "take_along": lambda use: f"pick({{0}}, {{1}}, {use['axis']})",
    "scale_along": _scale_along,
    "one_hot": lambda use: f"ops.one_hot({{0}}, {use.text('count')}, dtype=keras.config.floatx())",
    "argmax": lambda use: f"ops.argmax({{0}}, axis={use['axis']})",
    "broadcast_to": lambda use: f"ops.broadcast_to({{0}}, {use.text('shape')})",
    "clamp": _clamp,
    "at_least": _at_least,
    "power": lambda use: f"ops.power({{0}}, {use.text('exponent')})",
    "full_like": lambda use: f"ops.full_like({{0}}, {use.text('value')})",
    "compare": _compare("{1}"),
    "compare_number": _compare(""),
    "where": _where,
    "raise_to": "ops.power({0}, {1})",
    "absolute": "ops.absolute({0})",
    "relu": "ops.relu({0})",
    "leaky_relu": lambda use: f"ops.leaky_relu({{0}}, negative_slope={use.text('slope')})",
    "sigmoid": "ops.sigmoid({0})",
    "gelu": lambda use: f"ops.gelu({{0}}, approximate={use['approximate'] == 'tanh'})",
    "silu": "ops.silu({0})",
    "elu": _elu,
    "softplus": lambda use: f"softplus({{0}}, {use.text('beta')}, {use.text('threshold')})",
    "softmax": lambda use: f"ops.softmax({{0}}, axis={use['axis']})",
    "log_softmax": lambda use: f"ops.log_softmax({{0}}, axis={use['axis']})",
    "matmul": _matmul,
    "causal_mask": lambda use: f"causal_mask({{0}}, {literal(use['value'])})",
    "lstm": _recurrent,
    "gru": _recurrent,
    "rnn": _recurrent,
    "conv": _conv,
    "conv_input_grad": _conv_input_grad,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "adaptive_avg_pool": lambda use: f"adaptive_average_pool({{0}}, {use.text('size')})",
    "adaptive_max_pool": lambda use: {0: f"adaptive_max_pool({{0}}, {use.text('size')})"},
    "resample": lambda use: f'resample({{0}}, {use.text("size")}, "{use["mode"]}", {use["align_corners"]})',
    "normalise": _normalise,
    "running_average": _running_average,
    "gather": _gather,
    "cross_entropy": lambda use: (
        f"nll(ops.log_softmax({{0}}, axis=1), {{1}}, {use.text('ignore_index')}, "
        f"{use.text('label_smoothing')})"
    ),
    "nll": lambda use: f"nll({{0}}, {{1}}, {use.text('ignore_index')})",
    "random_normal": "keras.random.normal(ops.shape({0}), dtype={0}.dtype)",
    "random_mask": lambda use: (
        f"keras.random.dropout(ops.ones_like({{0}}), {literal(round(1 - use['keep'], 15))})"
    ),
}
"""The spelling of each primitive's results, by its name; gradients are the backend's own affair."""
