"""ONNX as a target: the listing, the file, and the folder with its proof."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...engine.network import PlanError
from ...engine.run import run
from ...engine.weights import initial
from ...initialise import Array
from ...program import Program
from ...text import tr
from ..error import ExportError
from ..proof import REFERENCE, SEED, as_stored, kept, output_names, random_tensor, sample_inputs
from ..whole import check_target, write_folder
from .build import build
from .check import check_text
from .graph import Model
from .protobuf import model_bytes

ONNX = "onnx"
"""The target's name."""

MODEL_FILE = "model.onnx"
"""What the exported model is called."""

OWN_FILES = frozenset({MODEL_FILE, "sample.npz", "check.py"})
"""What an exported folder holds."""

MOST_BYTES = 2**31 - 1
"""A protobuf message cannot be larger."""

PRODUCER = "Layerloom"
"""Who made the model, as it is told to those that read it."""


def model_file(program: Program, weights: Mapping[str, Array]) -> bytes:
    """The model with its weights, which go by slot; what is missing is drawn.

    Raises ExportError where ONNX has no operator for something, or the design cannot be run.
    """
    model = build(program)
    try:
        return _written(model, {**initial(program, None, SEED), **weights})
    except PlanError as error:
        raise ExportError(error.message, error.path) from None


def _written(model: Model, weights: Mapping[str, Array]) -> bytes:
    arrays = {name: weights[slot] for name, slot in model.slots.items()}
    size = sum(array.size * 4 for array in arrays.values())
    if size > MOST_BYTES:
        raise ExportError(
            tr("the weights take {size:,} bytes; an ONNX file holds less than 2 GiB", size=size)
        )
    return model_bytes(model, arrays, PRODUCER, "")


def export_model_folder(program: Program, weights: Mapping[str, Array], directory: Path) -> Path:
    """Writes model, sample and check, and returns the path of the model.

    Raises ExportError as `model_file` does, or where the folder holds something else; OSError where it
    cannot be written.
    """
    check_target(directory, OWN_FILES)
    model = build(program)
    try:
        sample, stored = _proved(program, model, weights)
    except PlanError as error:
        raise ExportError(error.message, error.path) from None
    data = _written(model, stored)
    inputs, outputs = tuple(name for name, _ in sample_inputs(program)), tuple(output_names(program))
    check = check_text(inputs=inputs, outputs=outputs, seed=SEED)

    def fill(folder: Path) -> None:
        (folder / MODEL_FILE).write_bytes(data)
        (folder / "check.py").write_text(check, encoding="utf-8")
        arrays: dict[str, Any] = dict(sample)
        np.savez(folder / "sample.npz", **arrays)

    write_folder(directory, fill)
    return directory / MODEL_FILE


def _proved(
    program: Program, model: Model, weights: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The sample, and all weights by slot: the references' outputs with these and with random ones."""
    inputs = dict(sample_inputs(program))
    first = run(program, weights, inputs, SEED, REFERENCE)
    stored = {slot: as_stored(array) for slot, array in {**weights, **first.drawn}.items()}
    random = {slot: random_tensor(name, stored[slot].shape) for name, slot in model.slots.items()}
    sample = {f"input/{name}": array for name, array in inputs.items()}
    for name, slot in model.slots.items():
        sample |= kept(f"file/tensor/{name}", np.asarray(stored[slot], np.float64))
    for label, values in (("file", stored), ("random", {**stored, **random})):
        found = run(program, values, inputs, SEED, REFERENCE).outputs
        rounded = run(program, values, inputs, SEED, ROUNDED).outputs
        for name in output_names(program):
            sample |= kept(f"{label}/output/{name}", found[name])
            sample[f"{label}/rounding/{name}"] = _difference(rounded[name], found[name])
    return sample, stored


ROUNDED = replace(REFERENCE, precision="float32")
"""The references in the model's own precision: what rounding alone makes of an output."""


def _difference(found: Array, expected: Array) -> Array:
    """The largest difference, as a part of the largest element."""
    scale = np.abs(expected).max(initial=0)
    return np.array(np.abs(found - expected).max() / scale if scale and expected.dtype.kind == "f" else 0.0)
