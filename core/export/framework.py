"""A target of the export: everything that the walk, the proof and the folder ask of a framework."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..initialise import Array
from .check_text import Checked
from .form import Dialect, Form
from .format import Line

CheckText = Callable[[Checked], str]
"""How check.py is written."""


@dataclass(frozen=True, kw_only=True)
class Framework:
    """How layers are spelled, the walked program printed, weights stored, and all of it checked."""

    name: str
    dialect: Dialect
    printed: Callable[[Form], list[Line]]
    check: CheckText
    check_images_last: CheckText | None = None
    """The same for a network that takes what has four axes or more with channels last."""
    weights_file: str
    save: Callable[[Path, Mapping[str, Array]], None]
    check_writes: str = ""
    """The end of the name of a file that check.py writes beside the code, after the name of that."""


def save_safetensors(path: Path, weights: Mapping[str, Array]) -> None:
    """Writes tensors by name in safetensors."""
    # Imported here, so that the code pane does not wait for what only a folder needs.
    from safetensors.numpy import save

    # Its own save_file lets nobody but the owner read the file.
    path.write_bytes(save({name: np.asarray(array, order="C") for name, array in weights.items()}))
