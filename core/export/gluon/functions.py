"""Functions that stand before the classes of an exported file where its text calls them."""

import re
from collections.abc import Iterator, Mapping

FUNCTIONS: Mapping[str, str] = {
    "leaky_relu": """
def leaky_relu(x, slope):
    return npx.relu(x) - slope * npx.relu(-x)
""",
    "elu": """
def elu(x, alpha):
    return npx.relu(x) + alpha * np.expm1(-npx.relu(-x))
""",
    "gelu": """
def gelu(x):
    return x / 2 * (1 + npx.erf(x / 2**0.5))
""",
    "gelu_tanh": """
def gelu_tanh(x):
    return x / 2 * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))
""",
    "silu": """
def silu(x):
    return x * npx.sigmoid(x)
""",
    "relu6": """
def relu6(x):
    return npx.relu(x) - npx.relu(x - 6)
""",
    "hardswish": """
def hardswish(x):
    return x * np.clip(x + 3, 0, 6) / 6
""",
    "sequential": '''
def sequential(*blocks):
    """Runs the blocks one after the other."""
    net = nn.Sequential()
    net.add(*blocks)
    return net
''',
    "tie": '''
def tie(block, name, parameter):
    """Makes a parameter of the block the one given."""
    block.params._params.pop(block._reg_params[name].name, None)
    block._reg_params[name] = parameter
    object.__setattr__(block, name, parameter)
''',
    "tie_transposed": '''
class Transposed:
    """Reads as the transpose of a parameter."""

    def __init__(self, parameter):
        self.parameter = parameter

    def data(self, ctx=None):
        return self.parameter.data(ctx).T


def tie_transposed(block, name, parameter):
    """Lets a block read the transpose of a parameter as its own."""
    block.params._params.pop(block._reg_params.pop(name).name, None)
    object.__setattr__(block, name, Transposed(parameter))
    if isinstance(block, nn.HybridBlock):
        forward, turned = block.hybrid_forward, getattr(block, name)
        block.hybrid_forward = lambda F, *inputs, **own: forward(
            F, *inputs, **own, **{name: turned.data()}
        )
''',
    "truncated": '''
def truncated(shape, mean, deviation, low, high):
    """Normal draws without what lies outside the bounds."""
    low, high = (
        math.erf((bound - mean) / deviation / 2**0.5) for bound in (low, high)
    )
    return mean + deviation * 2**0.5 * npx.erfinv(np.random.uniform(low, high, shape))
''',
    "Drawn": '''
class Drawn(mx.init.Initializer):
    """Fills a parameter with what a function gives for its shape."""

    def __init__(self, draw):
        super().__init__()
        self.draw = draw

    def _init_weight(self, name, array):
        array[:] = self.draw(array.shape)
''',
    "Seeded": '''
class Seeded(mx.init.Initializer):
    """Draws as another initializer does, each parameter by the next seed of a source."""

    def __init__(self, initializer, source):
        super().__init__()
        self.initializer, self.source = initializer, source

    def _init_weight(self, name, array):
        after = int(np.random.randint(0, 2**31 - 1))
        mx.random.seed(self.source.randrange(2**31))
        self.initializer._init_weight(name, array)
        mx.random.seed(after)
''',
    "renew": '''
def renew(parameter, value):
    """Puts a new value into a parameter that is not learnt."""
    with autograd.pause():
        parameter.set_data(value)
''',
    "sinusoids": """
def sinusoids(length, features):
    position = np.arange(length).reshape(-1, 1)
    angle = position * 10000.0 ** (-np.arange(0, features, 2) / features)
    return np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(length, -1)[:, :features]
""",
    "cross_entropy": '''
def cross_entropy(x, target, ignore_index=-100, label_smoothing=0.0):
    """The mean over the targets that count; the classes are axis 1."""
    x = npx.log_softmax(x, axis=1)
    kept = (target != ignore_index).astype(x.dtype)
    each = (1 - label_smoothing) * npx.pick(x, target, axis=1)
    if label_smoothing:
        each = each + label_smoothing * x.mean(axis=1)
    return -(each * kept).sum() / kept.sum()
''',
    "nll": '''
def nll(x, target, ignore_index):
    """The mean of -x at the targets that count; the classes are axis 1."""
    kept = (target != ignore_index).astype(x.dtype)
    return -(npx.pick(x, target, axis=1) * kept).sum() / kept.sum()
''',
    "padded": '''
def padded(x, pads, value):
    """Adds borders of a value; np.pad would add zeros."""
    inside = np.pad(np.ones_like(x), pads, mode="constant")
    y = np.pad(x, pads, mode="constant")
    return np.where(inside > 0, y, np.full_like(y, value))
''',
    "reflected": '''
def reflected(x, axis, low, high):
    """Adds the mirror image at both ends of an axis."""
    size = x.shape[axis]
    places = [size - 1 - abs(size - 1 - abs(i)) for i in range(-low, size + high)]
    return np.take(x, np.array(places, dtype="int32"), axis=axis)
''',
    "repeated": '''
def repeated(x, axis, low, high):
    """Repeats the first and the last element of an axis."""
    places = np.arange(-low, x.shape[axis] + high, dtype="int32")
    return np.take(x, places, axis=axis, mode="clip")
''',
    "nearest": '''
def nearest(x, axis, size):
    """Takes for each place of an axis the element that it falls in."""
    places = [i * x.shape[axis] // size for i in range(size)]
    return np.take(x, np.array(places, dtype="int32"), axis=axis)
''',
    "interpolated": '''
def interpolated(x, axis, size, align_corners):
    """Draws straight lines between the elements of an axis, and reads them at new places."""
    old = x.shape[axis]
    if align_corners:
        at = [i * (old - 1) / max(size - 1, 1) for i in range(size)]
    else:
        at = [max((i + 0.5) * old / size - 0.5, 0.0) for i in range(size)]
    low = [min(int(place), old - 1) for place in at]
    high = [min(place + 1, old - 1) for place in low]
    shape = (-1,) + (1,) * (x.ndim - 1 - axis)
    part = np.array([a - b for a, b in zip(at, low)], dtype=x.dtype).reshape(shape)
    below = np.take(x, np.array(low, dtype="int32"), axis=axis)
    return below + (np.take(x, np.array(high, dtype="int32"), axis=axis) - below) * part
''',
    "transposed_convolution": '''
def transposed_convolution(x, weight, stride, padding, dilation, groups, size):
    """A convolution of what has zeros put between its elements; npx has none of volumes."""
    kernel = weight.shape[2:]
    for axis, step in enumerate(stride, 2):
        shape = (*x.shape[:axis], x.shape[axis] * step, *x.shape[axis + 1 :])
        x = np.stack([x, *[np.zeros_like(x)] * (step - 1)], axis=axis + 1).reshape(shape)
        reach = dilation[axis - 2] * (kernel[axis - 2] - 1)
        low = reach - padding[axis - 2]
        high = size[axis - 2] + reach - low - x.shape[axis]
        before = (slice(None),) * axis
        x = x[(*before, slice(max(-low, 0), x.shape[axis] + min(high, 0)))]
        edge = np.zeros_like(x[(*before, slice(0, 1))])
        x = np.concatenate([*[edge] * max(low, 0), x, *[edge] * max(high, 0)], axis=axis)
    weight = np.flip(weight, tuple(range(2, weight.ndim)))
    weight = weight.reshape((groups, -1, *weight.shape[1:])).swapaxes(1, 2)
    weight = weight.reshape((-1, *weight.shape[2:]))
    return npx.convolution(
        x,
        weight,
        kernel=kernel,
        dilate=dilation,
        num_filter=weight.shape[0],
        num_group=groups,
        no_bias=True,
    )
''',
    "adaptive_mean": '''
def adaptive_mean(x, axis, size):
    """The means of so many windows that cover an axis."""
    before, n = (slice(None),) * axis, x.shape[axis]
    windows = [slice(i * n // size, -(-(i + 1) * n // size)) for i in range(size)]
    return np.stack([x[(*before, window)].mean(axis=axis) for window in windows], axis=axis)
''',
    "adaptive_max": '''
def adaptive_max(x, axis, size):
    """The greatest of so many windows that cover an axis."""
    before, n = (slice(None),) * axis, x.shape[axis]
    windows = [slice(i * n // size, -(-(i + 1) * n // size)) for i in range(size)]
    return np.stack([x[(*before, window)].max(axis=axis) for window in windows], axis=axis)
''',
    "dilated_max": '''
def dilated_max(x, axis, kernel, stride, padding, dilation, count):
    """The greatest of each window along an axis, whose elements stand apart."""
    before, reach = (slice(None),) * axis, (count - 1) * stride + 1
    last = reach + (kernel - 1) * dilation - padding - x.shape[axis]
    edges = [np.full_like(x[(*before, slice(0, 1))], -np.inf)]
    x = np.concatenate([*edges * padding, x, *edges * max(last, 0)], axis=axis)
    starts = range(0, kernel * dilation, dilation)
    taps = [x[(*before, slice(start, start + reach, stride))] for start in starts]
    return np.stack(taps).max(axis=0)
''',
    "nearest_exact": '''
def nearest_exact(x, axis, size):
    """Takes for each place of an axis the element that its middle falls in."""
    places = [(2 * i + 1) * x.shape[axis] // (2 * size) for i in range(size)]
    return np.take(x, np.array(places, dtype="int32"), axis=axis)
''',
    "cubic": '''
def cubic(x, axis, size, align_corners):
    """Draws cubic curves through the elements of an axis (Keys 1981), and reads them."""
    old = x.shape[axis]
    if align_corners:
        at = [i * (old - 1) / max(size - 1, 1) for i in range(size)]
    else:
        at = [(i + 0.5) * old / size - 0.5 for i in range(size)]

    def weight(far):
        if far <= 1:
            return (1.25 * far - 2.25) * far * far + 1
        return ((-0.75 * far + 3.75) * far - 6) * far + 3

    total, shape = 0, (-1,) + (1,) * (x.ndim - 1 - axis)
    for tap in (-1, 0, 1, 2):
        near = [int(place // 1) + tap for place in at]
        weights = [weight(abs(place - at_)) for place, at_ in zip(near, at)]
        places = np.array([min(max(one, 0), old - 1) for one in near], dtype="int32")
        part = np.array(weights, dtype=x.dtype).reshape(shape)
        total = total + np.take(x, places, axis=axis) * part
    return total
''',
    "take_along": '''
def take_along(x, indices, axis):
    """The elements at the indices along an axis."""
    chosen = npx.one_hot(indices.swapaxes(axis, -1), x.shape[axis]).astype(x.dtype)
    return (chosen * np.expand_dims(x.swapaxes(axis, -1), -2)).sum(axis=-1).swapaxes(axis, -1)
''',
    "with_states": '''
def with_states(layer, x, *states):
    """What a recurrent layer gives, and the states that it ends with."""
    states = list(states) or layer.begin_state(x.shape[0], dtype=x.dtype)
    y, states = layer(x, states)
    return (y, *states)
''',
    "MultiHeadAttention": '''
class MultiHeadAttention(nn.Block):
    """Attention by several heads side by side (Vaswani et al. 2017)."""

    def __init__(
        self, units, num_heads, dropout=0.0, causal=False, use_bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.causal = causal
        self.query = nn.Dense(units, use_bias=use_bias, flatten=False)
        self.key = nn.Dense(units, use_bias=use_bias, flatten=False)
        self.value = nn.Dense(units, use_bias=use_bias, flatten=False)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Dense(units, use_bias=use_bias, flatten=False)

    def split_heads(self, x):  # (B, T, units) -> (B, heads, T, units / heads)
        x = x.reshape((x.shape[0], x.shape[1], self.num_heads, -1))
        return x.transpose(0, 2, 1, 3)

    def forward(self, query, key, value):
        q = self.split_heads(self.query(query))
        k = self.split_heads(self.key(key))
        v = self.split_heads(self.value(value))
        scores = np.matmul(q, k.swapaxes(-1, -2)) / q.shape[-1] ** 0.5
        if self.causal:
            seen = np.tril(np.ones_like(scores)) > 0
            # np.where of a plain number has wrong gradients in MXNet 1.9.
            scores = np.where(seen, scores, np.full_like(scores, -np.inf))
        weights = self.dropout(npx.softmax(scores, axis=-1))
        y = np.matmul(weights, v).transpose(0, 2, 1, 3)  # (B, T, heads, units / heads)
        return self.out(y.reshape((y.shape[0], y.shape[1], -1)))
''',
    "recur": '''
def recur(mode, x, w_ih, w_hh, *biases, start=None, reverse=False):
    """The states of one level in one direction; of an LSTM also the last cell."""
    hidden, lstm = w_hh.shape[1], mode == "lstm"
    if start is None:
        start = (np.zeros((x.shape[0], hidden), dtype=x.dtype),) * (2 if lstm else 1)
    if not biases:
        biases = (np.zeros(w_hh.shape[:1], dtype=x.dtype),) * 2
    weights = np.concatenate([w.reshape(-1) for w in (w_ih, w_hh, *biases)])
    states = [np.expand_dims(state, 0) for state in start]
    x = x.swapaxes(0, 1)
    x = np.flip(x, 0) if reverse else x
    settings = {"mode": mode, "state_size": hidden, "num_layers": 1, "state_outputs": True}
    y, _, *cell = npx.rnn(x, weights, *states, **settings)
    y = (np.flip(y, 0) if reverse else y).swapaxes(0, 1)
    return (y, cell[0][0]) if lstm else y
''',
    "projected_lstm": '''
def projected_lstm(x, w_ih, w_hh, *others, start=None, reverse=False):
    """What a matrix makes of the states of an LSTM, and the last cell."""
    *biases, w_hr = others
    if start is None:
        sizes = (w_hr.shape[0], w_hr.shape[1])
        start = tuple(np.zeros((x.shape[0], size), dtype=x.dtype) for size in sizes)
    h, c = start
    given = np.matmul(x, w_ih.T) + sum(biases) if biases else np.matmul(x, w_ih.T)
    found, steps = [], range(x.shape[1])
    for t in reversed(steps) if reverse else steps:
        i, f, g, o = np.split(given[:, t] + np.matmul(h, w_hh.T), 4, axis=1)
        c = npx.sigmoid(f) * c + npx.sigmoid(i) * np.tanh(g)
        h = np.matmul(npx.sigmoid(o) * np.tanh(c), w_hr.T)
        found.append(h)
    return np.stack(found[::-1] if reverse else found, axis=1), c
''',
}
"""What MXNet has no word for, by the function that does it."""

CLASSES = frozenset(("Drawn", "MultiHeadAttention", "Seeded", "Transposed"))
"""The classes among them."""


def functions(text: str) -> Iterator[str]:
    """The lines of the functions that the text calls, two empty ones before each."""
    for name, source in FUNCTIONS.items():
        if re.search(rf"(?<![\w.]){name}\(|nn\.Lambda\({name}\)", text):
            yield from ("", "", *source.strip().split("\n"))
