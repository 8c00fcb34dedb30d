"""Which weight each call of a module has: an input of its function, at the root an initializer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ...problem import Path
from ...record import Tie
from ...types import Type
from .scope import Scope

Place = tuple[Path, str]
"""The way from a module to a call, and the name of one of the call's tensors."""


@dataclass
class Tensors:
    """The weights of one function in the order in which they were asked for.

    `named` gives the name of a new one.
    """

    named: Callable[[Place], str]
    ties: Iterable[Tie]
    formals: dict[Place, tuple[str, Type]] = field(default_factory=dict)
    _shared: dict[Path, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tied = {(tie.path, tie.parameter): tie for tie in self.ties}

    def share(self, path: Path, owner: Path) -> None:
        """Everything below `path` has the tensors of what stands at the same place below `owner`."""
        self._shared[path] = owner

    def get(self, scope: Scope, place: Place, type_: Type) -> str:
        """The name of that tensor; where it is tied to the transpose of another, it is turned here."""
        place, turned = self._owner(place)
        if turned:
            type_ = type_.with_shape(type_.shape[::-1])
        if place not in self.formals:
            self.formals[place] = (self.named(place), type_)
        name = self.formals[place][0]
        return scope.one("Transpose", name, perm=tuple(reversed(range(type_.rank)))) if turned else name

    def _owner(self, place: Place) -> tuple[Place, bool]:
        turned = False
        path, tensor = self._place(place[0]), place[1]
        while (path, tensor) in self._tied:
            tie = self._tied[path, tensor]
            path, tensor, turned = self._place(tie.owner), tie.owner_parameter, turned != tie.transposed
        return (path, tensor), turned

    def _place(self, path: Path) -> Path:
        for end in range(len(path), 0, -1):
            owner = self._shared.get(path[:end])
            if owner is not None:
                return self._place((*owner, *path[end:]))
        return path
