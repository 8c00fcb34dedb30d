"""Functions that stand before the classes of an exported file where its text calls them."""

import re
from collections.abc import Iterator, Mapping

FUNCTIONS: Mapping[str, str] = {
    "sinusoids": """
def sinusoids(length, features):
    position = torch.arange(length).unsqueeze(1)
    angle = position * 10000.0 ** (-torch.arange(0, features, 2) / features)
    table = torch.empty(length, features)
    table[:, 0::2] = torch.sin(angle)
    table[:, 1::2] = torch.cos(angle)[:, : features // 2]
    return table
""",
    "causal_mask": '''
def causal_mask(x):
    """Keeps steps from looking ahead; nn.MultiheadAttention wants it beside is_causal."""
    return nn.Transformer.generate_square_subsequent_mask(x.shape[1], device=x.device)
''',
    "pad_edge": '''
def pad_edge(x, axis, low, high, mode):
    """Adds to both ends of an axis; F.pad knows the last axes alone."""
    last = x.movedim(axis, -1)
    y = F.pad(last.flatten(0, -2), (low, high), mode=mode)
    return y.unflatten(0, last.shape[:-1]).movedim(-1, axis)
''',
    "unseen": '''
def unseen(query, key):
    """True where a query would look ahead."""
    sizes = query.shape[1], key.shape[1]
    return torch.ones(sizes, dtype=torch.bool, device=query.device).triu(1)
''',
    "with_states": """
def with_states(result):
    sequence, (hidden, cell) = result
    return sequence, hidden, cell
""",
}
"""What PyTorch has no word for, by the function that makes it."""


def functions(text: str) -> Iterator[str]:
    """The lines of the functions that the text calls, two empty ones before each."""
    for name, source in FUNCTIONS.items():
        if re.search(rf"(?<![\w.]){name}\(", text):
            yield from ("", "", *source.strip().split("\n"))
