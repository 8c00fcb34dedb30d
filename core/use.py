"""A module or layer as a value: what an argument that is itself a definition holds."""

from collections.abc import Mapping
from typing import Any

import msgspec

SLOT_MARK = "$"
"""A kind with this mark before an expression is what it gives: `$block`, `$parts[i]`."""


class Use(msgspec.Struct, frozen=True, cache_hash=True, tag="use"):
    """A module or layer to be made where the value goes: its kind, as a node has it, and its arguments.

    `arguments` are pairs in the order of their names, so that equal uses are equal; their values are those of
    a node. An empty kind is a slot that nothing has been put into.
    """

    kind: str = ""
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def named(self) -> dict[str, Any]:
        """The arguments by name."""
        return dict(self.arguments)


def use(kind: str, arguments: Mapping[str, Any] | None = None) -> Use:
    """A use of a kind with arguments by name."""
    return Use(kind, tuple(sorted((arguments or {}).items(), key=lambda pair: pair[0])))
