"""Every primitive that a layer's forward may emit, spelled once in PyTorch."""

from collections.abc import Callable, Mapping

from ...layers.comparison import RELATION_SIGNS
from ..primitive_class import Parts, Use, parts_in, sliced
from ..values import literal, written


def parts(use: Use) -> Parts:
    """The templates of a step. KeyError where the primitive has no spelling."""
    return parts_in(SPELLINGS, use)


def _reduced(method: str) -> Callable[[Use], str]:
    def spell(use: Use) -> str:
        kept = ", keepdim=True" if use["keepdims"] else ""
        return f"{{0}}.{method}(dim={use.text('axes')}{kept})"

    return spell


def _pad(use: Use) -> str:
    flat = [written(side, use.names) for pair in reversed(use["pads"]) for side in pair]
    return f"F.pad({{0}}, ({', '.join(flat)}), value={literal(use['value'])})"


def _pad_edge(use: Use) -> str:
    return f'pad_edge({{0}}, {use["axis"]}, {use.text("low")}, {use.text("high")}, "{use["mode"]}")'


def _concat(use: Use) -> str:
    places = ", ".join(f"{{{i}}}" for i in range(len(use.step.inputs)))
    return f"torch.cat([{places}], dim={use['axis']})"


def _matmul(use: Use) -> str:
    a = "{0}.mT" if use["transpose_a"] else "{0}"
    b = "{1}.mT" if use["transpose_b"] else "{1}"
    return f"torch.matmul({a}, {b})"


def _conv(use: Use) -> str:
    low = tuple(pair[0] for pair in use["padding"])
    source, padding = "{0}", low
    if any(pair[0] != pair[1] for pair in use["padding"]):
        flat = ", ".join(written(side, use.names) for pair in reversed(use["padding"]) for side in pair)
        source, padding = f"F.pad({{0}}, ({flat}))", (0,) * len(low)
    return (
        f"F.conv{use.dims()}d({source}, {{1}}, stride={use.text('stride')}, "
        f"padding={written(padding, use.names)}, dilation={use.text('dilation')}, "
        f"groups={use.text('groups')})"
    )


def _conv_input_grad(use: Use) -> str:
    dy, w = (ref.type.shape for ref in use.step.inputs)
    low = tuple(pair[0] for pair in use["padding"])
    least = [
        (n - 1) * s - 2 * p + d * (k - 1) + 1
        for n, s, p, d, k in zip(dy[2:], use["stride"], low, use["dilation"], w[2:], strict=True)
    ]
    more = tuple(size - smallest for size, smallest in zip(use["size"], least, strict=True))
    return (
        f"F.conv_transpose{use.dims()}d({{0}}, {{1}}, stride={use.text('stride')}, "
        f"padding={written(low, use.names)}, output_padding={written(more, use.names)}, "
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
        new = f"{{1}} * {literal(count / (count - 1))}" if count > 1 else "{1}"
        return {0: f"torch.lerp({{0}}, {new}, {rate})"}
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
    truth = "{0}" if use.step.inputs[0].type.dtype == "bool" else "{0} != 0"
    return f"torch.where({truth}, {{1}}, {{2}})"


def _scale_along(use: Use) -> str:
    rest = ", 1" * (use.step.inputs[0].type.rank - 1 - int(use["axis"]))
    factors = f"{{0}}.new_tensor([{use.listed('factors')}])"
    return f"{{0}} * {factors}.reshape(-1{rest})" if rest else f"{{0}} * {factors}"


def _elu(use: Use) -> str:
    scaled = "" if use["factor"] == 1 else f"{use.text('factor')} * "
    return f"{scaled}F.elu({{0}}, {use.text('alpha')})"


def _resample(use: Use) -> str:
    by_rank = ("linear", "bilinear", "trilinear")[use.dims() - 1]
    mode = str({"linear": by_rank, "cubic": "bicubic"}.get(use["mode"], use["mode"]))
    corners = f", align_corners={use['align_corners']}" if "nearest" not in mode else ""
    return f'F.interpolate({{0}}, size={use.text("size")}, mode="{mode}"{corners})'


SPELLINGS: Mapping[str, str | Callable[[Use], str | Parts]] = {
    "reshape": lambda use: f"{{0}}.reshape({use.text('shape')})",
    "permute": lambda use: f"{{0}}.permute({use.listed('axes')})",
    "slice": sliced,
    "flip": lambda use: f"{{0}}.flip({use.text('axes')})",
    "pad": _pad,
    "pad_edge": _pad_edge,
    "concat": _concat,
    "take_along": lambda use: f"torch.gather({{0}}, {use['axis']}, {{1}})",
    "scale_along": _scale_along,
    "one_hot": lambda use: f"F.one_hot({{0}}, {use.text('count')}).to(torch.get_default_dtype())",
    "argmax": lambda use: f"{{0}}.argmax({use['axis']})",
    "sum": _reduced("sum"),
    "mean": _reduced("mean"),
    "max": _reduced("amax"),
    "min": _reduced("amin"),
    "broadcast_to": lambda use: f"{{0}}.expand({use.text('shape')})",
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "maximum": "torch.maximum({0}, {1})",
    "minimum": "torch.minimum({0}, {1})",
    "clamp": _clamp,
    "at_least": lambda use: f"torch.clamp({{0}}, {use.text('low')}).detach() + ({{0}} - {{0}}.detach())",
    "power": lambda use: f"torch.pow({{0}}, {use.text('exponent')})",
    "full_like": lambda use: f"torch.full_like({{0}}, {use.text('value')})",
    "compare": lambda use: f"{{0}} {RELATION_SIGNS[use['relation']]} {{1}}",
    "compare_number": lambda use: f"{{0}} {RELATION_SIGNS[use['relation']]} {use.text('value')}",
    "where": _where,
    "sin": "torch.sin({0})",
    "cos": "torch.cos({0})",
    "raise_to": "torch.pow({0}, {1})",
    "scale": lambda use: f"{{0}} * {use.text('factor')}",
    "offset": lambda use: f"{{0}} + {use.text('value')}",
    "exp": "torch.exp({0})",
    "log": "torch.log({0})",
    "sqrt": "torch.sqrt({0})",
    "absolute": "torch.abs({0})",
    "relu": "F.relu({0})",
    "leaky_relu": lambda use: f"F.leaky_relu({{0}}, {use.text('slope')})",
    "sigmoid": "torch.sigmoid({0})",
    "tanh": "torch.tanh({0})",
    "gelu": lambda use: f"F.gelu({{0}}, approximate={use.text('approximate')})",
    "silu": "F.silu({0})",
    "elu": _elu,
    "softplus": lambda use: f"F.softplus({{0}}, beta={use.text('beta')}, threshold={use.text('threshold')})",
    "softmax": lambda use: f"F.softmax({{0}}, dim={use['axis']})",
    "log_softmax": lambda use: f"F.log_softmax({{0}}, dim={use['axis']})",
    "matmul": _matmul,
    "over_root": lambda use: f"{{0}} * ({use.text('size')}) ** -0.5",
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
        f"F.cross_entropy({{0}}, {{1}}, ignore_index={use['ignore_index']}, "
        f"label_smoothing={use.text('label_smoothing')})"
    ),
    "nll": lambda use: f"F.nll_loss({{0}}, {{1}}, ignore_index={use['ignore_index']})",
    "random_normal": "torch.randn_like({0})",
    "random_mask": lambda use: f"F.dropout(torch.ones_like({{0}}), {literal(round(1 - use['keep'], 15))})",
}
"""The spelling of each primitive's results, by its name; gradients are PyTorch's own affair."""
