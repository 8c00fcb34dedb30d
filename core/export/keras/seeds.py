"""Seeds in Keras: one generator for all that a seed draws, in the one constructor that makes it all."""

from collections.abc import Iterable, Iterator

from ...initial_kinds import SEED
from ...text import tr
from ..error import ExportError
from ..first import Drawn
from ..form import ClassForm, Each, Filling, FillOne, Form, Only
from ..format import INDENT, Line
from ..names import free
from .initializers import Generators


def named(seeds: Iterable[int], form: ClassForm) -> Generators:
    """What a class calls the generators of these seeds."""
    taken = {one.name for one in form.given} | set(form.names.values()) | set(_loops(form.fillings))
    found: dict[int, str] = {}
    for seed in seeds:
        found[seed] = free("seed", taken)
        taken.add(found[seed])
    return found


def generator_lines(seeds: Generators, nodes: tuple[str, ...] = ()) -> list[Line]:
    """The lines that make the generators."""
    return [
        Line(f"{INDENT * 2}{name} = keras.random.SeedGenerator({seed})", nodes)
        for seed, name in seeds.items()
    ]


def filled(fillings: Iterable[Filling]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The seeds by which a class sets initializers, each with the nodes that say so."""
    for one in fillings:
        if isinstance(one, Each | Only):
            yield from filled(one.body)
            continue
        said = [one.initial] if isinstance(one, FillOne) else [fill.initial for fill in one.fills]
        seeds = (initial.settings.get(SEED) for initial in said)
        yield from ((seed, one.nodes) for seed in seeds if isinstance(seed, int))


def refuse_twins(form: Form) -> None:
    """Raises ExportError where constructors that run apart would each draw by a seed that they share."""
    drawn: dict[int, list[Drawn]] = {}
    for one in form.first.drawn:
        if one.seed in form.first.shared:
            drawn.setdefault(one.seed, []).append(one)
    for seed, ones in drawn.items():
        makers = {form.definition for form in form.classes if seed in dict(filled(form.fillings))}
        runs = {home for one in ones for home in one.homes if home[1] in makers}
        if len(runs) > 1:
            raise ExportError(
                tr("parts that are made apart would begin alike in Keras by seed {seed}; give it to "
                   "a module around them all, or none", seed=seed),
                (ones[-1].node,),
            )  # fmt: skip


def _loops(fillings: Iterable[Filling]) -> Iterator[str]:
    for one in fillings:
        if isinstance(one, Each):
            yield one.name
        if isinstance(one, Each | Only):
            yield from _loops(one.body)
