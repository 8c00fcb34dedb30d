"""Where images have channels last: from one layer that wants them so to the next, within one class.

Layers are spelled on their own, turning what they get and turning their result back. Here the turns between
them are taken out: a value is kept with channels last as long as those who read it can do with that, and is
turned where one cannot, and where it leaves the class.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...layers.layer import Layer
from ..form import Value
from ..spelled import Spelled
from ..statements import Step
from .sequences import said_once

TURNED = re.compile(
    r"(?P<before>(?:nn\.(?!softmax|log_softmax)\w+\()?)"
    r"jnp\.moveaxis\((?P<call>.*)jnp\.moveaxis\(\{(?P<place>\w+)\}, 1, -1\)(?P<told>.*), -1, 1\)"
    r"(?P<behind>(?:, \w+=[\w.]+)*\)?)"
)
"""A layer that has channels last, around what has them first, perhaps within an activation."""

EACH_NUMBER = re.compile(
    r"(?:nn\.(?!softmax|log_softmax|max_pool|avg_pool|glu|one_hot)|jnp\.(?:tanh|abs|exp|sqrt|maximum|minimum)"
    r"|jax\.nn\.mish)\w*\(\{\w+\}(?:, \{\w+\})*(?:, \w+=[\w.]+)?\)"
    r"|\{\w+\}(?: [-+*/] \{\w+\})+|\{\w+\} [-+*/] [\d.]+"
)
"""Something that does the same with each number, wherever it stands."""

PLACES = re.compile(r"\{(\w+)\}")


def channels_last(
    steps: Sequence[Step], outputs: Sequence[Value | None], calls: Mapping[str, Spelled]
) -> tuple[list[Step], list[Value | None]]:
    """The steps with few turns, and the outputs turned back."""
    laying = _Laying(calls)
    found = [laying.step(step) for step in steps]
    ends = [laying.output(value, found) for value in outputs]
    return found, ends


class _Laying:
    def __init__(self, calls: Mapping[str, Spelled]) -> None:
        self.calls = calls
        self.ranks: dict[Value, int] = {}
        """The values that have channels last, each with how many axes it has."""
        self.ends: dict[Value, Value] = {}

    def step(self, step: Step) -> Step:
        """The step in the layouts of its sources."""
        if step.template.startswith("self.") and type(self._layer(step)).__name__ == "MultiheadAttention":
            step = said_once(step)
        if step.suite or step.missing or len(step.results) != 1:
            return self._as_drawn(step)
        turned = TURNED.fullmatch(step.template)
        if turned and turned["behind"].count(")") == turned["before"].count("("):
            x = self._last(step, turned["place"])
            call = f"{turned['call']}{x}{turned['told']}"
            return self._kept(step, f"{turned['before']}{call}{turned['behind']}")
        kinds = {self.ranks.get(value) for value in step.sources.values()}
        if len(kinds) == 1 and None not in kinds:
            if EACH_NUMBER.fullmatch(step.template) or self._is_dropout(step):
                return self._kept(step, step.template)
            axes = self._with_axes(step, next(iter(kinds)) or 0)
            if axes is not None:
                return axes
        return self._as_drawn(step)

    def _with_axes(self, step: Step, rank: int) -> Step | None:
        """A step that says along which axis: that of the channels is the last one."""
        joined = re.fullmatch(r"(jnp\.concatenate\(\[.*\], axis=)1\)", step.template)
        if joined:
            return self._kept(step, f"{joined[1]}-1)")
        places = tuple(range(2, rank))
        pooled = re.fullmatch(r"(\{\w+\}\.(?:mean|max)\(axis=)(\([\d, ]+\))\)", step.template)
        if pooled and pooled[2] == str(places):
            return replace(step, template=f"{pooled[1]}{tuple(axis - 1 for axis in places)})")
        return None

    def output(self, value: Value | None, steps: list[Step]) -> Value | None:
        """The value with channels first, for which a step is added."""
        if value is None or value not in self.ranks:
            return value
        if value not in self.ends:
            node, port = value
            self.ends[value] = (f"{node}.first", port)
            made = next(step for step in steps if any(one == value for one, _ in step.results))
            steps.append(
                replace(
                    made,
                    node=f"{node}.first",
                    template="jnp.moveaxis({x}, -1, 1)",
                    sources={"x": value},
                    results=((self.ends[value], port),),
                    comment=with_channels_first(made.comment),
                    role="",
                    wraps=frozenset({made.role}),
                )
            )
        return self.ends[value]

    def _is_dropout(self, step: Step) -> bool:
        return type(self._layer(step)).__name__ in ("Dropout", "AlphaDropout")

    def _layer(self, step: Step) -> Layer | None:
        call = self.calls.get(step.node)
        return None if call is None else call.layer

    def _last(self, step: Step, place: str) -> str:
        is_last = step.sources[place] in self.ranks
        return f"{{{place}}}" if is_last else f"jnp.moveaxis({{{place}}}, 1, -1)"

    def _kept(self, step: Step, template: str) -> Step:
        """A step whose result has channels last."""
        call = self.calls[step.node]
        (type_,) = call.call.outputs
        assert type_ is not None, "only what is complete has code"
        self.ranks[step.results[0][0]] = type_.rank
        return replace(step, template=template, comment=with_channels_last(step.comment))

    def _as_drawn(self, step: Step) -> Step:
        """A step whose sources have channels first; the number of examples stands in front in both."""
        template = step.template
        for place, value in step.sources.items():
            if value in self.ranks:
                plain = rf"\{{{place}\}}(?!\.shape\[0\])"
                template = re.sub(plain, f"jnp.moveaxis({{{place}}}, -1, 1)", template)
        return replace(step, template=template)


def with_channels_last(comment: str) -> str:
    """`(B, C, H, W)` as `(B, H, W, C)`."""
    sizes = _sizes(comment)
    return f"({', '.join((sizes[0], *sizes[2:], sizes[1]))})" if len(sizes) > 2 else comment


def with_channels_first(comment: str) -> str:
    """`(B, H, W, C)` as `(B, C, H, W)`."""
    sizes = _sizes(comment)
    return f"({', '.join((sizes[0], sizes[-1], *sizes[1:-1]))})" if len(sizes) > 2 else comment


def _sizes(comment: str) -> list[str]:
    """The sizes of a shape; nothing where it is none, or that of several."""
    if not (comment.startswith("(") and comment.endswith(")")):
        return []
    found, depth = [""], 0
    for sign in comment[1:-1]:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return []
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return [size.strip() for size in found]
