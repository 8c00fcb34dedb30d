"""How a fault is planted in an exported folder: another drawing's code, or other values' weights, in it.

Nothing here knows how a framework spells a layer, so that a fault is the same one in all of them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.engine.weights import slots_of
from core.export.code import FRAMEWORKS
from core.export.folder import export_folder
from core.export.onnx.target import ONNX
from core.export.proof import random_tensor
from core.initialise import Array
from core.program import Program
from core.record import Node
from tests.export.networks import Drawing, one_layer

Values = Mapping[str, Array]
"""Parameters and buffers by slot."""

NO_TRAINING = {ONNX: "a model.onnx is not trained"}
NO_GRADIENTS = {ONNX: "a model.onnx computes no gradients"}


@dataclass(frozen=True)
class Design:
    """A small network; two of the same key are the same."""

    key: str
    program: Callable[[], Program] = field(compare=False)

    def __str__(self) -> str:
        return self.key[:60]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is planted: the code of the `wrong` design in the right's folder, or weights of other `values`.

    `senseless` has the frameworks in which there is no such fault, each with the reason.
    """

    name: str
    right: Design
    wrong: Design | None = None
    values: Callable[[Values], Values] | None = None
    senseless: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Part:
    """A node of a row."""

    kind: str
    arguments: Mapping[str, Any]


def part(kind: str, **arguments: Any) -> Part:
    """A node of a row."""
    return Part(kind, arguments)


def layer(kind: str, inputs: Mapping[str, tuple[int, ...]] | None = None, **arguments: Any) -> Design:
    """One layer by itself, on its example's inputs or others. It is no chain, as rows are none."""
    drawing = one_layer(kind, arguments, inputs, name="layer alone")
    ports = [record.name for record in drawing.records if isinstance(record, Node) and record.kind == "Input"]
    if len(ports) == 1:
        drawing.node("same", "Output", order=9)
        drawing.wire(ports[0], "same")
    return Design(f"{kind} {inputs} {arguments}", drawing.program)


def row(shape: str, **parts: Part) -> Design:
    """Layers in a row, by the names of their nodes.

    What comes in goes out as well: so it is no chain, in whose code layers would go by their numbers.
    """
    drawing = Drawing("row")
    drawing.node("x", "Input", shape=shape)
    for name, one in parts.items():
        drawing.node(name, one.kind, **one.arguments)
    drawing.node("y", "Output")
    drawing.node("same", "Output", order=1)
    drawing.chain("x", *parts, "y")
    drawing.wire("x", "same")
    return Design(f"{shape} {parts}", drawing.program)


def weights_of(program: Program) -> dict[str, Array]:
    """A value for every slot, vectors within 0.5 to 2: no two tensors are alike, as fresh ones would be."""
    return {slot: random_tensor(slot, shape).astype(np.float32) for slot, shape in _shapes(program).items()}


def _shapes(program: Program) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(dim for dim in slot.ref.type.shape if isinstance(dim, int))
        for name, slot in slots_of(program).items()
        if slot.ref.type.dtype == "float32"
    }


def unchanged(design: Design, framework: str, folder: Path) -> Path:
    """The design's folder as it is exported."""
    program = design.program()
    export_folder(program, weights_of(program), framework, folder)
    return folder


def planted(fault: Fault, framework: str, folder: Path) -> Path:
    """The right design's folder with one file of another: its model, or its weights."""
    out, other = unchanged(fault.right, framework, folder / "out"), folder / "other"
    program = (fault.wrong or fault.right).program()
    values: Values = {**weights_of(program), **weights_of(fault.right.program())}
    if fault.values is not None:
        values = {**values, **fault.values(values)}
    model = export_folder(program, values, framework, other).name
    if framework != ONNX and fault.values is not None:
        model = FRAMEWORKS[framework].weights_file
    before, after = (out / model).read_bytes(), (other / model).read_bytes()
    assert before != after, f"{fault} changes nothing in {model}"
    (out / model).write_bytes(after)
    return out


def names_a_tensor(output: str, folder: Path) -> bool:
    """Whether a check's failures name an output or a tensor, of the design or of the fault's."""
    keys = [key for one in (folder, folder.with_name("other")) for key in _keys(one)]
    tensors = {key[2] for key in keys if key[:2] == ["file", "tensor"]}
    if output.startswith("FAILED loading"):
        # Keras knows a weight by a path of its own, which ends as ours does.
        ends = tuple("/" + name.rpartition(".")[2] for name in tensors)
        return any(name in output for name in tensors) or output.rstrip().endswith(ends)
    said = {f"output {key[2]}" for key in keys if key[:2] == ["file", "output"]}
    said |= {f"{what} {name}" for what in ("tensor", "gradient of", "buffer", "weight") for name in tensors}
    failures = [line for line in output.splitlines() if line.startswith("FAILED ")]
    return any(
        f" {name}{end}" in line for name in said for line in failures for end in (",", " in training,")
    )


def _keys(folder: Path) -> list[list[str]]:
    with np.load(folder / "sample.npz") as sample:
        return [key.removesuffix(":shape").split("/", 2) for key in sample.files]


def faults_in(framework: str, faults: Iterable[Fault]) -> list[Fault]:
    """Those that make sense there."""
    target = framework.partition("-")[0]
    return [fault for fault in faults if target not in fault.senseless]


def designs_of(faults: Iterable[Fault]) -> list[Design]:
    """The right designs, each once."""
    return list(dict.fromkeys(fault.right for fault in faults))


def survived(fault: Fault, code: int, output: str, folder: Path) -> str:
    """What a check said that did not find the fault, or named no tensor; nothing where it did."""
    found = code == 1 and names_a_tensor(output, folder)
    return "" if found else f"{fault}: exit {code}: {output}"
