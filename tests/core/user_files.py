"""Layers as Python files, for tests: what a user would write, and a trust that trusts it."""

from pathlib import Path

from core.edits import move
from core.files import save
from core.trust import Trust
from core.user_code import Code, load
from tests.core.design import Design

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


MARKING = """
import pathlib

pathlib.Path({path!r}).touch()


def shape(x):
    return x


def forward(x):
    return 2 * x


def backward(dy, x):
    return 2 * dy
"""
"""Leaves a file at `path` when it is run."""


def with_layer(folder: Path, source: str, sha256: str = "") -> Path:
    """A design `own.loom` in the folder, and beside it `own.py`, the source that its layer is written in."""
    (folder / "own.py").write_text(source, encoding="utf-8")
    drawn = Design().node("Input", "x", shape="B, 5").node("Output", "y")
    drawn.node("PythonLayer", "own", file="own.py", sha256=sha256).wire("x", "own").wire("own", "y")
    document = drawn.document()
    for place, name in enumerate(("x", "own", "y")):
        move(document, {name: (230.0 * place, 0.0)})
    save(document, folder / "own.loom")
    return folder / "own.loom"
