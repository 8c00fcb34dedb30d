"""Prints a user's file of NumPy functions as a torch.autograd.Function, with the file pasted above it."""

from ...layers.spelling import Pasted
from ..format import Line
from ..pasted import holder, holder_name, spoken, told


def pasted_class(name: str, file: Pasted) -> list[Line]:
    """The lines of a function that holds the file, and of the class that calls what it gives."""
    held, rest = holder_name(name), told(file)
    lines = holder(name, file)
    lines += [f"class {name}(torch.autograd.Function):", f'    """{spoken(file.file)}"""', ""]
    lines += _forward(held, rest)
    if file.differentiates:
        lines += ["", *_backward(held, rest)]
    return [Line(line) for line in lines]


def _forward(holder: str, told: str) -> list[str]:
    return [
        "    @staticmethod",
        "    def forward(ctx, *inputs):",
        "        ctx.save_for_backward(*inputs)",
        "        arrays = [x.detach().cpu().numpy() for x in inputs]",
        f"        y = {holder}()[0](*arrays{told})",
        "        return torch.from_numpy(np.array(y)).to(inputs[0])",
    ]


def _backward(holder: str, told: str) -> list[str]:
    return [
        "    @staticmethod",
        "    def backward(ctx, dy):",
        "        arrays = [x.detach().cpu().numpy() for x in (dy, *ctx.saved_tensors)]",
        f"        found = {holder}()[1](*arrays{told})",
        "        found = found if isinstance(found, (tuple, list)) else (found,)",
        "        return tuple(torch.from_numpy(np.array(dx)).to(dy) for dx in found)",
    ]
