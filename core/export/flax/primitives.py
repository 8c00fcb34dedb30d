"""Every primitive that a layer's forward may emit, spelled once in jax; images have channels first here."""

import re

from ...ops.window import span
from .. import primitive_words as words
from ..primitive_class import Parts, Table, Use, parts_in
from ..values import literal, written


def parts(use: Use) -> Parts:
    """The templates of a step. KeyError where the primitive has no spelling."""
    return parts_in(SPELLINGS, use)


def _sliced(use: Use) -> str:
    """Without the 0 that a slice begins with anyway."""
    return re.sub(r"(?<=[\[ ])0( ?:)", r"\1", words.sliced(use)).replace("[ :", "[:").replace(",  :", ", :")


def _pad_edge(use: Use) -> str:
    pads = ["(0, 0)"] * use.step.inputs[0].type.rank
    pads[use["axis"]] = f"({use.text('low')}, {use.text('high')})"
    mode = {"reflect": "reflect", "replicate": "edge"}[use["mode"]]
    return f'jnp.pad({{0}}, ({", ".join(pads)},), mode="{mode}")'


def _concat(use: Use) -> str:
    return f"jnp.concatenate([{words.all_inputs(use)}], axis={use['axis']})"


def _matmul(use: Use) -> str:
    a, b = words.matrices(use, "{x}.mT")
    return f"jnp.matmul({a}, {b})"


def _conv(use: Use) -> str:
    return (
        f"jax.lax.conv_general_dilated({{0}}, {{1}}, {use.text('stride')}, {use.text('padding')}, "
        f"rhs_dilation={use.text('dilation')}, feature_group_count={use.text('groups')})"
    )


def _conv_input_grad(use: Use) -> str:
    dy, w = (ref.type.shape for ref in use.step.inputs)
    pads = tuple(
        (d * (k - 1) - low, size - (n - 1) * s - 1 + low)
        for n, s, (low, _), d, k, size in zip(
            dy[2:], use["stride"], use["padding"], use["dilation"], w[2:], use["size"], strict=True
        )
    )
    return (
        f"enlarged({{0}}, {{1}}, {use.text('stride')}, {written(pads, use.names)}, "
        f"{use.text('dilation')}, {use.text('groups')})"
    )


def _normalise(use: Use) -> Parts:
    over = f"axis={use.text('axes')}, keepdims=True"
    return {
        1: f"{{0}}.mean({over})",
        2: f"{{0}}.var({over})",
        0: f"({{0}} - {{r1}}) / jnp.sqrt({{r2}} + {use.text('eps')})",
    }


def _running_average(use: Use) -> str:
    rate = use.text("momentum")
    if "count" not in use.step.settings:
        return f"{{0}} + {rate} * ({{1}} - {{0}})"
    count = use["count"]
    if isinstance(count, int):
        return f"{{0}} + {rate} * ({words.unbiased(count)} - {{0}})"
    n = use.text("count")
    return f"{{0}} + {rate} * ({{1}} * ({n}) / ({n} - 1) - {{0}})"


def _pads_behind(use: Use, padding: bool) -> str:
    """The padding behind that the windows reach; beyond that in front where `padding` is added there too."""
    sizes, counts = use.step.inputs[0].shape[2:], use.step.outputs[0].shape[2:]
    ones = (1,) * len(counts)
    dilation = use.step.settings.get("dilation", ones)
    found: list[str] = []
    axes = zip(sizes, counts, use["kernel"], use["stride"], use["padding"], dilation, strict=True)
    for n, count, k, s, p, d in axes:
        behind = (count - 1) * s + span(k, d) - n - p
        more = behind - p if padding else behind
        least = 0 if padding else p
        if not use["ceil_mode"]:
            text = literal(least) if isinstance(least, int) else written(least, use.names)
        elif isinstance(more, int) and isinstance(least, int):
            text = str(max(more, least if padding else 0))
        else:
            text = f"max({written(more, use.names)}, 0)"
        found.append(text if padding else f"({written(p, use.names)}, {text})")
    return f"({', '.join(found)}{',' if len(found) == 1 else ''})"


def _max_pool(use: Use) -> Parts:
    window = f"{use.text('kernel')}, {use.text('stride')}, {_pads_behind(use, False)}"
    return {0: f"greatest({{0}}, {window}, {use.text('dilation')})"}


def _avg_pool(use: Use) -> str:
    window = f"{use.text('kernel')}, {use.text('stride')}, {use.text('padding')}, {_pads_behind(use, True)}"
    return f"window_means({{0}}, {window}, {use['count_include_pad']})"


def _recurrent(use: Use) -> Parts:
    """One level in one direction: a scan over the steps."""
    name, count = use.step.primitive.name, len(use.step.inputs)
    states = 2 if name == "lstm" else 1
    started = bool(use.step.settings.get("started", False))
    end = count - (states if started else 0)
    biased = bool(use.step.settings.get("biased", end > 3))
    given = ["{0}", "{1}", "{2}"]
    if biased:
        given += ["bias_ih={3}", "bias_hh={4}"] if name == "gru" else ["bias={3} + {4}"]
    if name == "lstm" and end > 3 + 2 * biased:
        given.append(f"projection={{{end - 1}}}")
    if started:
        first = [f"{{{place}}}" for place in range(end, count)]
        given.append(f"start={first[0]}" if states == 1 else f"start=({', '.join(first)})")
    if name == "rnn":
        function = {"tanh": "jnp.tanh", "relu": "nn.relu"}[use["nonlinearity"]]
        given.append(f"function={function}")
    if use["reverse"]:
        given.append("reverse=True")
    ran = f"{name}_states({', '.join(given)})"
    if name != "lstm":
        return {0: ran}
    place = len(use.step.outputs)
    found = {place: ran, 0: f"{{r{place}}}[0]"}
    return {**found, 1: f"{{r{place}}}[1]"} if started or place > 1 else found


def _causal_mask(use: Use) -> str:
    seen = "jnp.tril(jnp.ones({0}.shape[-2:], bool))"
    return f"jnp.where({seen}, {{0}}, {literal(use['value'])})"


def _where(use: Use) -> str:
    return f"jnp.where({words.truth(use)}, {{1}}, {{2}})"


def _elu(use: Use) -> str:
    return words.elu(use, "nn.elu({0}, <alpha>)")


def _at_least(use: Use) -> str:
    """What is added is 0, and lets the gradient pass."""
    kept = f"jax.lax.stop_gradient(jnp.maximum({{0}}, {use.text('low')}))"
    return f"{kept} + ({{0}} - jax.lax.stop_gradient({{0}}))"


def _softplus(use: Use) -> str:
    beta, threshold = use.text("beta"), use.text("threshold")
    return f"jnp.where({{0}} * {beta} > {threshold}, {{0}}, nn.softplus({{0}} * {beta}) / {beta})"


def _gather(use: Use) -> str:
    row = use["unlearnt"]
    if row is None:
        return "{0}[{1}]"
    at = written(row, use.names)
    return f"{{0}}.at[{at}].set(jax.lax.stop_gradient({{0}}[{at}]))[{{1}}]"


def _resample(use: Use) -> str:
    corners = f", {use['align_corners']}" if "nearest" not in use["mode"] else ""
    return f'resampled({{0}}, {use.text("size")}, "{use["mode"]}"{corners})'


def _scale_along(use: Use) -> str:
    return words.scaled_along(use, f"jnp.array([{use.listed('factors')}])")


def _gelu(use: Use) -> str:
    return f"nn.gelu({{0}}, approximate={use['approximate'] == 'tanh'})"


SPELLINGS: Table = {
    **words.OPERATORS,
    **words.elementwise("jnp"),
    **words.reductions("{{0}}.{method}(axis={axes}{kept})"),
    "reshape": lambda use: f"{{0}}.reshape({use.text('shape')})",
    "permute": lambda use: f"{{0}}.transpose({use.text('axes')})",
    "slice": _sliced,
    "flip": lambda use: f"jnp.flip({{0}}, {use.text('axes')})",
    "pad": lambda use: f"jnp.pad({{0}}, {use.text('pads')}, constant_values={literal(use['value'])})",
    "pad_edge": _pad_edge,
    "concat": _concat,
    "take_along": lambda use: f"jnp.take_along_axis({{0}}, {{1}}, axis={use['axis']})",
    "scale_along": _scale_along,
    "one_hot": lambda use: f"nn.one_hot({{0}}, {use.text('count')})",
    "argmax": lambda use: f"{{0}}.argmax({use['axis']})",
    "broadcast_to": lambda use: f"jnp.broadcast_to({{0}}, {use.text('shape')})",
    "clamp": lambda use: f"jnp.clip({{0}}, {use.text('low')}, {use.text('high')})",
    "at_least": _at_least,
    "power": lambda use: f"jnp.power({{0}}, {use.text('exponent')})",
    "full_like": lambda use: f"jnp.full_like({{0}}, {use.text('value')})",
    "where": _where,
    "raise_to": "jnp.power({0}, {1})",
    "absolute": "jnp.abs({0})",
    "relu": "nn.relu({0})",
    "leaky_relu": lambda use: f"nn.leaky_relu({{0}}, {use.text('slope')})",
    "sigmoid": "nn.sigmoid({0})",
    "gelu": _gelu,
    "silu": "nn.silu({0})",
    "elu": _elu,
    "softplus": _softplus,
    "softmax": lambda use: f"nn.softmax({{0}}, axis={use['axis']})",
    "log_softmax": lambda use: f"nn.log_softmax({{0}}, axis={use['axis']})",
    "matmul": _matmul,
    "causal_mask": _causal_mask,
    "lstm": _recurrent,
    "gru": _recurrent,
    "rnn": _recurrent,
    "conv": _conv,
    "conv_input_grad": _conv_input_grad,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "adaptive_avg_pool": lambda use: f"adaptive({{0}}, {use.text('size')}, jnp.mean)",
    "adaptive_max_pool": lambda use: {0: f"adaptive({{0}}, {use.text('size')}, jnp.max)"},
    "resample": _resample,
    "normalise": _normalise,
    "running_average": _running_average,
    "gather": _gather,
    "cross_entropy": lambda use: (
        f"class_loss(nn.log_softmax({{0}}, axis=1), {{1}}, {use.text('ignore_index')}, "
        f"{use.text('label_smoothing')})"
    ),
    "nll": lambda use: f"class_loss({{0}}, {{1}}, {use.text('ignore_index')})",
    "random_normal": 'jax.random.normal(self.make_rng("dropout"), {0}.shape)',
    "random_mask": lambda use: (
        f'jax.random.bernoulli(self.make_rng("dropout"), {literal(use["keep"])}, {{0}}.shape) '
        f"/ {literal(use['keep'])}"
    ),
}
"""The spelling of each primitive's results, by its name; gradients are jax's own affair."""
