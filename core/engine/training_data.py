"""Examples to train on: read from a file, fitted to a design's inputs, split in two, and drawn as batches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..initialise import Array
from ..text import tr
from .chance import generator
from .input_spec import InputSpec, SampleError, input_specs, rows_fitted
from .objective import Objective
from .sample_files import read_arrays, read_table
from .samples import DIGITS

LABELS = "labels"
"""What the array of labels is called where nothing else is said."""

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Data:
    """Named arrays of examples, along the first axis, and what sentences call their source."""

    source: str
    arrays: Arrays

    def labels(self, name: str | None) -> Array | None:
        """The labels: the array of that name, which must be there, else the one that is usual, if any."""
        if name is not None and name not in self.arrays:
            raise SampleError(
                tr("{source} holds {names}, but no {name}", source=self.source, names=self.names, name=name)
            )
        return self.arrays.get(name or LABELS)

    @property
    def names(self) -> str:
        """What there is, in words."""
        return ", ".join(self.arrays) or tr("nothing")


def read_data(source: str) -> Data:
    """The bundled digits (`digits`), the arrays of an .npz, or the columns of a .csv whose labels come last.

    Digits have pixels from 0 to 1. Raises SampleError with a sentence where that cannot be read.
    """
    if source == "digits":
        arrays = read_arrays(DIGITS)
        images = arrays["images"] / np.float32(255)
        return Data("digits", {"images": images, LABELS: arrays["labels"].astype(np.int64)})
    path = Path(source)
    try:
        match path.suffix.lower():
            case ".npz":
                return Data(path.name, read_arrays(path))
            case ".csv":
                return Data(path.name, _columns(path))
    except OSError as error:
        raise SampleError(
            tr("cannot read {path}: {strerror}", path=path, strerror=error.strerror or error)
        ) from None
    raise SampleError(tr("expected digits, an .npz or a .csv file to train on, got {source}", source=source))


def _columns(path: Path) -> dict[str, Array]:
    """All columns but the labels' as one array; the labels' is headed `labels`, or is the last."""
    heading, rows = read_table(path)  # (N, columns)
    if rows.shape[1] < 2:
        raise SampleError(tr("{path} has one column; expected values and labels", path=path.name))
    column = heading.index(LABELS) if LABELS in heading else rows.shape[1] - 1
    labels = rows[:, column]
    whole = np.array_equal(labels, np.trunc(labels))
    values = np.delete(rows, column, axis=1)
    return {"values": values, LABELS: labels.astype(np.int64) if whole else labels}


def fit(
    objective: Objective, data: Data, inputs: Mapping[str, str] | None = None, labels: str | None = None
) -> dict[str, Array]:
    """An array of examples for each input that the loss depends on, labels among them.

    `inputs` says which array an input takes, where that is not the one of its name or the only one.
    Raises SampleError with a sentence where one is missing or does not fit.
    """
    specs = {name: _batched(spec) for name, spec in input_specs(objective.program).items()}
    arrays = {}
    for name in objective.inputs:
        key, array = _array(objective, data, name, inputs or {}, labels)
        arrays[name] = rows_fitted(specs[name], array, f"{data.source}, {key}")
    if objective.labels is not None:
        key, array = _label_array(objective.labels, data, labels)
        _check_classes(objective, array, data.source)
        arrays[objective.labels] = rows_fitted(specs[objective.labels], array, f"{data.source}, {key}")
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) != 1:
        each = ", ".join(f"{count} for {name}" for name, count in counts.items())
        raise SampleError(
            tr("{source} has not as many examples for each input: {counts}", source=data.source, counts=each)
        )
    return arrays


def _batched(spec: InputSpec) -> InputSpec:
    if not spec.type.shape or isinstance(spec.type.shape[0], int):
        raise SampleError(
            tr("the input {name} is {spec}; training needs a first axis that may vary, such as B",
               name=spec.name, spec=spec)
        )  # fmt: skip
    return spec


def _array(
    objective: Objective, data: Data, name: str, given: Mapping[str, str], labels: str | None
) -> tuple[str, Array]:
    others = [key for key in data.arrays if key != (labels or LABELS)]
    usual = others[0] if len(others) == len(objective.inputs) == 1 else name
    key = given.get(name, name if name in data.arrays else usual)
    if key not in data.arrays:
        raise SampleError(
            tr("{source} holds {names}, but no {key} for the input {name}; --input {name}=… says which it is",
               source=data.source, names=data.names, key=key, name=name)
        )  # fmt: skip
    return key, _full(data, key)


def _label_array(name: str, data: Data, labels: str | None) -> tuple[str, Array]:
    key = labels or (name if name in data.arrays else LABELS)
    if key not in data.arrays:
        raise SampleError(
            tr("{source} holds {names}, but no {key}; --labels says what the labels are called",
               source=data.source, names=data.names, key=key)
        )  # fmt: skip
    return key, _full(data, key)


def _full(data: Data, key: str) -> Array:
    array = data.arrays[key]
    if array.ndim == 0 or len(array) == 0:
        raise SampleError(tr("{source} has no examples in {key}", source=data.source, key=key))
    return array


def _check_classes(objective: Objective, labels: Array, source: str) -> None:
    if not objective.counts_classes or objective.classes is None or labels.dtype.kind not in "iubf":
        return
    highest = labels.max()
    if highest >= objective.classes:
        raise SampleError(
            tr("{source} has labels up to {highest}, the scores are for {classes} classes, 0 to {last}",
               source=source, highest=highest, classes=objective.classes, last=objective.classes - 1)
        )  # fmt: skip


def split(
    objective: Objective, examples: Arrays, part: float, seed: int = 0
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The examples in two, `part` of them in the second; of each class the same part, drawn by the seed."""
    count = len(next(iter(examples.values())))
    chance = generator(seed, "split")
    kinds = np.zeros(count, np.int64)
    if objective.counts_classes and objective.labels is not None and examples[objective.labels].ndim == 1:
        kinds = examples[objective.labels]
    held = np.zeros(count, bool)
    for kind in np.unique(kinds):
        places = chance.permutation(np.flatnonzero(kinds == kind))
        held[places[: round(part * len(places))]] = True
    return _rows(examples, ~held), _rows(examples, held)


def _rows(examples: Arrays, chosen: Array) -> dict[str, Array]:
    return {name: array[chosen] for name, array in examples.items()}


def batches(examples: Arrays, size: int, seed: int, shift: int = 0) -> Iterator[dict[str, Array]]:
    """Batches without end, each example once in a turn through all, in an order drawn anew for each turn.

    The examples that are left over at the end of a turn, fewer than `size`, are left out of it. Pictures
    (B, C, H, W) are moved by up to `shift` pixels along each axis, with zeros coming in.
    """
    count = len(next(iter(examples.values())))
    size = min(size, count)
    turn = 0
    while True:
        chance = generator(seed, "batches", str(turn))
        order = chance.permutation(count)
        for start in range(0, count - size + 1, size):
            chosen = _rows(examples, order[start : start + size])
            yield {name: _shifted(array, shift, chance) for name, array in chosen.items()}
        turn += 1


def is_picture(array: Array) -> bool:
    """Whether `batches` moves it: (B, C, H, W) of real numbers."""
    return array.ndim == 4 and array.dtype.kind == "f"


def _shifted(array: Array, shift: int, chance: np.random.Generator) -> Array:
    if not shift or not is_picture(array):
        return array
    count, channels, height, width = array.shape
    wide = np.pad(array, ((0, 0), (0, 0), (shift, shift), (shift, shift)))  # (B, C, H+2s, W+2s)
    down, right = chance.integers(0, 2 * shift + 1, (2, count, 1, 1, 1))
    rows = down + np.arange(height).reshape(1, 1, -1, 1)
    columns = right + np.arange(width).reshape(1, 1, 1, -1)
    each, channel = np.arange(count).reshape(-1, 1, 1, 1), np.arange(channels).reshape(1, -1, 1, 1)
    return np.asarray(wide[each, channel, rows, columns])
