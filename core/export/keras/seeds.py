"""Seeds in Keras: one generator for all that a seed draws, in the one constructor that makes it all."""

from ...text import tr
from ..error import ExportError
from ..first import Drawn
from ..form import Form
from ..format import INDENT, Line
from ..seeds import Generators, filled

NAME = "seed"
"""What a generator is called."""


def generator_lines(seeds: Generators, nodes: tuple[str, ...] = ()) -> list[Line]:
    """The lines that make the generators."""
    return [
        Line(f"{INDENT * 2}{name} = keras.random.SeedGenerator({seed})", nodes)
        for seed, name in seeds.items()
    ]


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
