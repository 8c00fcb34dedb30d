"""Expressions that read alike in PyTorch and in MXNet's NumPy mode but for the names in them."""

import re

from ...layers.spelling import CLOSE, OPEN
from ..translation import KEYWORDS

FUNCTIONS = {
    **{f"torch.{name}": f"np.{name}" for name in ("exp", "log", "sqrt", "tanh", "sin", "cos")},
    "torch.maximum": "np.maximum",
    "torch.minimum": "np.minimum",
    "torch.pow": "np.power",
    "torch.cat": "np.concatenate",
    "torch.einsum": "np.einsum",
    "torch.sigmoid": "npx.sigmoid",
    "F.relu": "npx.relu",
    "F.softmax": "npx.softmax",
    "F.log_softmax": "npx.log_softmax",
}
"""What MXNet calls PyTorch's functions that take the same and do the same."""

METHODS = {
    "mean": "mean",
    "sum": "sum",
    "amax": "max",
    "amin": "min",
    "reshape": "reshape",
    "permute": "transpose",
    "transpose": "swapaxes",
}
"""What MXNet calls PyTorch's methods that take the same and do the same."""

_ABSOLUTE = re.compile(r"(\{\w+\})\.abs\(\)")
_QUOTED = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
_FUNCTION = re.compile(r"(?<![\w.}\])])([A-Za-z_][\w.]*)(?=\()")
_METHOD = re.compile(r"(?<=[)}\]])\.([A-Za-z_]\w*)(?=\()")
_KEYWORD = re.compile(r"(?<=[(, ])(dim|keepdim)(?==)")
_ATTRIBUTE = re.compile(r"(?<=[)}\]])\.(?!shape\b|mT\b)([A-Za-z_]\w*)(?!\w|\()")


def renamed(text: str) -> str | None:
    """The text in MXNet's names; None where a name in it is not known to mean the same."""
    text = _ABSOLUTE.sub(r"np.abs(\1)", text)
    bare = _QUOTED.sub("1", text)
    functions, methods = set(_FUNCTION.findall(bare)), set(_METHOD.findall(bare))
    functions.discard("np.abs")
    if functions - FUNCTIONS.keys() or methods - METHODS.keys() or _ATTRIBUTE.search(bare):
        return None
    text = _METHOD.sub(lambda found: f".{METHODS[found[1]]}", text)
    text = _FUNCTION.sub(lambda found: FUNCTIONS.get(found[1], found[1]), text)
    text = _KEYWORD.sub(lambda found: KEYWORDS[found[1]], text)
    return text.replace(".mT", ".swapaxes(-1, -2)")
