"""What is out of scope, each with its reason; a sample that wants anything else must pass."""

from collections.abc import Mapping

BY_CHANCE = "no layer of the catalogue: its windows are drawn by chance"

ABSENT: Mapping[str, str] = {
    "CTCLoss": "not offered: an alignment of sequences of their own lengths",
    "FractionalMaxPool2d": BY_CHANCE,
    "FractionalMaxPool3d": BY_CHANCE,
}
"""Modules that no layer of ours stands for. Of a layer that there is, no argument is."""


def reason(what: str) -> str | None:
    """Why a module is out of scope; None where it is not."""
    return ABSENT.get(what)
