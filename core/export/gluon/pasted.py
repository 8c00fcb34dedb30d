"""Prints a user's file of NumPy functions as an autograd.Function, with the file pasted above it."""

from ...layers.spelling import Pasted
from ..format import Line
from ..pasted import holder, holder_name, spoken, told


def pasted_class(name: str, file: Pasted) -> list[Line]:
    """The lines of a function that holds the file, and of the class that calls what it gives."""
    held, rest = holder_name(name), told(file)
    lines = holder(name, file)
    lines += [f"class {name}(autograd.Function):", f'    """{spoken(file.file)}"""', ""]
    lines += _forward(held, rest)
    lines += ["", *(_backward(held, rest) if file.differentiates else _none())]
    return [Line(line) for line in lines]


def _forward(holder: str, told: str) -> list[str]:
    return [
        "    def forward(self, *inputs):",
        "        self.save_for_backward(*inputs)",
        "        arrays = [x.asnumpy() for x in inputs]",
        f"        y = {holder}()[0](*arrays{told})",
        "        return np.array(onp.array(y), dtype=inputs[0].dtype)",
    ]


def _backward(holder: str, told: str) -> list[str]:
    return [
        "    def backward(self, dy):",
        "        arrays = [x.asnumpy() for x in (dy, *self.saved_tensors)]",
        f"        found = {holder}()[1](*arrays{told})",
        "        found = found if isinstance(found, (tuple, list)) else (found,)",
        "        arrays = [np.array(onp.array(dx), dtype=dy.dtype) for dx in found]",
        "        return tuple(dx.as_nd_ndarray() for dx in arrays)",
    ]


def _none() -> list[str]:
    return [
        "    def backward(self, dy):",
        '        raise NotImplementedError("the file has no backward")',
    ]
