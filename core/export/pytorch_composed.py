"""Prints a layer's primitives as a PyTorch class, for layers that PyTorch has no word for."""

from collections.abc import Mapping

from ..initialise import Constant, FanInUniform, Initialiser, Normal, Uniform
from ..layers.layer import Tensor
from .composed import Body, Composed
from .form import Value
from .format import INDENT, Bracket, Item, Line, laid_out, statement
from .pytorch_primitives import parts
from .statements import Statements, Step
from .values import literal, written


def composed_class(one: Composed) -> list[Line]:
    """The class's lines."""
    lines = [Line(f"class {one.name}(nn.Module):"), *_made(one)]
    if len(lines) > 1:
        lines.append(Line(""))
    lines.append(Line(f"    def forward({', '.join(['self', *one.inputs.values()])}):"))
    if one.training is not None:
        lines += [Line("        if self.training:"), *_body(one, one.training, 3)]
    return [*lines, *_body(one, one.evaluation, 2)]


def _made(one: Composed) -> list[Line]:
    if not one.tensors and not one.given:
        return []
    head = Bracket("def __init__(", tuple(Item(name) for name in ("self", *one.given.values())))
    kept = [Line(f"        self.{name} = {name}") for name in one.given.values()]
    lines = [*laid_out(head, 1, ":"), Line("        super().__init__()"), *kept]
    for name, tensor in one.tensors.items():
        first = first_values(tensor, one.given)
        text = (
            f"self.{name} = nn.Parameter({first})"
            if name in one.learnt
            else f'self.register_buffer("{name}", {first})'
        )
        lines += statement(text, 2)
    return lines


def first_values(tensor: Tensor, names: Mapping[str, str]) -> str:
    """The first values of a parameter as an expression."""
    shape = written(tensor.shape, names)
    return _drawn(tensor.initialiser, tensor, shape)


def _drawn(recipe: Initialiser, tensor: Tensor, shape: str) -> str:
    match recipe:
        case Constant(value=0.0):
            return f"torch.zeros({shape})"
        case Constant(value=1.0):
            return f"torch.ones({shape})"
        case Constant(value=value):
            return f"torch.full({shape}, {literal(value)})"
        case Uniform(low=low, high=high):
            return f"torch.empty({shape}).uniform_({literal(low)}, {literal(high)})"
        case Normal(mean=mean, deviation=deviation):
            return f"torch.empty({shape}).normal_({literal(mean)}, {literal(deviation)})"
        case FanInUniform() if len(tensor.shape) > 1:
            return f"nn.init.kaiming_uniform_(torch.empty({shape}), a=5**0.5)"
        case FanInUniform(fan_in=int(fan_in)):
            return f"torch.empty({shape}).uniform_(-({fan_in}**-0.5), {fan_in}**-0.5)"
    return f"torch.randn({shape})"


def _body(one: Composed, body: Body, depth: int) -> list[Line]:
    known: dict[Value, str] = {_value(number): name for number, name in one.inputs.items()}
    known |= {_value(number): f"self.{name}" for number, name in one.held.items()}
    outputs = [_value(number) for number in (*body.outputs, *body.buffers.values())]
    statements = Statements(_steps(one, body), known, outputs, ["y"] * len(outputs))
    lines = [
        line
        for found in statements.lines
        for line in statement(f"{', '.join(found.targets)} = {found.text}", depth)
    ]
    results = statements.outputs[: len(body.outputs)]
    new = zip(body.buffers, statements.outputs[len(body.outputs) :], strict=True)
    kept = [Line(f"{INDENT * depth}self.{name} = {value}.detach()") for name, value in new]
    return [*lines, *kept, Line(f"{INDENT * depth}return {', '.join(results)}")]


def _steps(one: Composed, body: Body) -> list[Step]:
    steps: list[Step] = []
    for step in body.steps:
        results = [_value(ref.index) for ref in step.outputs]
        sources = {str(i): _value(ref.index) for i, ref in enumerate(step.inputs)}
        for place, template in parts(step, one.names).items():
            before = {f"r{i}": results[i] for i in range(len(results)) if f"{{r{i}}}" in template}
            used = {key: value for key, value in sources.items() if f"{{{key}}}" in template}
            steps.append(
                Step(
                    node=f"{results[place][0]}",
                    name=step.primitive.name,
                    template=template,
                    sources={**used, **before},
                    results=((results[place], "y"),),
                )
            )
    return steps


def _value(number: int) -> Value:
    return (str(number), "")
