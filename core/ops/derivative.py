"""The backward of a region, as a region itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from .interpret import differentiate
from .primitive import Ref, Trace
from .region import Region, region


@dataclass(frozen=True, slots=True)
class Derivative:
    """A region that computes another one anew, and then the gradients of its inputs and kept values.

    `region` takes the other's inputs, then a cotangent for each of the places in its outputs and kept values
    that were chosen. `inputs` and `kept` say which of its outputs is the gradient of each input and of each
    kept value of the other; None where there is none, or zeros.
    """

    region: Region
    inputs: tuple[int | None, ...]
    kept: tuple[int | None, ...]


def derivative(original: Region, starts: Sequence[int]) -> Derivative:
    """The derivative from cotangents at these places among the outputs and, after them, the kept values."""
    trace = Trace()
    refs = original.replay(trace)
    inputs = refs[: original.input_count]
    ends = [refs[number] for number in (*original.outputs, *original.kept)]
    chosen = [ends[place] for place in starts]
    cotangents = [trace.input(ref.type) for ref in chosen]
    found = differentiate(trace, chosen, cotangents)
    wanted = [*inputs, *(refs[number] for number in original.kept)]
    gradients: list[Ref] = []
    places: list[int | None] = []
    for ref in wanted:
        has = ref.type.dtype == "float32" and ref.index in found
        places.append(len(gradients) if has else None)
        gradients += [found[ref.index]] if has else []
    split = len(inputs)
    return Derivative(
        region(trace, [*inputs, *cotangents], gradients), tuple(places[:split]), tuple(places[split:])
    )
