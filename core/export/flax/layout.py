"""Where images have channels last: from one layer that wants them so to the next, and from class to class.

Layers are spelled on their own, turning what they get and turning their result back. Here the turns between
them are taken out: a value is kept with channels last as long as those who read it can do with that, and is
turned where one cannot. In a network of images whatever has four axes or more has its channels last wherever
it goes from class to class; what has three axes, which are steps and features as often, is turned where it
leaves.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...layers.layer import Layer
from ...layers.spelling import Code
from ...types import Type
from ..form import Value
from ..spelled import Spelled
from ..statements import Step
from .composed import IMAGE
from .sequences import ATTENTION, said_once
from .shapes import with_channels_first, with_channels_last

TURNED = re.compile(
    r"(?P<before>(?:nn\.(?!softmax|log_softmax)\w+\()?)"
    r"jnp\.moveaxis\((?P<call>.*)jnp\.moveaxis\(\{(?P<place>\w+)\}, 1, -1\)(?P<told>.*), -1, 1\)"
    r"(?P<behind>(?:, \w+=[\w.]+)*\)?)"
)
"""A layer that has channels last, around what has them first, perhaps within an activation."""

EACH_NUMBER = re.compile(
    r"(?:nn\.(?!softmax|log_softmax|logsumexp|max_pool|avg_pool|glu|one_hot)\w+"
    r"|jnp\.(?:tanh|abs|exp|sqrt|maximum|minimum)|jax\.nn\.mish)\(\{\w+\}(?:, \{\w+\})*(?:, \w+=[\w.]+)?\)"
    r"|\{\w+\}(?: [-+*/] \{\w+\})+|\{\w+\} [-+*/] [\d.]+"
)
"""Something that does the same with each number, wherever it stands."""

FLAT = "{x}.reshape({x}.shape[0], -1)"
"""Flatten, as it is spelled."""


POOLED = re.compile(r"(\{x\}\.mean\(axis=\([\d, ]+\)), keepdims=True\)")
"""The mean of all places."""


OVER_ALL = re.compile(r"(?:jnp\.abs\()?\{\w+\}\)?\.(?:sum|mean|max|min)\(\)")
"""One number of all of them."""


def channels_last(
    steps: Sequence[Step],
    outputs: Sequence[Value | None],
    calls: Mapping[str, Spelled],
    inputs: Mapping[Value, tuple[str, Type | None]],
    images_last: bool = False,
) -> tuple[list[Step], list[Value | None]]:
    """The steps with few turns, and the outputs as those who call the class expect them."""
    laying = _Laying(calls, inputs, images_last)
    for step in _pooled_flat(steps, calls):
        laying.add(step)
    ends = [laying.output(value) for value in outputs]
    return laying.steps, ends


def _pooled_flat(steps: Sequence[Step], calls: Mapping[str, Spelled]) -> list[Step]:
    """The mean of all places and the flattening that follows as one: the mean without the axes of places."""
    readers = [value for step in steps for value in step.sources.values()]
    made = {value: step for step in steps for value, _ in step.results}
    found = list(steps)
    for place, step in enumerate(steps):
        below = made.get(step.sources.get("x", ("", ""))) if step.template == FLAT else None
        mean = None if below is None else POOLED.fullmatch(below.template)
        if below is None or mean is None or readers.count(step.sources["x"]) > 1:
            continue
        found[found.index(below)] = replace(below, template="{x}", inline=True)
        found[place] = replace(step, template=f"{mean[1]})")
    return found


class _Laying:
    def __init__(
        self,
        calls: Mapping[str, Spelled],
        inputs: Mapping[Value, tuple[str, Type | None]],
        images_last: bool,
    ) -> None:
        self.calls, self.images_last = calls, images_last
        self.steps: list[Step] = []
        self.ranks: dict[Value, int] = {}
        """The values that have channels last, each with how many axes it has."""
        self.turned: dict[Value, Value] = {}
        self.axes = {value: type_.rank for value, (_, type_) in inputs.items() if type_ is not None}
        """How many axes each value has."""
        self.named: dict[str, int] = {}
        """The inputs that have channels last, by name."""
        for value, (name, _) in inputs.items():
            if self._is_image(value):
                self.ranks[value] = self.named[name] = self.axes[value]

    def add(self, step: Step) -> None:
        """The step in the layouts of its sources."""
        call = self.calls.get(step.node)
        if call is not None:
            types = call.call.outputs
            self.axes |= {
                value: type_.rank
                for (value, _), type_ in zip(step.results, types, strict=False)
                if type_ is not None
            }
        self.steps.append(self._read_off(self._step(step)))

    def _step(self, step: Step) -> Step:
        if step.missing:
            return step
        call = self.calls.get(step.node)
        if call is not None and self.images_last and (call.running or is_ours(call)):
            return self._of_ours(step, call)
        if step.suite or len(step.results) != 1:
            return self._as_drawn(step)
        if step.template == "{x}" and step.inline:
            return self._passed_on(step)
        if call is not None and isinstance(call.made, Code) and call.made.target == ATTENTION:
            step = said_once(step)
        turned = TURNED.fullmatch(step.template)
        if turned and turned["behind"].count(")") == turned["before"].count("("):
            x = self._last(step, turned["place"])
            call_text = f"{turned['call']}{x}{turned['told']}"
            return self._kept(step, f"{turned['before']}{call_text}{turned['behind']}")
        kinds = {self.ranks.get(value) for value in step.sources.values()}
        if len(kinds) == 1 and None not in kinds:
            if EACH_NUMBER.fullmatch(step.template) or self._is_dropout(step):
                return self._kept(step, step.template)
            axes = self._with_axes(step, next(iter(kinds)) or 0)
            if axes is not None:
                return axes
        return self._as_drawn(step)

    def _passed_on(self, step: Step) -> Step:
        (source,) = step.sources.values()
        if source in self.ranks:
            self.ranks[step.results[0][0]] = self.ranks[source]
        return step

    def _with_axes(self, step: Step, rank: int) -> Step | None:
        """A step that says along which axis: that of the channels is the last one."""
        joined = re.fullmatch(r"(jnp\.concatenate\(\[.*\], axis=)1\)", step.template)
        if joined:
            return self._kept(step, f"{joined[1]}-1)")
        places = tuple(range(2, rank))
        pooled = re.fullmatch(
            r"(\{\w+\}\.(?:mean|max)\(axis=)(\([\d, ]+\))(, keepdims=True)?\)", step.template
        )
        if pooled and pooled[2] == str(places):
            template = f"{pooled[1]}{tuple(axis - 1 for axis in places)}{pooled[3] or ''})"
            return self._kept(step, template) if pooled[3] else replace(step, template=template)
        if OVER_ALL.fullmatch(step.template) or (step.template == FLAT and self._is_one_place(step)):
            return step
        return None

    def _is_one_place(self, step: Step) -> bool:
        """Whether all axes but those of examples and channels have one place."""
        call = self.calls.get(step.node)
        (type_,) = call.call.inputs if call is not None else (None,)
        return type_ is not None and all(size == 1 for size in type_.shape[2:])

    # What is a class of its own

    def _of_ours(self, step: Step, call: Spelled) -> Step:
        """A call of what takes and gives images with channels last."""
        if is_mixed(call):
            return self._mixed(step)
        if step.suite:
            sources = {
                place: self._turned(value, True) if self._is_image(value) else value
                for place, value in step.sources.items()
            }
            step = replace(step, sources=sources)
        template = step.template
        for place, value in step.sources.items():
            if self._is_image(value) and value not in self.ranks:
                template = template.replace(f"{{{place}}}", f"jnp.moveaxis({{{place}}}, 1, -1)")
        for value, _ in step.results:
            if self._is_image(value):
                self.ranks[value] = self.axes[value]
        return replace(step, template=template)

    def _mixed(self, step: Step) -> Step:
        """Of several parts some take images with channels first: so does the whole."""
        sources = {place: self._turned(value, False) for place, value in step.sources.items()}
        return self._as_drawn(replace(step, sources=sources))

    def _is_image(self, value: Value) -> bool:
        return self.images_last and self.axes.get(value, 0) >= IMAGE

    # The ends

    def output(self, value: Value | None) -> Value | None:
        """The value as those who call the class expect it, for which a step may be added."""
        if value is None or self._is_image(value) == (value in self.ranks):
            return value
        return self._turned(value, self._is_image(value))

    def _turned(self, value: Value, last: bool) -> Value:
        """The value with channels last or first; a step is added where it is not so."""
        if last == (value in self.ranks):
            return value
        if value not in self.turned:
            node, port = value
            self.turned[value] = (f"{node}.{'last' if last else 'first'}", port)
            made = [step for step in self.steps if any(one == value for one, _ in step.results)]
            comment = made[0].comment if made else ""
            if last:
                self.ranks[self.turned[value]] = self.axes[value]
            self.axes[self.turned[value]] = self.axes.get(value, 0)
            self.steps.append(
                Step(
                    node=self.turned[value][0],
                    name=made[0].name if made else "x",
                    template=f"jnp.moveaxis({{x}}, {'1, -1' if last else '-1, 1'})",
                    sources={"x": value},
                    results=((self.turned[value], port),),
                    comment=(with_channels_last if last else with_channels_first)(comment),
                    wraps=frozenset({made[0].role} if made else ()),
                )
            )
        return self.turned[value]

    # One step

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
        value = step.results[0][0]
        self.ranks[value] = self.axes[value]
        comment = step.comment if self._is_image(value) else with_channels_last(step.comment)
        return replace(step, template=template, comment=comment)

    def _as_drawn(self, step: Step) -> Step:
        """A step whose sources have channels first; the number of examples stands in front in both."""
        template = step.template
        for place, value in step.sources.items():
            if value in self.ranks:
                plain = rf"\{{{place}\}}(?!\.shape\[0\])"
                template = re.sub(plain, f"jnp.moveaxis({{{place}}}, -1, 1)", template)
        images = [self._is_image(value) for value, _ in step.results]
        comment = with_channels_first(step.comment) if images == [True] else step.comment
        return replace(step, template=template, comment=comment)

    def _read_off(self, step: Step) -> Step:
        """Sizes that are read off an input with channels last, at the axes that they have there."""

        def at(found: "re.Match[str]") -> str:
            axis = int(found[2])
            last = self.named[found[1]] - 1
            return f"{found[1]}.shape[{last if axis == 1 else axis - (axis > 1)}]"

        if not self.named:
            return step
        names = "|".join(map(re.escape, self.named))
        read = rf"(?<![\w.{{])({names})\.shape\[(\d+)\]"
        return replace(step, template=re.sub(read, at, step.template), suite=re.sub(read, at, step.suite))


def is_mixed(call: Spelled) -> bool:
    """Whether some of its parts are layers, which are spelled for channels first."""
    return bool(call.running) and call.running != "each" and not all(is_ours(one) for _, one in call.parts)


def within_turns(template: str, part: Spelled, whole: Spelled) -> str:
    """The template of a part of what is mixed: one of ours turns what it gets, and its results back."""
    if not is_mixed(whole) or not is_ours(part):
        return template
    for place, type_ in zip(part.places, part.call.inputs, strict=False):
        if type_ is not None and type_.rank >= IMAGE:
            template = template.replace(f"{{{place}}}", f"jnp.moveaxis({{{place}}}, 1, -1)")
    ranks = [type_.rank for type_ in part.call.outputs if type_ is not None]
    if max(ranks, default=0) < IMAGE:
        return template
    if len(ranks) == 1:
        return f"jnp.moveaxis({template}, -1, 1)"
    return f"jax.tree.map(lambda y: jnp.moveaxis(y, -1, 1) if y.ndim > 3 else y, {template})"


def is_ours(call: Spelled) -> bool:
    """Whether it is a call of a class that is written out, or of several modules in a row."""
    made = call.made
    return call.structure is not None or call.is_inlined or bool(call.callees) or _is_class(made)


def _is_class(made: object) -> bool:
    return isinstance(made, Code) and not made.target.startswith(("nn.", "partial"))
