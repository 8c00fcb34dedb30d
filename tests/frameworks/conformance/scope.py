"""What is out of scope, each with its reason; a sample that wants anything else must pass."""

from collections.abc import Mapping

ABSENT: Mapping[str, str] = {
    "CTCLoss": "not offered: an alignment of sequences of their own lengths",
    "FractionalMaxPool2d": "not in the catalogue: its windows are drawn by chance",
    "FractionalMaxPool3d": "not in the catalogue: its windows are drawn by chance",
    "LPPool1d": "not in the catalogue",
    "LPPool2d": "not in the catalogue",
    "LPPool3d": "not in the catalogue",
    "LinearCrossEntropyLoss": "not in the catalogue: a Linear and a CrossEntropyLoss in one",
}
"""Modules that no layer of ours stands for."""

LACKING: Mapping[str, str] = {}
"""What a layer of ours cannot be told, as `Layer.argument` or `Layer: what`."""


def reason(what: str) -> str | None:
    """Why a module or an argument is out of scope; None where it is not in the tables."""
    return ABSENT.get(what) or LACKING.get(what)
