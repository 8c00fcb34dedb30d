"""Functions that stand before the classes of an exported file where its text calls them."""

import re
from collections.abc import Iterator, Mapping

FUNCTIONS: Mapping[str, str] = {
    "TiedDense": """
class TiedDense(layers.Dense):
    # Its kernel belongs to another layer, which has to be called first.
    def __init__(self, units, tied, **kwargs):
        super().__init__(units, **kwargs)
        self.tied = tied

    def build(self, input_shape):
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.units,), initializer=self.bias_initializer
            )
        self.built = True

    def call(self, x):
        x = ops.matmul(x, self.tied())
        if self.use_bias:
            x = x + self.bias
        return x if self.activation is None else self.activation(x)

    # Those of Dense are for its kernel.
    save_own_variables = layers.Layer.save_own_variables
    load_own_variables = layers.Layer.load_own_variables
""",
    "choose": """
def choose(condition, then, otherwise):
    holds = ops.not_equal(condition, 0)
    if asks_for_shapes(holds):
        then()  # both branches have to be built
        return otherwise()
    return ops.cond(holds, then, otherwise)
""",
    "repeat_while": """
def repeat_while(condition, body, bound, *values):
    # A loop of a fixed length, since jax has no gradient of ops.while_loop.
    def step(_, values):
        goes_on = ops.not_equal(condition(*values), 0)
        new = body(*values)
        new = new if isinstance(new, tuple) else (new,)
        return tuple(ops.where(goes_on, a, b) for a, b in zip(new, values))

    # One round tells as much of shapes as all.
    rounds = 1 if asks_for_shapes(values[0]) else bound
    values = ops.fori_loop(0, rounds, step, values)
    return values if len(values) > 1 else values[0]
""",
    "asks_for_shapes": """
def asks_for_shapes(x):
    # Keras asks torch for shapes alone with tensors that have no values, and TensorFlow
    # in a graph that is never run, where it may know already which branch is taken.
    device, graph = getattr(x, "device", None), getattr(x, "graph", None)
    is_scratch = getattr(graph, "name", "").startswith("scratch_graph")
    return is_scratch or getattr(device, "type", "") == "meta"
""",
    "with_states": """
def with_states(results, count):
    # The sequence, and each of so many states with an axis for the directions.
    y, *states = results
    return (y, *(ops.stack(states[i::count]) for i in range(count)))
""",
    "pad_edge": """
def pad_edge(x, axis, low, high, mode):
    n = x.shape[axis]
    places = np.arange(-low, n + high)
    if mode == "reflect":
        places = np.abs(places)
        places = (n - 1) - np.abs((n - 1) - places)
    elif mode == "circular":
        places = places % n
    else:
        places = np.clip(places, 0, n - 1)
    return ops.take(x, places, axis=axis)
""",
    "pick": """
def pick(x, index, axis):
    for other, size in enumerate(index.shape):
        if other != axis and size != x.shape[other]:
            x = ops.take(x, np.arange(size), axis=other)
    return ops.take_along_axis(x, index, axis=axis)
""",
    "conv": """
def conv(x, kernel, stride, padding, dilation):
    # x is (N, C, S...), kernel is (out, in, K...).
    dims = len(stride)
    x = ops.moveaxis(ops.pad(x, ((0, 0), (0, 0), *padding)), 1, -1)
    kernel = ops.transpose(kernel, (*range(2, dims + 2), 1, 0))
    both = max(stride) > 1 and max(dilation) > 1
    y = ops.conv(
        x,
        kernel,
        strides=1 if both else stride,
        padding="valid",
        data_format="channels_last",
        dilation_rate=dilation,
    )
    if both:
        y = y[(slice(None), *(slice(None, None, step) for step in stride))]
    return ops.moveaxis(y, -1, 1)
""",
    "conv_transpose": """
def conv_transpose(x, kernel, size, stride, padding, dilation, groups):
    # x is (N, C, S...), kernel is (in, out / groups, K...); zeros go between x's places.
    dims = len(stride)
    pads = []
    for axis, step in enumerate(stride, 2):
        n = x.shape[axis]
        if step > 1:
            x = ops.expand_dims(x, axis + 1)
            widths = [(0, 0)] * (dims + 3)
            widths[axis + 1] = (0, step - 1)
            x = ops.pad(x, widths)
            x = ops.reshape(x, (-1, *(x.shape[1:axis]), n * step, *x.shape[axis + 2 :]))
        reach = dilation[axis - 2] * (kernel.shape[axis] - 1)
        low = reach - padding[axis - 2][0]
        pads.append((low, size[axis - 2] + reach - low - n * step))
    for axis, (low, high) in enumerate(pads, 2):
        cut = [slice(None)] * (dims + 2)
        cut[axis] = slice(max(0, -low), x.shape[axis] - max(0, -high))
        x = x[tuple(cut)]
    pads = [(max(0, low), max(0, high)) for low, high in pads]
    kernel = ops.flip(kernel, axis=tuple(range(2, dims + 2)))
    inputs, outputs = kernel.shape[:2]
    kernel = ops.reshape(kernel, (groups, inputs // groups, *kernel.shape[1:]))
    kernel = ops.swapaxes(kernel, 1, 2)
    kernel = ops.reshape(
        kernel, (groups * outputs, inputs // groups, *kernel.shape[3:])
    )
    return conv(x, kernel, (1,) * dims, pads, dilation)
""",
    "windows": """
def windows(x, kernel, stride, padding, dilation, counts, value):
    # What the windows see at each place of the kernel: (K, N, C, P...).
    pads = [(0, 0), (0, 0)]
    for n, k, s, p, d, count in zip(
        x.shape[2:], kernel, stride, padding, dilation, counts
    ):
        pads.append((p, max(0, (count - 1) * s + (k - 1) * d + 1 - n - p)))
    x = ops.pad(x, pads, constant_values=value)
    seen = []
    for place in np.ndindex(*kernel):
        cut = [slice(None), slice(None)]
        for k, s, d, count in zip(place, stride, dilation, counts):
            cut.append(slice(k * d, k * d + (count - 1) * s + 1, s))
        seen.append(x[tuple(cut)])
    return ops.stack(seen)
""",
    "max_pool": """
def max_pool(x, kernel, stride, padding, dilation, counts):
    seen = windows(x, kernel, stride, padding, dilation, counts, -np.inf)
    return ops.max(seen, axis=0)
""",
    "average_pool": """
def average_pool(x, kernel, stride, padding, counts, count_padding):
    # Windows may reach over the end; what is beyond the border never counts.
    ones = (1,) * len(stride)
    total = ops.sum(windows(x, kernel, stride, padding, ones, counts, 0), axis=0)
    inside = np.ones((1, 1, *x.shape[2:]))
    for axis, border in enumerate(padding, 2):
        widths = [(0, 0)] * inside.ndim
        widths[axis] = (border, border)
        inside = np.pad(inside, widths, constant_values=float(count_padding))
    inside = ops.convert_to_tensor(inside, dtype=x.dtype)
    zeros = (0,) * len(stride)
    seen = windows(inside, kernel, stride, zeros, ones, counts, 0)
    return total / ops.sum(seen, axis=0)
""",
    "adaptive_average_pool": """
def adaptive_average_pool(x, size):
    for axis, count in enumerate(size, 2):
        n = x.shape[axis]
        matrix = np.zeros((n, count))
        for p in range(count):
            first, stop = p * n // count, -(-(p + 1) * n // count)
            matrix[first:stop, p] = 1 / (stop - first)
        x = mixed(x, matrix, axis)
    return x
""",
    "adaptive_max_pool": """
def adaptive_max_pool(x, size):
    for axis, count in enumerate(size, 2):
        n = x.shape[axis]
        windows = [slice(p * n // count, -(-(p + 1) * n // count)) for p in range(count)]
        before = (slice(None),) * axis
        x = ops.stack([ops.max(x[(*before, window)], axis=axis) for window in windows], axis=axis)
    return x
""",
    "resample": """
def resample(x, size, mode, align_corners):
    for axis, count in enumerate(size, 2):
        n, steps = x.shape[axis], np.arange(count)
        matrix = np.zeros((n, count))
        if mode == "nearest":
            matrix[steps * n // count, steps] = 1
        elif mode == "nearest-exact":
            matrix[(2 * steps + 1) * n // (2 * count), steps] = 1
        else:
            if align_corners:
                at = steps * ((n - 1) / (count - 1) if count > 1 else 0.0)
            else:
                at = (steps + 0.5) * (n / count) - 0.5
            if mode == "linear":
                at = np.maximum(at, 0)
            first = np.floor(at).astype(int)
            for offset in (0, 1) if mode == "linear" else (-1, 0, 1, 2):
                far = np.abs(at - first - offset)
                a = -0.75
                near = ((a + 2) * far - (a + 3)) * far * far + 1
                beyond = ((far - 5) * far + 8) * far * a - 4 * a
                weight = np.where(far <= 1, near, beyond)
                weight = 1 - far if mode == "linear" else weight
                np.add.at(matrix, (np.clip(first + offset, 0, n - 1), steps), weight)
        x = mixed(x, matrix, axis)
    return x
""",
    "mixed": """
def mixed(x, matrix, axis):
    # Weighted sums along an axis, a column of the matrix for each place that comes out.
    matrix = ops.convert_to_tensor(matrix, dtype=x.dtype)
    return ops.moveaxis(ops.matmul(ops.moveaxis(x, axis, -1), matrix), -1, axis)
""",
    "lstm": """
def lstm(
    x, w_ih, w_hh, b_ih=0.0, b_hh=0.0, start=None, projection=None, reverse=False
):
    # The hidden states, and the last cell.
    given = ops.matmul(x, ops.transpose(w_ih)) + b_ih + b_hh
    zeros = ops.zeros_like(given[:, 0])
    h, c = start or (zeros[:, : w_hh.shape[1]], zeros[:, : w_hh.shape[0] // 4])
    states = []
    for t in reversed(range(x.shape[1])) if reverse else range(x.shape[1]):
        gates = given[:, t] + ops.matmul(h, ops.transpose(w_hh))
        i, f, g, o = ops.split(gates, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        if projection is not None:
            h = ops.matmul(h, ops.transpose(projection))
        states.append(h)
    return ops.stack(states[:: -1 if reverse else 1], axis=1), c
""",
    "gru": """
def gru(x, w_ih, w_hh, b_ih=0.0, b_hh=0.0, start=None, reverse=False):
    given = ops.matmul(x, ops.transpose(w_ih)) + b_ih
    h = ops.zeros_like(given[:, 0, : w_hh.shape[1]]) if start is None else start
    states = []
    for t in reversed(range(x.shape[1])) if reverse else range(x.shape[1]):
        r, z, n = ops.split(given[:, t], 3, axis=-1)
        by_state = ops.matmul(h, ops.transpose(w_hh)) + b_hh
        r_h, z_h, n_h = ops.split(by_state, 3, axis=-1)
        r, z = ops.sigmoid(r + r_h), ops.sigmoid(z + z_h)
        n = ops.tanh(n + r * n_h)
        h = n + z * (h - n)
        states.append(h)
    return ops.stack(states[:: -1 if reverse else 1], axis=1)
""",
    "rnn": """
def rnn(
    x, w_ih, w_hh, b_ih=0.0, b_hh=0.0, start=None, reverse=False, function=ops.tanh
):
    given = ops.matmul(x, ops.transpose(w_ih)) + b_ih + b_hh
    h = ops.zeros_like(given[:, 0]) if start is None else start
    states = []
    for t in reversed(range(x.shape[1])) if reverse else range(x.shape[1]):
        h = function(given[:, t] + ops.matmul(h, ops.transpose(w_hh)))
        states.append(h)
    return ops.stack(states[:: -1 if reverse else 1], axis=1)
""",
    "causal_mask": """
def causal_mask(x, value):
    rows, columns = np.ogrid[: x.shape[-2], : x.shape[-1]]
    return ops.where(columns > rows, value, x)
""",
    "look_up": """
def look_up(indices, table, unlearnt=None):
    rows = ops.take(table, indices, axis=0)
    if unlearnt is None:
        return rows
    still = ops.expand_dims(ops.equal(indices, unlearnt), -1)
    return ops.where(still, ops.stop_gradient(rows), rows)
""",
    "nll": """
def nll(scores, target, ignore_index, smoothing=0.0):
    # Scores are (N, C, ...); the mean is over the targets that count.
    scores = ops.moveaxis(scores, 1, -1)
    kept = ops.not_equal(target, ignore_index)
    found = ops.where(kept, target, ops.zeros_like(target))
    chosen = ops.take_along_axis(scores, ops.expand_dims(found, -1), axis=-1)[..., 0]
    chosen = (1 - smoothing) * chosen + smoothing * ops.mean(scores, axis=-1)
    chosen = ops.where(kept, chosen, ops.zeros_like(chosen))
    return -ops.sum(chosen) / ops.sum(ops.cast(kept, scores.dtype))
""",
    "softplus": """
def softplus(x, beta, threshold):
    return ops.where(x * beta > threshold, x, ops.softplus(x * beta) / beta)
""",
    "sinusoids": """
def sinusoids(shape, dtype=None):
    length, features = shape
    powers = np.arange(0, features, 2) / features
    angle = np.arange(length)[:, None] / 10000.0**powers
    table = np.empty((length, features))
    table[:, 0::2] = np.sin(angle)
    table[:, 1::2] = np.cos(angle)[:, : features // 2]
    return ops.convert_to_tensor(table, dtype=dtype)
""",
}
"""What Keras has no word for, by the function that does it; each calls only ones that it names."""


def functions(text: str) -> Iterator[str]:
    """The lines of the functions that the text calls, two empty ones before each."""
    needed: set[str] = set()
    waiting = [text]
    while waiting:
        found = {name for name in FUNCTIONS if re.search(rf"(?<![\w.]){name}(?=[(,)])", waiting[0])}
        waiting = [*waiting[1:], *(FUNCTIONS[name] for name in found - needed)]
        needed |= found
    for name, source in FUNCTIONS.items():
        if name in needed:
            yield from ("", "", *source.strip().split("\n"))
