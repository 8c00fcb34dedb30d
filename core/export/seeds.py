"""Seeds of first values: what constructors call what they draw from, and how it is handed to those inside.

What a seed draws comes from one source of numbers, so that no two parameters of one shape begin alike. Where
one run of one constructor draws all of it, that makes the source itself. Where several do, the innermost
class around them all makes it, once, and hands it on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..initial_kinds import seed_of
from ..layers.spelling import Code
from .form import ClassForm, Each, Everywhere, Filling, FillOne, Form, Only, Sources
from .made import Choice, Maker, Row, Several, Word, values_in
from .names import free

SEVERAL = 2
"""How often something is made that is made nobody knows how often."""


Generators = Mapping[int, str]
"""What a constructor calls what it draws from, by the seeds."""


def filled(fillings: Iterable[Filling]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The seeds by which a class gives first values, each with the nodes that say so."""
    for one in fillings:
        match one:
            case Each() | Only():
                yield from filled(one.body)
            case FillOne() | Everywhere():
                said = [one.initial] if isinstance(one, FillOne) else [fill.initial for fill in one.fills]
                seeds = map(seed_of, said)
                yield from ((seed, one.nodes) for seed in seeds if seed is not None)


def own_seeds(form: ClassForm) -> list[int]:
    """The seeds for which a class needs a source of its own under a name: it draws by them more than once."""
    times = Counter(seed for seed, _ in filled(form.fillings))
    loops = (one for one in form.fillings if not isinstance(one, FillOne))
    several = {seed for seed, _ in filled(loops)} | {seed for seed, count in times.items() if count > 1}
    return [seed for seed in times if seed in several and seed not in form.sources.all]


def named(seeds: Iterable[int], form: ClassForm, word: str) -> Generators:
    """What a class calls the sources of these seeds, beside those that it has."""
    known = form.sources.all
    taken = {*_taken(form), *known.values()}
    found: dict[int, str] = {}
    for place, seed in enumerate(seeds, len(known)):
        found[seed] = free(f"{word}{place or ''}", taken)
        taken.add(found[seed])
    return found


def with_sources(form: Form, word: str) -> Form:
    """The program with what its classes make and hand on, where constructors that run apart share a seed."""
    making = _Making.of(form)
    made: dict[str, list[int]] = {}
    given: dict[str, list[int]] = {}
    for seed in making.shared():
        maker, handed = making.way(seed)
        made.setdefault(maker, []).append(seed)
        for name in handed:
            given.setdefault(name, []).append(seed)
    if not made:
        return form
    classes = {
        one.name: _sourced(one, made.get(one.name, []), given.get(one.name, []), word) for one in form.classes
    }
    return replace(form, classes=tuple(_Handing(one.sources, classes).told(one) for one in classes.values()))


def _sourced(form: ClassForm, made: list[int], given: list[int], word: str) -> ClassForm:
    names = named([*given, *made], form, word)
    sources = Sources({seed: names[seed] for seed in made}, {seed: names[seed] for seed in given})
    return replace(form, sources=sources)


@dataclass(frozen=True)
class _Making:
    """Which classes each class makes, how often; and the seeds that it draws by itself. The root is last."""

    inside: Mapping[str, Mapping[str, int]]
    drawn: Mapping[str, set[int]]

    @classmethod
    def of(cls, form: Form) -> "_Making":
        names = {one.name for one in form.classes}
        made = {one.name: [link.code for link in one.chain or one.members] for one in form.classes}
        return cls(
            {name: Counter(_mentions(codes, names)) for name, codes in made.items()},
            {one.name: {seed for seed, _ in filled(one.fillings)} for one in form.classes},
        )

    def shared(self) -> list[int]:
        """The seeds by which several runs of constructors draw."""
        names = [*self.inside][::-1]
        runs = Counter({names[0]: 1})
        # Classes stand before their users.
        for name in names:
            for other, times in self.inside[name].items():
                runs[other] = min(runs[other] + runs[name] * times, SEVERAL)
        drawn: Counter[int] = Counter()
        for name, seeds in self.drawn.items():
            drawn.update(dict.fromkeys(seeds, runs[name]))
        return sorted(seed for seed, times in drawn.items() if times > 1)

    def way(self, seed: int) -> tuple[str, list[str]]:
        """The innermost class around all that draw by a seed, and those inside that need its source."""
        needing: list[str] = []
        for name, others in self.inside.items():
            if seed in self.drawn[name] or any(other in others for other in needing):
                needing.append(name)
        maker = needing.pop()
        while seed not in self.drawn[maker]:
            inner = {name: times for name, times in self.inside[maker].items() if name in needing}
            # The last to need it is the only one that does, and all is reached through it.
            if list(inner.values()) != [1]:
                break
            (maker,) = inner
            needing.remove(maker)
        return maker, needing


def _mentions(values: Iterable[Any], names: set[str], times: int = 1) -> Iterator[str]:
    """The classes that are made within what is made, each as often."""
    for value in values:
        match value:
            case Code() if value.target in names:
                yield from [value.target] * times
            case Word() if value.text in names:
                # Who is given a class makes of it as many as it likes.
                yield from [value.text] * SEVERAL
        several = isinstance(value, Row | Maker)
        yield from _mentions(values_in(value), names, SEVERAL if several else times)


def _taken(form: ClassForm) -> Iterator[str]:
    """Names that mean something else somewhere in a constructor."""
    yield from (one.name for one in form.given)
    yield from form.names.values()
    yield from (one.attribute for one in form.members)
    yield from _loops(form.fillings)
    for one in form.members:
        yield from _variables(one.code)


def _loops(fillings: Iterable[Filling]) -> Iterator[str]:
    for one in fillings:
        if isinstance(one, Each):
            yield one.name
        if isinstance(one, Each | Only):
            yield from _loops(one.body)


def _variables(made: Any) -> Iterator[str]:
    """What loops and functions within what is made call their own."""
    match made:
        case Row():
            yield from (one.name for one in made.carried)
        case Maker():
            yield from made.sizes
    for part in values_in(made):
        yield from _variables(part)


# Handing on


@dataclass(frozen=True)
class _Handing:
    """Hands sources to whatever a class makes that is given some."""

    own: Sources
    classes: Mapping[str, ClassForm]

    def told(self, form: ClassForm) -> ClassForm:
        """The class as it tells what it makes."""
        if not self.own.all:
            return form
        members = tuple(replace(one, code=self._handed(one.code)) for one in form.members)
        chain = form.chain and tuple(replace(one, code=self._handed(one.code)) for one in form.chain)
        return replace(form, members=members, chain=chain)

    def _handed(self, made: Any) -> Any:
        match made:
            case Code():
                keywords = tuple((name, self._handed(value)) for name, value in made.keywords)
                positional = tuple(map(self._handed, made.positional))
                return Code(made.target, positional, keywords + self._words(made.target))
            case Word() if self._words(made.text):
                return Code("partial", (made,), self._words(made.text))
            case Row():
                return replace(made, what=self._handed(made.what))
            case Choice():
                return replace(made, then=self._handed(made.then), otherwise=self._handed(made.otherwise))
            case Several():
                return replace(made, parts=tuple(map(self._handed, made.parts)))
            case Maker():
                return replace(made, code=self._handed(made.code))
            case tuple():
                return tuple(map(self._handed, made))
        return made

    def _words(self, name: str) -> tuple[tuple[str, Any], ...]:
        """The keywords by which a class is given sources; none for what is no class."""
        given = self.classes[name].sources.given if name in self.classes else {}
        return tuple((theirs, Word(self.own.all[seed])) for seed, theirs in given.items())
