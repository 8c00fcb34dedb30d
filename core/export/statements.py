"""A graph's calls as statements with names that a person would give: `x = F.relu(self.conv1(x))`."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .form import Statement, Value
from .format import INDENT, WIDTH, width
from .names import variable
from .values import filled

ROOM = WIDTH - 2 * len(INDENT)
"""How long a statement in a method may be."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A call in a graph: `template` with a placeholder for each of its `sources`.

    It may stand around a call that it is applied to whose `role` is among those that it `wraps`; `inline`
    says that it may stand in its only user, `tells` that its name says what the value is, and `joins` that
    it reads values which deserve their names.
    `missing` says in words why there is no code for it.
    """

    node: str
    name: str
    template: str = ""
    sources: Mapping[str, Value] = field(default_factory=dict)
    results: tuple[tuple[Value, str], ...] = ()
    comment: str = ""
    role: str = ""
    wraps: frozenset[str] = frozenset()
    inline: bool = False
    tells: bool = False
    joins: bool = False
    missing: str = ""
    suite: str = ""
    """What the call stands inside of, such as `while self.more({x}):`."""
    inside: tuple[str, ...] = ()
    """Further nodes that the template spells."""
    reason: str = ""
    """What a comment in front says."""
    carried: tuple[str, ...] = ()
    """The places of a call in a suite that take its results in the next round, in order."""


class Statements:
    """Turns steps, in an order in which each follows its sources, into statements.

    Names of inputs that are `pinned` are never given to other values.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        inputs: Mapping[Value, str],
        outputs: Sequence[Value | None],
        output_names: Sequence[str],
        pinned: bool = False,
    ) -> None:
        self.inputs = tuple(inputs.values())
        self._steps = {value: step for step in steps for value, _ in step.results}
        self._left = Counter(value for step in steps for value in step.sources.values())
        self._left.update(value for value in outputs if value is not None)
        if pinned:
            self._left.update(list(inputs))
        self._uses = Counter(self._left)
        self._readers = Counter(value for step in steps for value in set(step.sources.values()))
        self._readers.update(value for value in outputs if value is not None)
        self._names: dict[Value, str] = dict(inputs)
        several = len(outputs) > 1
        named = zip(outputs, output_names, strict=True)
        self._hints = {value: name for value, name in named if value is not None and several}
        self._joined = self._read_together(steps)
        inside = self._inside(steps)
        self.lines: list[Statement] = []
        for step in steps:
            if step.node not in inside:
                self._write(step)
        self.outputs = tuple(self._names.get(value, "None") if value else "None" for value in outputs)

    def _read_together(self, steps: Iterable[Step]) -> set[Value]:
        """Values that meet another one that was computed, as queries meet keys."""
        found: set[Value] = set()
        for step in steps:
            computed = {value for value in step.sources.values() if self._is_computed(value)}
            if step.joins and len(computed) > 1:
                found |= computed
        return found

    def _is_computed(self, value: Value) -> bool:
        step = self._steps.get(value)
        return step is not None and not ATTRIBUTE.fullmatch(step.template)

    def _inside(self, steps: Iterable[Step]) -> set[str]:
        """Steps that have no statement of their own: a function is written around them."""
        previous: Step | None = None
        length = 0
        found: set[str] = set()
        for step in steps:
            if previous is not None and self._stands_around(step, previous, length):
                found.add(previous.node)
                length += width(step.template)
            else:
                length = width(step.template)
            if step.inline and all(self._uses[value] == 1 for value, _ in step.results):
                found.add(step.node)
            previous = step
        self._nested = found
        return found

    def _stands_around(self, step: Step, below: Step, length: int) -> bool:
        if (
            below.role not in step.wraps
            or below.missing
            or below.suite
            or below.reason
            or len(below.results) != 1
        ):
            return False
        if step.template.count("{") > 1:
            return False  # what it reads twice needs a name
        value = below.results[0][0]
        # Names are not known yet; `x = ` and short ones are what a chain gets.
        fits = width(step.template) + length + 6 <= ROOM
        return fits and tuple(step.sources.values()) == (value,) and self._uses[value] == 1

    def _write(self, step: Step) -> None:
        if step.missing:
            text = f"{step.name}: {step.missing}"
            self.lines.append(Statement(targets=(), text=text, nodes=(step.node,)))
            return
        if step.suite:
            self._write_suite(step)
            return
        if ATTRIBUTE.fullmatch(step.template):
            self._hold(step)
            return
        text, nodes = self._text(step)
        dying = [self._names.pop(value) for value in self._leaves(step) if self._used(value)]
        targets = self._targets(step, dying)
        self.lines.append(
            Statement(targets=targets, text=text, reason=step.reason, comment=step.comment, nodes=nodes)
        )

    def _write_suite(self, step: Step) -> None:
        """A loop: its variables have the first values, then it runs on them."""
        texts = {place: self._names[value] for place, value in step.sources.items()}
        dying = [self._names.pop(value) for value in self._leaves(step) if self._used(value)]
        for place in step.carried:
            if texts[place] in dying:
                dying.remove(texts[place])
                continue
            taken = self._live() | set(texts.values())
            fresh = next((name for name in ("h", "z") if name not in taken), "") or variable(
                step.name, taken, "h"
            )
            self.lines.append(Statement(targets=(fresh,), text=texts[place], nodes=(step.node,)))
            texts[place] = fresh
        targets = tuple(texts[place] for place in step.carried)
        for (value, _), name in zip(step.results, targets, strict=True):
            self._names[value] = name
        self.lines.append(
            Statement(
                targets=targets,
                text=filled(step.template, texts),
                suite=filled(step.suite, texts),
                comment=step.comment,
                nodes=(step.node, *step.inside),
            )
        )

    def _hold(self, step: Step) -> None:
        """A stored tensor is read where it is used; its name is never free for another value."""
        for value, _ in step.results:
            self._names[value] = step.template
            self._left[value] += 1

    def _used(self, value: Value) -> bool:
        self._left[value] -= 1
        return self._left[value] == 0

    def _leaves(self, step: Step) -> list[Value]:
        found: list[Value] = []
        for value in step.sources.values():
            below = self._steps.get(value)
            found += self._leaves(below) if below and below.node in self._nested else [value]
        return found

    def _text(self, step: Step) -> tuple[str, tuple[str, ...]]:
        texts: dict[str, str] = {}
        nodes: tuple[str, ...] = ()
        for place, value in step.sources.items():
            below = self._steps.get(value)
            if below and below.node in self._nested:
                texts[place], inner = self._text(below)
                nodes += inner
            else:
                texts[place] = self._names[value]
        return filled(step.template, texts), (*nodes, step.node, *step.inside)

    def _targets(self, step: Step, dying: list[str]) -> tuple[str, ...]:
        if len(step.results) == 1:
            value, _ = step.results[0]
            if not self._uses[value]:
                return ("_",)
            self._names[value] = self._target(step, value, dying)
            return (self._names[value],)
        targets: list[str] = []
        for value, port in step.results:
            targets.append("_")
            if self._uses[value]:
                self._names[value] = targets[-1] = variable(port, self._live(), "h")
        return tuple(targets)

    def _target(self, step: Step, value: Value, dying: list[str]) -> str:
        """The name that it is read by with others, else x or h where they are free."""
        live = self._live()
        hint = self._hints.get(value)
        if hint is not None and hint not in live:
            return hint
        telling = next((one for one in self._nest(step) if one.tells), None)
        if value in self._joined and telling is not None:
            return variable(telling.name, live, "h")
        if dying or self._readers[value] <= 1:
            # What is read for the last time makes room, but only x and h may come to mean something else.
            own = [name for name in ("x", "h") if name in dying]
            usual = [name for name in (*own, "x", "h") if name not in live]
            if usual:
                return usual[0]
        return variable((telling or step).name, live, "h")

    def _nest(self, step: Step) -> Iterator[Step]:
        """The step, then what is written inside it, from without to within."""
        yield step
        for value in step.sources.values():
            below = self._steps.get(value)
            if below is not None and below.node in self._nested:
                yield from self._nest(below)

    def _live(self) -> set[str]:
        return set(self._names.values())


def without_aliases(
    steps: Sequence[Step], outputs: Sequence[Value | None]
) -> tuple[list[Step], list[Value | None]]:
    """The steps without those that only pass a value on, whose users read the value itself."""
    same: dict[Value, Value] = {}
    kept: list[Step] = []
    for step in steps:
        step = replace(step, sources={place: same.get(value, value) for place, value in step.sources.items()})
        if PASSING.fullmatch(step.template):
            (source,) = step.sources.values()
            same[step.results[0][0]] = source
        else:
            kept.append(step)
    return kept, [same.get(value, value) if value else None for value in outputs]


ATTRIBUTE = re.compile(r"self\.\w+(\.data\(\))?")
"""A template that is a stored tensor."""

PASSING = re.compile(r"\{\w+\}")
"""A template that is its source and nothing else."""
