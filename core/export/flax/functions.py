"""Functions that stand before the classes of an exported file where its text calls them."""

import re
from collections.abc import Iterator, Mapping

FUNCTIONS: Mapping[str, str] = {
    "sinusoids": """
def sinusoids(length, features):
    position = jnp.arange(length)[:, None]
    angle = position * 10000.0 ** (-jnp.arange(0, features, 2) / features)
    table = jnp.stack([jnp.sin(angle), jnp.cos(angle)], axis=-1)
    return table.reshape(length, -1)[:, :features]
""",
    "Seeded": '''
@dataclass(frozen=True)
class Seeded:
    """Draws from a seed of its own whatever the key, and other values in each place."""

    initializer: Callable
    seed: int
    place: tuple = ()

    def __call__(self, key, *shape):
        place = zlib.crc32("/".join(self.place).encode())
        own = jax.random.fold_in(jax.random.key(self.seed), place)
        return self.initializer(own, *shape)
''',
    "placed": '''
def placed(initializer, *place):
    """The initializer, which is told its place if it has a seed of its own."""
    if not isinstance(initializer, Seeded):
        return initializer
    return Seeded(initializer.initializer, initializer.seed, place)
''',
    "with_ties": """
def with_ties(module, *ties):
    def put(variables):
        params = flatten_dict(variables.get("params", {}), sep=".")
        for own, owner, is_turned in ties:
            if owner in params:
                params[own] = params[owner].T if is_turned else params[owner]
        return {"params": unflatten_dict(params, sep=".")}

    def dropped(variables):
        params = flatten_dict(variables.get("params", {}), sep=".")
        for own, _, _ in ties:
            params.pop(own, None)
        return {"params": unflatten_dict(params, sep=".")}

    class Tied(module):
        def __call__(self, *xs):
            is_first = self.is_initializing()
            call = nn.map_variables(
                module.__call__, "params", put, dropped, init=is_first, mutable=True
            )
            return call(self, *xs)

    return Tied
""",
    "ConvChannelsFirst": """
class ConvChannelsFirst(nn.Conv):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, 1, -1)), -1, 1)
""",
    "GroupNormChannelsFirst": """
class GroupNormChannelsFirst(nn.GroupNorm):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, 1, -1)), -1, 1)
""",
    "DenseAsDrawn": """
class DenseAsDrawn(nn.Dense):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, -1, 1)), 1, -1)
""",
    "LayerNormAsDrawn": """
class LayerNormAsDrawn(nn.LayerNorm):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, -1, 1)), 1, -1)
""",
    "RMSNormAsDrawn": """
class RMSNormAsDrawn(nn.RMSNorm):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, -1, 1)), 1, -1)
""",
    "EmbedAsDrawn": """
class EmbedAsDrawn(nn.Embed):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, -1, 1)), 1, -1)
""",
    "ConvTransposeChannelsFirst": """
class ConvTransposeChannelsFirst(nn.ConvTranspose):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, 1, -1)), -1, 1)
""",
    "InstanceNormChannelsFirst": """
class InstanceNormChannelsFirst(nn.InstanceNorm):
    def __call__(self, x):
        return jnp.moveaxis(super().__call__(jnp.moveaxis(x, 1, -1)), -1, 1)
""",
    "huber": """
def huber(x, target, delta):
    far = jnp.abs(x - target)
    near = jnp.minimum(far, delta)
    return near * (far - near / 2)
""",
    "attention": """
def attention(q, k, v, causal=False, scale=None):
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if causal:
        seen = jnp.tril(jnp.ones(scores.shape[-2:], bool))
        scores = jnp.where(seen, scores, -jnp.inf)
    return nn.softmax(scores) @ v
""",
    "max_pool_ceil": """
def max_pool_ceil(x, window, strides, padding):
    pads = []
    for n, size, stride, side in zip(x.shape[1:], window, strides, padding):
        count = -(-(n + 2 * side - size) // stride) + 1
        # The last window begins inside the image or what is in front of it.
        count -= (count - 1) * stride >= n + side
        pads.append((side, max((count - 1) * stride + size - n - side, 0)))
    return nn.max_pool(x, window, strides, pads)
""",
    "adaptive_pool": """
def adaptive_pool(x, size, reduce):
    for axis, parts in enumerate(size, 1):
        n = x.shape[axis]
        cuts = [(i * n // parts, -(-(i + 1) * n // parts)) for i in range(parts)]
        slices = [jax.lax.slice_in_dim(x, low, high, axis=axis) for low, high in cuts]
        x = jnp.stack([reduce(part, axis=axis) for part in slices], axis=axis)
    return x
""",
    "copied": """
def copied(part):
    return part.copy() if isinstance(part, nn.Module) else part
""",
    "chosen": """
def chosen(condition, then, otherwise):
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), then, otherwise)
""",
    "repeat_while": """
def repeat_while(module, condition, body, x, rounds):
    def step(module, x, _):
        going = condition(module, x)
        new = jax.tree.map(lambda a, b: jnp.where(going, a, b), body(module, x), x)
        return new, None

    # Rounds after the last one change nothing; a while_loop would have no gradient.
    scan = nn.scan(
        step,
        variable_broadcast=True,
        split_rngs={"params": False, "dropout": True},
        length=rounds,
    )
    return scan(module, x, None)[0]
""",
    "lstm_states": """
def lstm_states(
    x, weight_ih, weight_hh, bias=0.0, start=None, projection=None, reverse=False
):
    def step(state, x):
        hidden, cell = state
        i, f, g, o = jnp.split(x + hidden @ weight_hh.T, 4, axis=-1)
        cell = nn.sigmoid(f) * cell + nn.sigmoid(i) * jnp.tanh(g)
        hidden = nn.sigmoid(o) * jnp.tanh(cell)
        hidden = hidden if projection is None else hidden @ projection.T
        return (hidden, cell), hidden

    sizes = weight_hh.shape[1], weight_hh.shape[0] // 4
    steps = (x @ weight_ih.T + bias).swapaxes(0, 1)
    start = start or tuple(jnp.zeros((x.shape[0], size), steps.dtype) for size in sizes)
    (_, cell), y = jax.lax.scan(step, start, steps, reverse=reverse)
    return y.swapaxes(0, 1), cell
""",
    "gru_states": """
def gru_states(
    x, weight_ih, weight_hh, bias_ih=0.0, bias_hh=0.0, start=None, reverse=False
):
    def step(hidden, x):
        own = hidden @ weight_hh.T + bias_hh
        r, z, n = zip(jnp.split(x, 3, axis=-1), jnp.split(own, 3, axis=-1), strict=True)
        reset, kept = nn.sigmoid(sum(r)), nn.sigmoid(sum(z))
        new = jnp.tanh(n[0] + reset * n[1])
        hidden = (1 - kept) * new + kept * hidden
        return hidden, hidden

    steps = (x @ weight_ih.T + bias_ih).swapaxes(0, 1)
    zeros = jnp.zeros((x.shape[0], weight_hh.shape[1]), steps.dtype)
    start = zeros if start is None else start
    return jax.lax.scan(step, start, steps, reverse=reverse)[1].swapaxes(0, 1)
""",
    "rnn_states": """
def rnn_states(
    x, weight_ih, weight_hh, bias=0.0, start=None, function=jnp.tanh, reverse=False
):
    def step(hidden, x):
        hidden = function(x + hidden @ weight_hh.T)
        return hidden, hidden

    steps = (x @ weight_ih.T + bias).swapaxes(0, 1)
    zeros = jnp.zeros((x.shape[0], weight_hh.shape[1]), steps.dtype)
    start = zeros if start is None else start
    return jax.lax.scan(step, start, steps, reverse=reverse)[1].swapaxes(0, 1)
""",
    "enlarged": """
def enlarged(x, weight, strides, padding, dilation, groups):
    first, second, *kernel = weight.shape
    weight = weight.reshape(groups, first // groups, second, *kernel).swapaxes(1, 2)
    weight = weight.reshape(groups * second, first // groups, *kernel)
    weight = jnp.flip(weight, range(2, weight.ndim))
    ones = (1,) * len(strides)
    return jax.lax.conv_general_dilated(
        x, weight, ones, padding, strides, dilation, feature_group_count=groups
    )
""",
    "greatest": """
def greatest(x, window, strides, padding, dilation):
    if any(step > 1 for step in dilation):
        x = jnp.pad(x, ((0, 0), (0, 0), *padding), constant_values=-jnp.inf)
        for axis, (size, stride, step) in enumerate(zip(window, strides, dilation), 2):
            count = (x.shape[axis] - step * (size - 1) - 1) // stride + 1
            places = jnp.arange(count)[:, None] * stride + jnp.arange(size) * step
            x = jnp.take(x, places, axis=axis).max(axis + 1)
        return x
    window, strides, padding = (1, 1, *window), (1, 1, *strides), ((0, 0), (0, 0), *padding)
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, strides, padding)
""",
    "window_means": """
def window_means(x, window, strides, padding, beyond, counted):
    def total(x):
        more = ((0, 0), (0, 0), *((0, high) for high in beyond))
        sizes, steps = (1, 1, *window), (1, 1, *strides)
        return jax.lax.reduce_window(x, 0.0, jax.lax.add, sizes, steps, more)

    pads = ((0, 0), (0, 0), *((side, side) for side in padding))
    count = jnp.pad(jnp.ones(x.shape, x.dtype), pads, constant_values=float(counted))
    return total(jnp.pad(x, pads)) / total(count)
""",
    "adaptive": """
def adaptive(x, size, reduce):
    for axis, parts in enumerate(size, 2):
        n = x.shape[axis]
        cuts = [(i * n // parts, -(-(i + 1) * n // parts)) for i in range(parts)]
        slices = [jax.lax.slice_in_dim(x, low, high, axis=axis) for low, high in cuts]
        x = jnp.stack([reduce(part, axis=axis) for part in slices], axis=axis)
    return x
""",
    "resampled": """
def resampled(x, size, mode, align_corners=False):
    for axis, (new, old) in enumerate(zip(size, x.shape[2:]), 2):
        place = jnp.arange(new)
        if mode == "nearest":
            x = jnp.take(x, place * old // new, axis=axis)
            continue
        if mode == "nearest-exact":
            x = jnp.take(x, (2 * place + 1) * old // (2 * new), axis=axis)
            continue
        corner = place * ((old - 1) / max(new - 1, 1))
        at = corner if align_corners else (place + 0.5) * (old / new) - 0.5
        at = at if mode == "cubic" else jnp.clip(at, 0, old - 1)
        first = jnp.floor(at).astype(int)
        rest = at - first
        if mode == "cubic":
            near = [1.25 * t**3 - 2.25 * t**2 + 1 for t in (rest, 1 - rest)]
            far = [-0.75 * (t**3 - 5 * t**2 + 8 * t - 4) for t in (rest + 1, 2 - rest)]
            taps = zip((-1, 0, 1, 2), (far[0], near[0], near[1], far[1]))
        else:
            taps = zip((0, 1), (1 - rest, rest))
        shape = (-1, *(1,) * (x.ndim - 1 - axis))
        x = sum(
            jnp.take(x, jnp.clip(first + by, 0, old - 1), axis) * weight.reshape(shape)
            for by, weight in taps
        )
    return x
""",
    "class_loss": """
def class_loss(log_p, target, ignore_index=-100, label_smoothing=0.0):
    kept = target != ignore_index
    at = jnp.expand_dims(jnp.where(kept, target, 0), 1)
    loss = -jnp.take_along_axis(log_p, at, axis=1).squeeze(1)
    loss = (1 - label_smoothing) * loss - label_smoothing * log_p.mean(1)
    return jnp.where(kept, loss, 0).sum() / kept.sum()
""",
}
"""What jax has no word for, by the function that makes it."""


def functions(text: str) -> Iterator[str]:
    """The lines of the functions that the text calls, two empty ones before each."""
    for name, source in FUNCTIONS.items():
        if re.search(rf"(?<![\w.]){name}\(", text):
            yield from ("", "", *source.strip().split("\n"))
