"""Every primitive that the machine has kernels for."""

from math import prod

from ..engine.plan import Instruction
from ..kernels.vector import ITEM
from .along_rules import ALONG_RULES
from .attention import attention
from .chance_rules import CHANCE_RULES
from .elementwise_rules import ELEMENTWISE_RULES
from .image_rules import IMAGE_RULES
from .index_rules import INDEX_RULES, added_to
from .lowering import Lowering, Rule
from .norm_rules import NORM_RULES
from .place_rules import PLACE_RULES
from .products import product
from .recurrent_rules import RECURRENT_RULES
from .row_rules import ROW_RULES
from .tails import followed
from .truth_rules import TRUTH_RULES
from .view import View


def _matmul(lowering: Lowering, instruction: Instruction) -> bool:
    a, b = (lowering.view(number) for number in instruction.inputs)
    if instruction.settings["transpose_a"]:
        a = _turned(a)
    if instruction.settings["transpose_b"]:
        b = _turned(b)
    (output,) = instruction.outputs
    if not prod(lowering.shape(output)) or not a.shape[-1]:
        return False
    if sum(size != 1 for size in lowering.shape(output)[:-2]) > 2:
        return False
    if attention(lowering, instruction):
        return True
    tail = followed(lowering, output, len(lowering.shape(output)) - 1)
    if tail.factor is not None:
        b = lowering.step(("multiply", ()), b, tail.factor)
        lowering.chains.close(b.memory)
    lowering.tail_stands(tail)
    residual = None if tail.residual is None else lowering.view(tail.residual)
    if residual is not None and residual.strides[-1] != ITEM:
        residual = lowering.copied(residual)
    made = _made(lowering, tail.end)
    last = not lowering.readers(tail.end)
    assert product(lowering.code, a, b, made, bias=tail.shift, residual=residual, relu=tail.relu, last=last)
    return True


def _made(lowering: Lowering, product: int) -> View:
    """Memory for a product: at once that of a sum which it is a part of, if the rest is added there later."""
    addition = added_to(lowering, product)
    if addition is None:
        return lowering.made(product, lowering.preferred(product))
    made = lowering.made(addition.outputs[0])
    lowering.alias(product, made)
    return made


def _turned(view: View) -> View:
    return view.permuted((*range(view.rank - 2), view.rank - 1, view.rank - 2))


def _permute(lowering: Lowering, instruction: Instruction) -> bool:
    view = lowering.seen(instruction.inputs[0])
    lowering.alias(instruction.outputs[0], view.permuted(instruction.settings["axes"]))
    return True


def _slice(lowering: Lowering, instruction: Instruction) -> bool:
    view = lowering.seen(instruction.inputs[0])
    settings = instruction.settings
    if settings["step"] < 1:
        return False
    cut = view.sliced(settings["axis"], settings["start"], settings["stop"], settings["step"])
    lowering.alias(instruction.outputs[0], cut)
    return True


RULES: dict[str, Rule] = {
    **ELEMENTWISE_RULES,
    **IMAGE_RULES,
    **ALONG_RULES,
    **CHANCE_RULES,
    **INDEX_RULES,
    **NORM_RULES,
    **PLACE_RULES,
    **ROW_RULES,
    **TRUTH_RULES,
    **RECURRENT_RULES,
    "matmul": _matmul,
    "permute": _permute,
    "slice": _slice,
}
"""By primitive; what is not here is left to its reference."""
