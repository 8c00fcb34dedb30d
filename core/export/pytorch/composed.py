"""Prints a layer's primitives as a PyTorch class, for layers that PyTorch has no word for."""

import re
from collections.abc import Mapping

from ...initialise import (
    Constant,
    FanInUniform,
    FirstAxisUniform,
    Initialiser,
    Normal,
    Sinusoids,
    Uniform,
    XavierUniform,
)
from ...layers.layer import Tensor
from ..composed import Body, Composed
from ..form import Value
from ..format import Bracket, Item, Line, laid_out, statement
from ..statements import Statements, Step
from ..values import literal, with_slices_spaced, written
from .primitives import parts


def composed_class(one: Composed) -> list[Line]:
    """The class's lines."""
    lines = [Line(f"class {one.name}(nn.Module):"), *_made(one)]
    if len(lines) > 1:
        lines.append(Line(""))
    lines.append(Line(f"    def forward({', '.join(['self', *one.inputs.values()])}):"))
    if one.text:
        return [*lines, *statement(f"return {with_slices_spaced(one.text)}", 2)]
    if one.training is not None:
        lines += [Line("        if self.training:"), *_body(one, one.training, 3)]
    return [*lines, *_body(one, one.evaluation, 2)]


def _made(one: Composed) -> list[Line]:
    if not one.tensors and not one.given:
        return []
    head = Bracket("def __init__(", tuple(Item(name) for name in ("self", *one.given.values())))
    kept = [Line(f"        self.{name} = {name}") for name in one.given.values() if not one.text]
    lines = [*laid_out(head, 1, ":"), Line("        super().__init__()"), *kept]
    for name, tensor in one.tensors.items():
        first = first_values(tensor, one.given)
        text = (
            f"self.{one.attributes[name]} = nn.Parameter({first})"
            if name in one.learnt
            else f'self.register_buffer("{one.attributes[name]}", {first})'
        )
        lines += statement(text, 2)
    return lines


def first_values(tensor: Tensor, names: Mapping[str, str]) -> str:
    """The first values of a parameter as an expression."""
    spelled = [written(dim, names) for dim in tensor.shape]
    shape = ", ".join(spelled) or "()"
    match tensor.initialiser:
        case Constant(value=0.0 | 1.0 as value):
            return f"torch.{'ones' if value else 'zeros'}({shape})"
        case Constant(value=value):
            return f"torch.full({written(tensor.shape, names)}, {literal(value)})"
        case Sinusoids():
            return f"sinusoids({shape})"
    return _drawn(tensor.initialiser, shape)


def _drawn(initialiser: Initialiser, shape: str) -> str:
    empty = f"torch.empty({shape})"
    match initialiser:
        case Uniform(low=low, high=high):
            return f"{empty}.uniform_({literal(low)}, {literal(high)})"
        case Normal(mean=mean, deviation=deviation):
            return f"{empty}.normal_({literal(mean)}, {literal(deviation)})"
        case XavierUniform():
            return f"nn.init.xavier_uniform_({empty})"
        case FanInUniform(fan_in=int(fan_in)):
            return _within_root(str(fan_in), shape)
        case FirstAxisUniform():
            return _within_root(shape.split(", ")[0] if shape != "()" else "1", shape)
        case FanInUniform() if ", " in shape:
            return f"nn.init.kaiming_uniform_({empty}, a=5**0.5)"
    return f"torch.randn({shape})"


def _within_root(size: str, shape: str) -> str:
    """Evenly within ±1/√size."""
    n = size if re.fullmatch(r"\w+", size) else f"({size})"
    return f"torch.empty({shape}).uniform_(-({n}**-0.5), {n}**-0.5)"


def _body(one: Composed, body: Body, depth: int) -> list[Line]:
    known: dict[Value, str] = {_value(number): name for number, name in one.inputs.items()}
    known |= {_value(number): f"self.{name}" for number, name in one.held.items()}
    outputs = [_value(number) for number in (*body.outputs, *body.buffers.values())]
    steps = _steps(one, body)
    # A size that is read from an input has to be read from that input later on too.
    pinned = any(".shape[" in step.template for step in steps)
    written_ = Statements(steps, known, outputs, ["y"] * len(outputs), pinned)
    results = written_.outputs[: len(body.outputs)]
    done = list(written_.lines)
    returned = ", ".join(results)
    if done and not body.buffers and done[-1].targets == results:
        returned = done.pop().text
    new = zip(body.buffers, written_.outputs[len(results) :], strict=True)
    texts = [f"{', '.join(found.targets)} = {found.text}" for found in done]
    texts += [f"self.{one.attributes[name]} = {value}.detach()" for name, value in new]
    return [line for text in (*texts, f"return {returned}") for line in statement(text, depth)]


def _steps(one: Composed, body: Body) -> list[Step]:
    steps: list[Step] = []
    fixed = {_value(number) for number in one.held}
    for step in body.steps:
        results = [_value(ref.index) for ref in step.outputs]
        sources = {str(i): _value(ref.index) for i, ref in enumerate(step.inputs)}
        if fixed.issuperset(sources.values()):
            fixed.update(results)
        spelled = parts(step, one.names)
        results += [(f"{results[0][0]}.{place}", "") for place in sorted(spelled) if place >= len(results)]
        for place, template in spelled.items():
            before = {f"r{i}": results[i] for i in range(len(results)) if f"{{r{i}}}" in template}
            used = {key: value for key, value in sources.items() if f"{{{key}}}" in template}
            steps.append(
                Step(
                    node=results[place][0],
                    name=NAMES.get(step.primitive.name, {}).get(place, "t"),
                    template=template,
                    sources={**used, **before},
                    results=((results[place], "y"),),
                    inline=results[place] in fixed,
                )
            )
    return steps


NAMES: Mapping[str, Mapping[int, str]] = {
    "normalise": {1: "mean", 2: "variance"},
    "running_average": {1: "count"},
    "max_pool": {1: "index"},
}
"""What a primitive's further results are called."""


def _value(number: int) -> Value:
    return (str(number), "")
