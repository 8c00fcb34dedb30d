"""Random masks: the same numbers as the reference draws."""

from math import ceil, prod

from ..engine.plan import Instruction
from .code import Draw, Word, at
from .lowering import Lowering, Rule


def _random_mask(lowering: Lowering, instruction: Instruction) -> bool:
    (output,) = instruction.outputs
    count = prod(lowering.shape(output))
    if not count:
        return False
    keep = instruction.settings["keep"]
    made = lowering.made(output)
    words: list[Word] = [
        at(made), count, ceil(keep * 2**53), 1 / keep if keep else 0.0, Draw(instruction.settings["key"]),
    ]  # fmt: skip
    lowering.code.call("random.mask", words, [], [made], 4 * count)
    return True


CHANCE_RULES: dict[str, Rule] = {"random_mask": _random_mask}
"""By primitive."""
