"""How the open design is run. No Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.document import Change
from core.engine.cotangent import Cotangent
from core.engine.weights import follow
from core.problem import Path
from core.text import tr

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Settings:
    """How to run."""

    training: bool = False
    seed: int = 0
    cotangent: Cotangent = Cotangent()  # noqa: RUF009  # a frozen value
    exact: bool = False
    """Whether convolutions are done without Winograd's transforms."""

    def followed(self, change: Change, calls: Callable[[str], Sequence[Path]]) -> "Settings":
        """The same, the backward from the same element where an edit regroups the call of its value."""
        choice = self.cotangent
        if choice.kind != "element" or not change.renames:
            return self
        place = "/".join((*choice.path, choice.port))
        (moved,) = follow({place: np.zeros(0)}, change.renames, calls)
        return replace(self, cotangent=replace(choice, path=tuple(moved.split("/")[:-1])))


def exact_told() -> str:
    """What exact convolutions are, for who is to choose."""
    return tr(
        "Every convolution is a sum of products, as it is written.\n"
        "Without this, those of 3×3 may be done by Winograd's transforms,\n"
        "which are quicker and may differ by 2e-5 of the largest value."
    )
