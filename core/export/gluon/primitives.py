"""Every primitive that a layer's forward may emit, spelled once in MXNet's NumPy mode."""

from collections.abc import Callable

from .. import primitive_words as words
from ..primitive_class import Parts, Table, Use, parts_in
from ..values import literal, with_slices_spaced, written


def parts(use: Use) -> Parts:
    """The templates of a step. KeyError where the primitive has no spelling."""
    return parts_in(SPELLINGS, use)


def _padded(pads: str, value: float = 0.0) -> str:
    """np.pad reads no value to pad with: it always adds zeros."""
    if value:
        return f"padded({{0}}, {pads}, {literal(float(value))})"
    return f'np.pad({{0}}, {pads}, mode="constant")'


def _pad_edge(use: Use) -> str:
    function = {"reflect": "reflected", "replicate": "repeated"}[use["mode"]]
    return f"{function}({{0}}, {use['axis']}, {use.text('low')}, {use.text('high')})"


def _concat(use: Use) -> str:
    return f"np.concatenate([{words.all_inputs(use)}], axis={use['axis']})"


def _matmul(use: Use) -> str:
    a, b = words.matrices(use, "{x}.swapaxes(-1, -2)")
    return f"np.matmul({a}, {b})"


def _conv(use: Use) -> str:
    padding = words.befores(use)
    source = "{0}"
    if words.is_lopsided(use):
        padding = (0,) * len(padding)
        source = _padded(written(((0, 0), (0, 0), *use["padding"]), use.names))
    w = use.step.inputs[1].type.shape
    return (
        f"npx.convolution({source}, {{1}}, kernel={written(w[2:], use.names)}, stride={use.text('stride')}, "
        f"dilate={use.text('dilation')}, pad={written(padding, use.names)}, "
        f"num_filter={written(w[0], use.names)}, num_group={use.text('groups')}, no_bias=True)"
    )


def _conv_input_grad(use: Use) -> str:
    w = use.step.inputs[1].type.shape
    low = written(words.befores(use), use.names)
    if len(w) == 5:
        told = (use.text("stride"), low, use.text("dilation"), use.text("groups"), use.text("size"))
        return f"transposed_convolution({{0}}, {{1}}, {', '.join(told)})"
    filters = written(w[1] * use["groups"], use.names)
    return (
        f"npx.deconvolution({{0}}, {{1}}, kernel={written(w[2:], use.names)}, stride={use.text('stride')}, "
        f"dilate={use.text('dilation')}, pad={low}, adj={words.output_padding(use)}, "
        f"num_filter={filters}, num_group={use.text('groups')}, no_bias=True)"
    )


def _normalise(use: Use) -> Parts:
    over = f"axis={use.text('axes')}, keepdims=True"
    return {
        1: f"{{0}}.mean({over})",
        2: f"np.square({{0}} - {{r1}}).mean({over})",
        0: f"({{0}} - {{r1}}) / np.sqrt({{r2}} + {use.text('eps')})",
    }


def _running_average(use: Use) -> Parts:
    count, rate = use["count"], use.text("momentum")
    if isinstance(count, int):
        return {0: f"{{0}} + ({words.unbiased(count)} - {{0}}) * {rate}"}
    return {1: use.text("count"), 0: f"{{0}} + ({{1}} * {{r1}} / ({{r1}} - 1) - {{0}}) * {rate}"}


def _max_pool(use: Use) -> Parts:
    if all(dilation == 1 for dilation in use["dilation"]):
        return {0: _pooled(use, "max", "")}
    counts = use.step.outputs[0].shape[2:]
    text = "{0}"
    settings = (use["kernel"], use["stride"], use["padding"], use["dilation"], counts)
    for axis, values in enumerate(zip(*settings, strict=True), 2):
        told = ", ".join(written(value, use.names) for value in values)
        text = f"dilated_max({text}, {axis}, {told})"
    return {0: text}


def _avg_pool(use: Use) -> str:
    return _pooled(use, "avg", f", count_include_pad={use['count_include_pad']}")


def _pooled(use: Use, kind: str, rest: str) -> str:
    """One pooling. MXNet's full convention counts windows that start behind the end: they are cut off."""
    text = (
        f'npx.pooling({{0}}, kernel={use.text("kernel")}, pool_type="{kind}", stride={use.text("stride")}, '
        f"pad={use.text('padding')}{rest}"
    )
    if not use["ceil_mode"]:
        return f"{text})"
    cut = ", ".join(f":{written(count, use.names)}" for count in use.step.outputs[0].shape[2:])
    return with_slices_spaced(f'{text}, pooling_convention="full")[:, :, {cut}]')


def _recurrent(use: Use) -> Parts:
    """One level in one direction: the operator behind rnn.LSTM, rnn.GRU and rnn.RNN, or steps in Python."""
    name, count = use.step.primitive.name, len(use.step.inputs)
    states = 2 if name == "lstm" else 1
    end = count - (states if use["started"] else 0)
    weights = ", ".join(f"{{{i}}}" for i in range(end))
    given = ", ".join(f"{{{i}}}" for i in range(end, count))
    rest = f", start=({given},)" if given else ""
    rest += ", reverse=True" if use["reverse"] else ""
    if name == "rnn":
        return {0: f'recur("rnn_{use["nonlinearity"]}", {weights}{rest})'}
    if name == "gru":
        return {0: f'recur("gru", {weights}{rest})'}
    place = len(use.step.outputs)  # a name of its own for what is read twice
    function = "projected_lstm(" if use["projected"] else 'recur("lstm", '
    return {place: f"{function}{weights}{rest})", 0: f"{{r{place}}}[0]", 1: f"{{r{place}}}[1]"}


def _causal_mask(use: Use) -> str:
    return f"np.where(np.tril(np.ones_like({{0}})) > 0, {{0}}, np.full_like({{0}}, {literal(use['value'])}))"


def _clamp(use: Use) -> str:
    """np.clip lets the gradient pass at the bounds; relu does not."""
    if not use["inclusive"] and use["low"] == 0 and use["high"] != float("inf"):
        return f"npx.relu({{0}}) - npx.relu({{0}} - {use.text('high')})"
    return f"np.clip({{0}}, {use.text('low')}, {use.text('high')})"


def _where(use: Use) -> str:
    return f"np.where({words.truth(use)}, {{1}}, {{2}})"


def _elu(use: Use) -> str:
    return words.elu(use, "elu({0}, <alpha>)")


def _gelu(use: Use) -> str:
    return "gelu_tanh({0})" if use["approximate"] == "tanh" else "gelu({0})"


def _softplus(use: Use) -> str:
    raised = "{0}" if use["beta"] == 1 else f"{{0}} * {use.text('beta')}"
    text = f'npx.activation({raised}, act_type="softrelu")'
    text += "" if use["beta"] == 1 else f" / {use.text('beta')}"
    # MXNet's own threshold is 20.
    return text if use["threshold"] >= 20 else f"np.where({raised} > {use.text('threshold')}, {{0}}, {text})"


def _resample(use: Use) -> str:
    text, mode = "{0}", use["mode"]
    function = {"linear": "interpolated", "cubic": "cubic", "nearest": "nearest"}.get(mode, "nearest_exact")
    rest = f", {use['align_corners']}" if mode in ("linear", "cubic") else ""
    for axis, size in enumerate(use["size"], 2):
        text = f"{function}({text}, {axis}, {written(size, use.names)}{rest})"
    return text


def _scale_along(use: Use) -> str:
    return words.scaled_along(use, f"np.array([{use.listed('factors')}], dtype={{0}}.dtype)")


def _adaptive(function: str) -> Callable[[Use], Parts]:
    def spell(use: Use) -> Parts:
        text = "{0}"
        for axis, size in enumerate(use["size"], 2):
            text = f"{function}({text}, {axis}, {written(size, use.names)})"
        return {0: text}

    return spell


def _gather(use: Use) -> Parts:
    rows = "np.take({0}, {1}, axis=0)"
    if use["unlearnt"] is None:
        return {0: rows}
    kept = f"np.expand_dims({{1}} != {use.text('unlearnt')}, -1)"
    return {1: rows, 0: f"np.where({kept}, {{r1}}, {{r1}}.detach())"}


SPELLINGS: Table = {
    **words.OPERATORS,
    **words.elementwise("np"),
    **words.reductions("{{0}}.{method}(axis={axes}{kept})"),
    "reshape": lambda use: f"{{0}}.reshape({use.text('shape')})",
    "permute": lambda use: f"{{0}}.transpose({use.listed('axes')})",
    "flip": lambda use: f"np.flip({{0}}, {use.text('axes')})",
    "pad": lambda use: _padded(use.text("pads"), use["value"]),
    "pad_edge": _pad_edge,
    "concat": _concat,
    "take_along": lambda use: f"take_along({{0}}, {{1}}, {use['axis']})",
    "scale_along": _scale_along,
    "one_hot": lambda use: f"npx.one_hot({{0}}, {use.text('count')})",
    "argmax": lambda use: f"np.argmax({{0}}, axis={use['axis']})",
    "broadcast_to": lambda use: f"np.broadcast_to({{0}}, {use.text('shape')})",
    "clamp": _clamp,
    "at_least": lambda use: f"np.maximum({{0}}, {use.text('low')}).detach() + ({{0}} - {{0}}.detach())",
    "power": lambda use: f"np.power({{0}}, {use.text('exponent')})",
    "full_like": lambda use: f"np.full_like({{0}}, {use.text('value')})",
    "where": _where,
    "raise_to": "np.power({0}, {1})",
    "absolute": "np.abs({0})",
    "relu": "npx.relu({0})",
    "leaky_relu": lambda use: f"leaky_relu({{0}}, {use.text('slope')})",
    "sigmoid": "npx.sigmoid({0})",
    "gelu": _gelu,
    "silu": "silu({0})",
    "elu": _elu,
    "softplus": _softplus,
    "softmax": lambda use: f"npx.softmax({{0}}, axis={use['axis']})",
    "log_softmax": lambda use: f"npx.log_softmax({{0}}, axis={use['axis']})",
    "matmul": _matmul,
    "causal_mask": _causal_mask,
    "lstm": _recurrent,
    "gru": _recurrent,
    "rnn": _recurrent,
    "conv": _conv,
    "conv_input_grad": _conv_input_grad,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "adaptive_avg_pool": _adaptive("adaptive_mean"),
    "adaptive_max_pool": _adaptive("adaptive_max"),
    "resample": _resample,
    "normalise": _normalise,
    "running_average": _running_average,
    "gather": _gather,
    "cross_entropy": lambda use: (
        f"cross_entropy({{0}}, {{1}}, {use.text('ignore_index')}, {use.text('label_smoothing')})"
    ),
    "nll": lambda use: f"nll({{0}}, {{1}}, {use.text('ignore_index')})",
    "random_normal": "np.random.normal(0, 1, {0}.shape).astype({0}.dtype)",
    "random_mask": lambda use: f"npx.dropout(np.ones_like({{0}}), p={literal(round(1 - use['keep'], 15))})",
}
"""The spelling of each primitive's results, by its name; gradients are MXNet's own affair."""
