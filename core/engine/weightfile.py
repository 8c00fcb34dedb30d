"""Weights as a file: safetensors, each tensor under its dotted path of names."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as decode, save as encode

from ..files import FileError, write_whole
from ..initialise import Array
from ..program import Program, Slot, slots
from ..text import tr


class WeightsError(FileError):
    """A file that holds no weights, or cannot be read or written: one sentence."""


@dataclass(frozen=True)
class Report:
    """What came of loading: names that were loaded, and a sentence for each that was not as expected."""

    loaded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    misfitting: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the file held exactly the design's tensors."""
        return not self.sentences

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything that was not as expected."""
        return (*self.missing, *self.misfitting, *self.unexpected)


def save_weights(path: Path, program: Program, weights: Mapping[str, Array]) -> None:
    """Writes the design's weights, the file whole at every moment. WeightsError where that fails.

    Arrays of slots that the design no longer has are left out, and so are slots that have no array.
    """
    tensors = {
        slot.dotted: np.ascontiguousarray(weights[slot.name])
        for slot in slots(program)
        if slot.name in weights and weights[slot.name].shape == slot.shape
    }
    try:
        write_whole(path, encode(tensors, {"format": "layerloom"}))
    except FileError as error:
        raise WeightsError(error.message, error.place) from None


def load_weights(path: Path, program: Program) -> tuple[dict[str, Array], Report]:
    """The file's weights by slot, and how well they fit the design. WeightsError where it is no weight file.

    Only tensors whose name and shape are the design's are taken; floats become float32.
    """
    found = _read(path)
    wanted = {slot.dotted: slot for slot in slots(program)}
    fitting = {name: slot for name, slot in wanted.items() if _fits(slot, found.get(name))}
    misfitting = [name for name in wanted if name in found and name not in fitting]
    report = Report(
        loaded=tuple(fitting),
        missing=tuple(f"{name} is not in the file" for name in wanted if name not in found),
        unexpected=tuple(
            f"{name} is in the file but not in the design" for name in found if name not in wanted
        ),
        misfitting=tuple(_misfit(name, wanted[name], found[name]) for name in misfitting),
    )
    return {slot.name: found[name].astype(slot.tensor.dtype) for name, slot in fitting.items()}, report


def _read(path: Path) -> dict[str, Array]:
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise WeightsError(
            tr("cannot read {path}: {strerror}", path=path, strerror=error.strerror or error)
        ) from None
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        # A KeyError is an element type that NumPy does not have.
        raise WeightsError(
            tr("{path} does not hold weights in safetensors form: {error}", path=path.name, error=error)
        ) from None


def _fits(slot: Slot, array: Array | None) -> bool:
    if array is None or array.shape != slot.shape:
        return False
    return (array.dtype.kind == "f") == (slot.tensor.dtype == "float32")


def _misfit(name: str, slot: Slot, array: Array) -> str:
    wanted, got = _spelt(slot.shape, slot.tensor.dtype), _spelt(array.shape, str(array.dtype))
    return f"{name} is {got} in the file, the design has {wanted}"


def _spelt(shape: Sequence[int], dtype: str) -> str:
    return f"{'×'.join(map(str, shape)) or 'a scalar'} {dtype}"
