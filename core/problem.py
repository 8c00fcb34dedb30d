"""What the user must know, as a value with its place and, where there is one, the repair."""

from collections.abc import Mapping
from typing import Literal as OneOf

from msgspec import Struct, field

Path = tuple[str, ...]
"""A call path: the ids of the instances from the root down, the node's own id last."""


class Repair(Struct, frozen=True):
    """A mend that one click applies: the name of a function in `core.edits` and what it is called with."""

    text: str
    edit: str
    arguments: Mapping[str, object] = field(default_factory=dict)


class Problem(Struct, frozen=True):
    """A sentence about the call at `path`, at `port` or at `argument` where one is at fault.

    An error keeps the call from running; a condition could not be decided from symbols and is checked at run;
    a hint is about what runs and is seldom meant.
    """

    path: Path
    text: str
    port: str | None = None
    argument: str | None = None
    kind: OneOf["error", "condition", "hint"] = "error"
    repairs: tuple[Repair, ...] = ()

    def inside(self, instance: str) -> "Problem":
        """The same problem seen from the module that holds the instance."""
        return Problem((instance, *self.path), self.text, self.port, self.argument, self.kind, self.repairs)
