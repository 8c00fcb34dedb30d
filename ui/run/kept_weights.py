"""The open design's weights: drawn by the first run or loaded, and carried along by edits. No Qt."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as File

from core.document import Change
from core.engine.weightfile import Report, load_weights, save_weights
from core.engine.weights import follow, initial
from core.initialise import Array
from core.problem import Path
from core.program import Program


class KeptWeights:
    """Arrays by slot; those that were loaded outlive a change of the seed."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}
        self._loaded: frozenset[str] = frozenset()

    @property
    def arrays(self) -> Mapping[str, Array]:
        """Every array by its slot; a new mapping at each change."""
        return self._arrays

    def keep(self, drawn: Mapping[str, Array]) -> None:
        """Keeps what a run drew for slots that had nothing fitting."""
        if drawn:
            self._arrays = {**self._arrays, **drawn}
            self._loaded -= drawn.keys()

    def forget(self) -> None:
        """The next run draws everything anew."""
        self._arrays, self._loaded = {}, frozenset()

    def forget_drawn(self) -> None:
        """The next run draws anew what was drawn."""
        self._arrays = {name: array for name, array in self._arrays.items() if name in self._loaded}

    def follow(self, change: Change, calls: Callable[[str], Sequence[Path]]) -> None:
        """Arrays go along where an edit regroups their calls."""
        if change.renames and self._arrays:
            marks = {name: array for name, array in self._arrays.items() if name in self._loaded}
            self._loaded = frozenset(follow(marks, change.renames, calls))
            self._arrays = follow(self._arrays, change.renames, calls)

    def load(self, file: File, program: Program) -> Report:
        """Takes what fits from a file. Raises WeightsError."""
        loaded, report = load_weights(file, program)
        self._arrays = {**self._arrays, **loaded}
        self._loaded |= loaded.keys()
        return report

    def save(self, file: File, program: Program, seed: int) -> int:
        """Writes every tensor of the design, those that no run has drawn yet as the next would.

        Returns how many; raises WeightsError or PlanError.
        """
        everything = {**initial(program, None, seed), **self._arrays}
        save_weights(file, program, everything)
        return len(everything)
