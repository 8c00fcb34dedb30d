"""What the samples came to, module by module, as a table to read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.layers import LAYERS

from .comparing import Outcome, outcome
from .samples import MODULES, samples
from .scope import ABSENT, reason


@dataclass(frozen=True, kw_only=True)
class Row:
    """A module of PyTorch's and the outcomes of its samples, in both precisions and the modes that differ."""

    module: str
    outcomes: tuple[Outcome, ...]

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in self.outcomes for name in one.layers))

    @property
    def passed(self) -> int:
        return sum(one.passed for one in self.outcomes)

    @property
    def failures(self) -> list[str]:
        return [f"{one.sample}: {one.fault}" for one in self.outcomes if one.fault]

    @property
    def outside(self) -> Counter[str]:
        """What samples wanted that no layer of ours can be told, with how many did."""
        return Counter(one.missing for one in self.outcomes if one.missing)

    @property
    def unexplained(self) -> list[str]:
        """What is missing without standing in the table of reasons."""
        return [what for what in self.outside if reason(what) is None]

    @property
    def difference(self) -> float:
        return max((one.difference for one in self.outcomes), default=0.0)

    @property
    def notes(self) -> Counter[str]:
        """What was done to samples so that a layer of ours could take them, with how many it was done to."""
        return Counter(note for one in self.outcomes for note in one.notes)


def row(module: str) -> Row:
    """Runs every sample of a module, but those of a module that no layer of ours stands for."""
    name = module.removeprefix("Lazy")
    if name in ABSENT and name not in LAYERS:
        return Row(
            module=module, outcomes=tuple(Outcome(sample=one, missing=name) for one in samples(module))
        )
    return Row(module=module, outcomes=tuple(outcome(one) for one in samples(module)))


def rows() -> list[Row]:
    return [row(module) for module in MODULES]


HEAD = ("Layer", "Module", "Samples", "Run", "Passed", "Out of scope", "Largest difference")


def written(found: Sequence[Row]) -> str:
    """The table, then the reasons, what was done to samples, and the failures if there are any."""
    lines = [HEAD, *(cells(one) for one in found), totals(found)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    table = [
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    outside = [(one.module, what, n) for one in found for what, n in one.outside.items()]
    parts = [
        "\n".join(table),
        titled(
            "Out of scope",
            [f"{n} of {module}: {told(what)}" for module, what, n in outside],
        ),
        titled(
            "Done to samples",
            [f"{n} of {one.module}: {note}" for one in found for note, n in one.notes.items()],
        ),
        titled("Failures", [text for one in found for text in one.failures]),
    ]
    return "\n\n".join(part for part in parts if part)


def cells(one: Row) -> tuple[str, ...]:
    outside = sum(one.outside.values())
    run = len(one.outcomes) - outside
    layers = ", ".join(one.layers) or "–"
    difference = f"{one.difference:.1e}" if run else ""
    return layers, one.module, str(len(one.outcomes)), str(run), str(one.passed), str(outside), difference


def totals(found: Sequence[Row]) -> tuple[str, ...]:
    counts = [sum(int(cells(one)[i]) for one in found) for i in range(2, 6)]
    layers = {name for one in found for name in one.layers}
    return f"{len(layers)} layers", f"{len(found)} modules", *map(str, counts), ""


def told(what: str) -> str:
    return f"{what} ({reason(what) or 'no layer of ours yet'})"


def titled(title: str, lines: Sequence[str]) -> str:
    return "\n".join((title, *(f"  {line}" for line in lines))) if lines else ""
