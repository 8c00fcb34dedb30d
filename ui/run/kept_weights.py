"""The open design's weights: drawn by the first run or loaded, and carried along by edits. No Qt."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as File

from core.document import Change, Rename
from core.engine.weightfile import Report, load_weights, save_weights
from core.engine.weights import follow, initial
from core.initialise import Array
from core.problem import Path
from core.program import Program, slots
from core.record import Module, Node, Record

Calls = Callable[[str], Sequence[Path]]
"""The call paths of a module."""

Move = tuple[tuple[Rename, ...], Mapping[str, Sequence[Path]]]
"""The renames of an edit, and the calls that their modules had then."""


class KeptWeights:
    """Arrays by slot. Those that were loaded outlive a change of the seed, and edits that are taken back."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}
        self._loaded: dict[str, Array] = {}
        self._moves: list[Move] | None = None
        """What regrouped calls since the run began; None where that run's draws no longer count."""

    @property
    def arrays(self) -> Mapping[str, Array]:
        """Every array by its slot; a new mapping at each change."""
        return self._arrays

    def begin(self, program: Program) -> Mapping[str, Array]:
        """What a run of the program takes; `keep` is for what that run draws."""
        self._moves = []
        self._bring_back(program)
        return self._arrays

    def keep(self, drawn: Mapping[str, Array]) -> None:
        """Keeps what a run drew for slots that had nothing fitting, at where edits have taken them since."""
        moves, self._moves = self._moves, None
        if not drawn or moves is None:
            return
        for renames, calls in moves:
            drawn = follow(drawn, renames, calls.__getitem__)
        self._arrays = {**self._arrays, **drawn}

    def forget(self) -> None:
        """The next run draws everything anew."""
        self._arrays, self._loaded, self._moves = {}, {}, None

    def forget_drawn(self) -> None:
        """The next run draws anew what was drawn."""
        self._arrays, self._moves = dict(self._loaded), None

    def follow(self, change: Change, calls: Calls) -> None:
        """Arrays go along where an edit regroups their calls; other first values are drawn by the next run.

        Draws depend on the slot's name and the seed alone, so those whose recipe stayed come out the same.
        """
        if any(_initial(old) != _initial(new) for old, new in change.diff.values()):
            self.forget_drawn()
        if not change.renames:
            return
        if self._moves is not None:
            then = {rename.module: calls(rename.module) for rename in change.renames}
            self._moves.append((change.renames, then))
        self._loaded = follow(self._loaded, change.renames, calls)
        self._arrays = follow(self._arrays, change.renames, calls)

    def load(self, file: File, program: Program) -> Report:
        """Takes what fits from a file. Raises WeightsError."""
        loaded, report = load_weights(file, program)
        self._arrays = {**self._arrays, **loaded}
        self._loaded = {**self._loaded, **loaded}
        self._moves = None
        return report

    def save(self, file: File, program: Program, seed: int) -> int:
        """Writes every tensor of the design; where none fits, what the next run would draw.

        Returns how many; raises WeightsError or PlanError.
        """
        self._bring_back(program)
        first = initial(program, None, seed)
        kept = {
            name: self._arrays[name]
            for name, array in first.items()
            if name in self._arrays and self._arrays[name].shape == array.shape
        }
        save_weights(file, program, {**first, **kept})
        return len(first)

    def _bring_back(self, program: Program) -> None:
        """Puts back loaded arrays that did not fit for a while, where they fit again."""
        aside = {name: array for name, array in self._loaded.items() if self._arrays.get(name) is not array}
        if aside:
            shapes = {slot.name: slot.shape for slot in slots(program)}
            fitting = {name: array for name, array in aside.items() if shapes.get(name) == array.shape}
            self._arrays = {**self._arrays, **fitting}


def _initial(record: Record | None) -> object:
    """What a record says of first values."""
    return dict(record.initial) if isinstance(record, Node | Module) else {}
