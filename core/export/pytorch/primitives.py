"""Every primitive that a layer's forward may emit, spelled once in PyTorch."""

from .. import primitive_words as words
from ..primitive_class import Parts, Table, Use, parts_in
from ..values import literal, written


def parts(use: Use) -> Parts:
    """The templates of a step. KeyError where the primitive has no spelling."""
    return parts_in(SPELLINGS, use)


def _pad(use: Use) -> str:
    flat = [written(side, use.names) for pair in reversed(use["pads"]) for side in pair]
    return f"F.pad({{0}}, ({', '.join(flat)}), value={literal(use['value'])})"


def _pad_edge(use: Use) -> str:
    return f'pad_edge({{0}}, {use["axis"]}, {use.text("low")}, {use.text("high")}, "{use["mode"]}")'


def _concat(use: Use) -> str:
    return f"torch.cat([{words.all_inputs(use)}], dim={use['axis']})"


def _matmul(use: Use) -> str:
    a, b = words.matrices(use, "{x}.mT")
    return f"torch.matmul({a}, {b})"


def _conv(use: Use) -> str:
    low = words.befores(use)
    source, padding = "{0}", low
    if words.is_lopsided(use):
        flat = ", ".join(written(side, use.names) for pair in reversed(use["padding"]) for side in pair)
        source, padding = f"F.pad({{0}}, ({flat}))", (0,) * len(low)
    return (
        f"F.conv{use.dims()}d({source}, {{1}}, stride={use.text('stride')}, "
        f"padding={written(padding, use.names)}, dilation={use.text('dilation')}, "
        f"groups={use.text('groups')})"
    )


def _conv_input_grad(use: Use) -> str:
    return (
        f"F.conv_transpose{use.dims()}d({{0}}, {{1}}, stride={use.text('stride')}, "
        f"padding={written(words.befores(use), use.names)}, output_padding={words.output_padding(use)}, "
        f"groups={use.text('groups')}, dilation={use.text('dilation')})"
    )


def _normalise(use: Use) -> Parts:
    over = f"dim={use.text('axes')}, keepdim=True"
    return {
        1: f"{{0}}.mean({over})",
        2: f"{{0}}.var({over}, correction=0)",
        0: f"({{0}} - {{r1}}) / torch.sqrt({{r2}} + {use.text('eps')})",
    }


def _running_average(use: Use) -> Parts:
    count, rate = use["count"], use.text("momentum")
    if isinstance(count, int):
        return {0: f"torch.lerp({{0}}, {words.unbiased(count)}, {rate})"}
    return {1: use.text("count"), 0: f"torch.lerp({{0}}, {{1}} * {{r1}} / ({{r1}} - 1), {rate})"}


def _max_pool(use: Use) -> Parts:
    window = f"{use.text('kernel')}, stride={use.text('stride')}, padding={use.text('padding')}"
    rest = f"dilation={use.text('dilation')}, ceil_mode={use['ceil_mode']}"
    return {0: f"F.max_pool{use.dims()}d({{0}}, {window}, {rest})"}


def _avg_pool(use: Use) -> str:
    window = f"{use.text('kernel')}, stride={use.text('stride')}, padding={use.text('padding')}"
    rest = f"ceil_mode={use['ceil_mode']}, count_include_pad={use['count_include_pad']}"
    return f"F.avg_pool{use.dims()}d({{0}}, {window}, {rest})"


def _recurrent(use: Use) -> Parts:
    """One level in one direction: the functions behind nn.LSTM, nn.GRU and nn.RNN."""
    name, started = use.step.primitive.name, use["started"]
    states = 2 if name == "lstm" else 1
    end = len(use.step.inputs) - (states if started else 0)
    weights = ", ".join(f"{{{i}}}" for i in range(1, end))
    x = "{0}.flip(1)" if use["reverse"] else "{0}"
    sizes = [use.step.outputs[place].shape[-1] for place in range(states)]  # of the states
    given = [f"{{{end + place}}}.unsqueeze(0)" for place in range(states)] if started else []
    first = given or [f"{{0}}.new_zeros(1, {{0}}.shape[0], {written(size, use.names)})" for size in sizes]
    start = first[0] if states == 1 else f"[{', '.join(first)}]"
    if states == 2 and first[0] == first[1]:
        start = f"[{first[0]}] * 2"
    function = f"rnn_{use['nonlinearity']}" if name == "rnn" else name
    rest = f"{use['biased']}, 1, 0.0, False, False, True"
    ran = f"torch.{function}({x}, {start}, [{weights}], {rest})"
    if states == 1 and not use["reverse"]:
        return {0: f"{ran}[0]"}
    place = len(use.step.outputs)  # a name of its own for what is read twice, or turned round again
    turned = f"{{r{place}}}[0].flip(1)" if use["reverse"] else f"{{r{place}}}[0]"
    return {place: ran, 0: turned, **({1: f"{{r{place}}}[2].squeeze(0)"} if states == 2 else {})}


def _causal_mask(use: Use) -> str:
    future = "torch.ones_like({0}, dtype=torch.bool).triu(1)"
    return f"{{0}}.masked_fill({future}, {literal(use['value'])})"


def _clamp(use: Use) -> str:
    if use["inclusive"]:
        return f"torch.clamp({{0}}, {use.text('low')}, {use.text('high')})"
    return f"F.hardtanh({{0}}, {use.text('low')}, {use.text('high')})"


def _where(use: Use) -> str:
    return f"torch.where({words.truth(use)}, {{1}}, {{2}})"


def _scale_along(use: Use) -> str:
    return words.scaled_along(use, f"{{0}}.new_tensor([{use.listed('factors')}])")


def _elu(use: Use) -> str:
    return words.elu(use, "F.elu({0}, <alpha>)")


def _resample(use: Use) -> str:
    by_rank = ("linear", "bilinear", "trilinear")[use.dims() - 1]
    mode = str({"linear": by_rank, "cubic": "bicubic"}.get(use["mode"], use["mode"]))
    corners = f", align_corners={use['align_corners']}" if "nearest" not in mode else ""
    return f'F.interpolate({{0}}, size={use.text("size")}, mode="{mode}"{corners})'


SPELLINGS: Table = {
    **words.OPERATORS,
    **words.elementwise("torch"),
    **words.reductions("{{0}}.{method}(dim={axes}{kept})", ", keepdim=True", max="amax", min="amin"),
    "reshape": lambda use: f"{{0}}.reshape({use.text('shape')})",
    "permute": lambda use: f"{{0}}.permute({use.listed('axes')})",
    "flip": lambda use: f"{{0}}.flip({use.text('axes')})",
    "pad": _pad,
    "pad_edge": _pad_edge,
    "concat": _concat,
    "take_along": lambda use: f"torch.gather({{0}}, {use['axis']}, {{1}})",
    "scale_along": _scale_along,
    "one_hot": lambda use: f"F.one_hot({{0}}, {use.text('count')}).to(torch.get_default_dtype())",
    "argmax": lambda use: f"{{0}}.argmax({use['axis']})",
    "broadcast_to": lambda use: f"{{0}}.expand({use.text('shape')})",
    "clamp": _clamp,
    "at_least": lambda use: f"torch.clamp({{0}}, {use.text('low')}).detach() + ({{0}} - {{0}}.detach())",
    "power": lambda use: f"torch.pow({{0}}, {use.text('exponent')})",
    "full_like": lambda use: f"torch.full_like({{0}}, {use.text('value')})",
    "where": _where,
    "raise_to": "torch.pow({0}, {1})",
    "absolute": "torch.abs({0})",
    "relu": "F.relu({0})",
    "leaky_relu": lambda use: f"F.leaky_relu({{0}}, {use.text('slope')})",
    "sigmoid": "torch.sigmoid({0})",
    "gelu": lambda use: f"F.gelu({{0}}, approximate={use.text('approximate')})",
    "silu": "F.silu({0})",
    "elu": _elu,
    "softplus": lambda use: f"F.softplus({{0}}, beta={use.text('beta')}, threshold={use.text('threshold')})",
    "softmax": lambda use: f"F.softmax({{0}}, dim={use['axis']})",
    "log_softmax": lambda use: f"F.log_softmax({{0}}, dim={use['axis']})",
    "matmul": _matmul,
    "causal_mask": _causal_mask,
    "lstm": _recurrent,
    "gru": _recurrent,
    "rnn": _recurrent,
    "conv": _conv,
    "conv_input_grad": _conv_input_grad,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "adaptive_avg_pool": lambda use: f"F.adaptive_avg_pool{use.dims()}d({{0}}, {use.text('size')})",
    "adaptive_max_pool": lambda use: {0: f"F.adaptive_max_pool{use.dims()}d({{0}}, {use.text('size')})"},
    "resample": _resample,
    "normalise": _normalise,
    "running_average": _running_average,
    "gather": lambda use: f"F.embedding({{1}}, {{0}}, padding_idx={use.text('unlearnt')})",
    "cross_entropy": lambda use: (
        f"F.cross_entropy({{0}}, {{1}}, ignore_index={use.text('ignore_index')}, "
        f"label_smoothing={use.text('label_smoothing')})"
    ),
    "nll": lambda use: f"F.nll_loss({{0}}, {{1}}, ignore_index={use.text('ignore_index')})",
    "random_normal": "torch.randn_like({0})",
    "random_mask": lambda use: f"F.dropout(torch.ones_like({{0}}), {literal(round(1 - use['keep'], 15))})",
}
"""The spelling of each primitive's results, by its name; gradients are PyTorch's own affair."""
