"""PyTorch as a peer: the exported network with the same weights, in either layout, compiled or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from core.export.code import export_code
from core.export.proof import output_names
from core.export.pytorch.printer import PYTORCH
from core.export.tensors import KeptTensor, kept_tensors
from core.export.walk import walk
from core.initialise import Array
from core.program import slots

from .case import Case


@dataclass
class TorchSide:
    """A model with its inputs; `run` is what is measured."""

    tensors: Sequence[KeptTensor]
    model: Any
    act: Any
    """The model, or what was compiled of it."""
    inputs: Sequence[Any]
    names: Sequence[str]
    """Of the outputs."""
    cotangents: Mapping[str, Any]
    training: bool
    found: Any = None

    def run(self) -> None:
        """The forward; in training with the backward, whose gradients are fresh."""
        if not self.training:
            with torch.inference_mode():
                self.found = self.act(*self.inputs)
            return
        for parameter in self.parameters:
            parameter.grad = None
        self.found = self.act(*self.inputs)
        starts = [(self._output(name), cotangent) for name, cotangent in self.cotangents.items()]
        torch.autograd.backward([y for y, _ in starts], [cotangent for _, cotangent in starts])

    def __post_init__(self) -> None:
        self.parameters = list(self.model.parameters())

    def _output(self, name: str) -> Any:
        found = self.found if isinstance(self.found, tuple) else (self.found,)
        return found[self.names.index(name)]

    def outputs(self) -> dict[str, Array]:
        """By name."""
        return {name: self._output(name).detach().contiguous().numpy() for name in self.names}

    def gradients(self) -> dict[str, Array]:
        """By the names of the model's parameters."""
        named = self.model.named_parameters()
        return {name: one.grad.contiguous().numpy() for name, one in named if one.grad is not None}


def torch_side(
    case: Case,
    cotangents: Mapping[str, Array],
    *,
    channels_last: bool = False,
    compiled: bool = False,
    fresh: bool = False,
) -> TorchSide:
    """The exported network with the case's weights, or `fresh` ones of its own."""
    form = walk(case.program, PYTORCH.dialect)
    names: dict[str, Any] = {"__name__": "exported"}
    exec(export_code(case.program, "pytorch").text, names)
    model = names[form.maker]()
    learnt = {one.name for one in slots(case.program) if one.learnt}
    dialect = PYTORCH.dialect
    tensors = [
        replace(one, name=dialect.state(one.name, learnt.issuperset(one.slots)))
        for one in kept_tensors(form, case.program, dialect)
        if set(one.slots) <= case.weights.keys()
    ]
    if not fresh:
        _load(model, tensors, case)
    model.train(case.training)
    inputs = [torch.from_numpy(array) for array in case.inputs.values()]
    starts = {name: torch.from_numpy(array) for name, array in cotangents.items()}
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        inputs = [_turned(x) for x in inputs]
    # The parameters' names are those of the model that is compiled.
    act = torch.compile(model) if compiled else model
    return TorchSide(tensors, model, act, inputs, output_names(case.program), starts, case.training)


def _load(model: Any, tensors: Sequence[KeptTensor], case: Case) -> None:
    state = {
        one.name: torch.from_numpy(one.how.there(*(case.weights[slot] for slot in one.slots)).copy())
        for one in tensors
    }
    found = model.load_state_dict(state, strict=False)  # tied parameters go by one of their names
    assert not found.unexpected_keys, found


def _turned(x: Any) -> Any:
    return x.to(memory_format=torch.channels_last) if x.dim() == 4 else x
