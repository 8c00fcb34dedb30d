"""The samples of PyTorch's own tests of its modules, as values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")
pytest.importorskip("expecttest")
common: Any = pytest.importorskip("torch.testing._internal.common_modules")

torch.set_num_threads(1)  # on tensors so small threads cost more than they give, the more where others run

MODULES: Mapping[str, Any] = {info.name.removeprefix("nn."): info for info in common.module_db}
"""PyTorch's description of each module that has samples, by its name under torch.nn."""

PRECISIONS = (torch.float64, torch.float32)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A module to construct, and what to call it with."""

    kind: Any
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] = ()
    input_keywords: Mapping[str, Any] = field(default_factory=dict)
    precision: Any = torch.float64
    training: bool = False
    name: str = ""

    def __str__(self) -> str:
        given = [*map(written, self.arguments), *(f"{k}={written(v)}" for k, v in self.keywords.items())]
        called = [*map(written, self.inputs), *(f"{k}={written(v)}" for k, v in self.input_keywords.items())]
        mode = "training" if self.training else "eval"
        precision = str(self.precision).removeprefix("torch.")
        return f"{self.kind.__name__}({', '.join(given)})({', '.join(called)}) in {mode}, {precision}"

    def constructed(self) -> Any:
        """The module with its sizes known and its numbers away from where they are all alike."""
        torch.default_generator.manual_seed(7)
        module = self.kind(*self.arguments, **self.keywords).to(self.precision)
        if isinstance(module, torch.nn.modules.lazy.LazyModuleMixin):
            module(*self.inputs, **self.input_keywords)
        with torch.no_grad():
            for tensor in (*module.parameters(), *module.buffers()):
                if tensor.is_floating_point() and not is_loss(module):
                    tensor.copy_(torch.rand_like(tensor) + 0.5 if is_norm(module) else tensor)
        return module.train(self.training)


def is_norm(module: Any) -> bool:
    return "Norm" in type(module).__name__


def is_loss(module: Any) -> bool:
    return "Loss" in type(module).__name__


def written(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"{'×'.join(map(str, value.shape)) or 'scalar'} {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(written, value))})"
    return repr(value) if not callable(value) else getattr(value, "__name__", "a function")


def samples(name: str) -> Iterator[Sample]:
    """Those of the module of that name: in both precisions, and in both modes where they differ."""
    info = MODULES[name]
    for precision in PRECISIONS:
        for training in (False, True) if info.train_and_eval_differ else (False,):
            torch.default_generator.manual_seed(5)
            given = {"device": "cpu", "dtype": precision, "requires_grad": True, "training": training}
            for one in info.module_inputs_func(info, **given):
                made, called = one.constructor_input, one.forward_input
                yield Sample(
                    kind=info.module_cls,
                    arguments=made.args,
                    keywords=made.kwargs,
                    inputs=called.args,
                    input_keywords=called.kwargs,
                    precision=precision,
                    training=training,
                    name=one.desc,
                )
