"""Whom the engine is measured against: the frameworks by name, and the ways of running each."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.initialise import Array

from .case import Case
from .side import Side


@dataclass(frozen=True)
class Family:
    """Peers that are measured together, in one process with our side."""

    module: str
    """What has to be installed."""
    peers: tuple[str, ...]
    limit: int
    """Seconds that it may take to get ready: what takes longer is told instead of measured."""
    trains: bool = True


EAGER, CHANNELS_LAST = "pytorch", "pytorch channels-last"

FAMILIES = {
    "pytorch": Family("torch", (EAGER, CHANNELS_LAST), 120),
    "torch.compile": Family("torch", ("torch.compile",), 150),
    "onnxruntime": Family("onnxruntime", ("onnxruntime",), 60, trains=False),
    "jax": Family("jax", ("jax",), 150),
}
"""By the names that the command takes."""


def sides(
    family: str, case: Case, cotangents: Mapping[str, Array], threads: int, *, images: bool
) -> dict[str, Side]:
    """A family's peers by name, ready to run; the imports are here since each is in a process of its own."""
    if family == "jax":
        from .jax_side import JaxSide

        return {"jax": JaxSide(case, cotangents)}
    if family == "onnxruntime":
        from .onnx_side import OnnxSide

        return {"onnxruntime": OnnxSide(case, threads)}
    import torch

    from .torch_side import torch_side

    torch.set_num_threads(threads)
    if family == "torch.compile":
        return {"torch.compile": torch_side(case, cotangents, compiled=True)}
    found: dict[str, Side] = {EAGER: torch_side(case, cotangents)}
    if images:
        found[CHANNELS_LAST] = torch_side(case, cotangents, channels_last=True)
    return found
