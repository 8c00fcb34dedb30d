"""Prints a layer's primitives as a class, for layers that a framework has no word for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..layers.layer import Tensor
from ..ops.primitive import Step as Application
from .composed import Body, Composed
from .constructor import constructor_head
from .form import Value
from .format import Item, Line, statement
from .statements import Statements, Step
from .values import Names, with_slices_spaced, written

Parts = Mapping[int, str]
"""A template for each result (and step to one) in order; `{0}` is an input, `{r1}` a result."""


@dataclass(frozen=True)
class Use:
    """One application of a primitive, its settings ready to be written."""

    step: Application
    names: Names

    def __getitem__(self, setting: str) -> Any:
        return self.step.settings[setting]

    def text(self, setting: str) -> str:
        """The setting as source text."""
        return written(self.step.settings[setting], self.names)

    def listed(self, setting: str) -> str:
        """A tuple's items without the parentheses."""
        return ", ".join(written(item, self.names) for item in self.step.settings[setting])

    def dims(self) -> int:
        """How many spatial axes the first input has."""
        return self.step.inputs[0].type.rank - 2


Table = Mapping[str, str | Callable[[Use], str | Parts]]
"""The spelling of each primitive's results, by its name."""


def parts_in(table: Table, use: Use) -> Parts:
    """The templates of a step. KeyError where the primitive has no spelling."""
    spelled = table[use.step.primitive.name]
    found = spelled if isinstance(spelled, str) else spelled(use)
    return {0: found} if isinstance(found, str) else found


class PrimitivePrinter:
    """The order of such a class. Methods that raise are for each framework to write."""

    base: ClassVar[str]
    """What the class derives from."""
    forward: ClassVar[str] = "forward"
    """What the method is called that computes."""
    arguments: ClassVar[tuple[str, ...]] = ()
    """What the method takes besides its inputs where it does something else in training."""
    training: ClassVar[str] = "self.training"
    """The condition that it is in training."""

    def parts(self, use: Use) -> Parts:
        """The templates of a primitive's results. KeyError where it has no spelling."""
        raise NotImplementedError

    def tensor(self, one: Composed, name: str, tensor: Tensor) -> list[Line]:
        """Makes a parameter or buffer in the constructor."""
        raise NotImplementedError

    def renewed(self, attribute: str, value: str) -> str:
        """Puts a new value into a buffer."""
        raise NotImplementedError

    def lines(self, one: Composed) -> list[Line]:
        """The class's lines."""
        lines = [Line(f"class {one.name}({self.base}):"), *self.constructor(one)]
        if len(lines) > 1:
            lines.append(Line(""))
        more = self.arguments if one.training is not None else ()
        lines.append(Line(f"    def {self.forward}({', '.join(['self', *one.inputs.values(), *more])}):"))
        if one.text:
            return [*lines, *statement(f"return {with_slices_spaced(one.text)}", 2)]
        if one.training is not None:
            lines += [Line(f"        if {self.training}:"), *self._body(one, one.training, 3)]
        return [*lines, *self._body(one, one.evaluation, 2)]

    def constructor(self, one: Composed) -> list[Line]:
        """The constructor; none where there is nothing to keep."""
        if not one.tensors and not one.given:
            return []
        kept = [Line(f"        self.{name} = {name}") for name in one.given.values() if not one.text]
        tensors = [line for name, tensor in one.tensors.items() for line in self.tensor(one, name, tensor)]
        return [*self.constructor_head(tuple(map(Item, one.given.values()))), *kept, *tensors]

    def constructor_head(self, given: tuple[Item, ...]) -> list[Line]:
        """The constructor's first lines."""
        return constructor_head(given)

    def _body(self, one: Composed, body: Body, depth: int) -> list[Line]:
        known: dict[Value, str] = {_value(number): name for number, name in one.inputs.items()}
        known |= {_value(number): self.held(name) for number, name in one.held.items()}
        outputs = [_value(number) for number in (*body.outputs, *body.buffers.values())]
        steps = self._steps(one, body)
        # A size that is read from an input has to be read from that input later on too.
        pinned = any(_READS_SIZES.search(step.template) for step in steps)
        written_ = Statements(steps, known, outputs, ["y"] * len(outputs), pinned)
        results = written_.outputs[: len(body.outputs)]
        done = list(written_.lines)
        returned = ", ".join(results)
        if done and not body.buffers and done[-1].targets == results:
            returned = done.pop().text
        new = zip(body.buffers, written_.outputs[len(results) :], strict=True)
        texts = [f"{', '.join(found.targets)} = {found.text}" for found in done]
        texts += [self.renewed(one.attributes[name], value) for name, value in new]
        return [line for text in (*texts, f"return {returned}") for line in statement(text, depth)]

    def held(self, attribute: str) -> str:
        """How the method reads a tensor."""
        return f"self.{attribute}"

    def _steps(self, one: Composed, body: Body) -> list[Step]:
        steps: list[Step] = []
        fixed = {_value(number) for number in one.held}
        read = {ref.index for step in body.steps for ref in step.inputs}.union(body.outputs)
        for step in body.steps:
            results = [_value(ref.index) for ref in step.outputs]
            sources = {str(i): _value(ref.index) for i, ref in enumerate(step.inputs)}
            if fixed.issuperset(sources.values()):
                fixed.update(results)
            spelled = self.parts(Use(step, one.names))
            results += [
                (f"{results[0][0]}.{place}", "") for place in sorted(spelled) if place >= len(results)
            ]
            for place, template in spelled.items():
                if step.primitive.name == "lstm" and place == 1 and step.outputs[1].index not in read:
                    continue  # the last cell, which few ask for
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


# `x.shape[0]`, or as a function: `ops.shape(x)[0]`.
_READS_SIZES = re.compile(r"\.shape[\[(]")


def _value(number: int) -> Value:
    return (str(number), "")
