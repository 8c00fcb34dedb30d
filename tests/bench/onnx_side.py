"""onnxruntime as a peer: the exported model, forward alone."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from core.export.onnx.target import model_file
from core.export.proof import output_names
from core.export.tensors import KeptTensor
from core.initialise import Array

from .case import Case

onnxruntime: Any = import_module("onnxruntime")  # it has no types


class OnnxSide:
    """A session with its inputs."""

    tensors: Sequence[KeptTensor] = ()

    def __init__(self, case: Case, threads: int, file: str = "") -> None:
        """The model is read from the file, or made now."""
        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            file or model_file(case.program, case.weights), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = dict(case.inputs)
        self._names = output_names(case.program)
        self._found: Sequence[Any] = ()

    def run(self) -> None:
        """The forward."""
        self._found = self._session.run(self._names, self._inputs)

    def outputs(self) -> dict[str, Array]:
        """By name."""
        return dict(zip(self._names, self._found, strict=True))

    def gradients(self) -> Mapping[str, Array]:
        """None."""
        return {}
