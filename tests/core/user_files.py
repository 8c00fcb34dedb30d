"""Layers as Python files, for tests: what a user would write, and a trust that trusts it."""

from pathlib import Path

from core.trust import Trust
from core.user_code import Code, load

SWISH = '''
"""y = x * sigmoid(beta * x), whose text
runs over two lines."""

import numpy as np


def shape(x, beta=1.0):
    return x


def sigmoid(x):
    return 1 / (1 + np.exp(-x))  # a helper


def forward(x, beta=1.0):
    return x * sigmoid(beta * x)


def backward(dy, x, beta=1.0):
    s = sigmoid(beta * x)
    return dy * (s + beta * x * s * (1 - s))
'''

OUTER = """
import numpy as np

def shape(a, b):
    return (a[0], a[1] + 0, b[1])

def forward(a, b):
    return np.einsum("ni,nj->nij", a, b)

def backward(dy, a, b):
    return np.einsum("nij,nj->ni", dy, b), np.einsum("nij,ni->nj", dy, a)
"""


def trusted(folder: Path, name: str, text: str) -> Code:
    """The text as a file in the folder, trusted and loaded."""
    (folder / name).write_text(text, encoding="utf-8")
    trust = Trust(folder / "trusted.json")
    trust.trust((folder / name).read_bytes())
    return load(name, (folder / name).read_bytes(), trust)
