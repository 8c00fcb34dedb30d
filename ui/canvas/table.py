"""Rows of numbers by id, in one array: what numpy culls and hits."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from .route import Array

FIRST_CAPACITY = 64


class Table:
    """Float rows of one shape, each known by an id; removing moves the last row into the gap."""

    def __init__(self, *shape: int) -> None:
        self._rows: Array = np.empty((FIRST_CAPACITY, *shape))
        self._keys: list[str] = []
        self._slots: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._slots

    @property
    def keys(self) -> list[str]:
        """The ids, in the order of the rows."""
        return self._keys

    @property
    def rows(self) -> Array:
        """Every row: a view of the array, only to be read."""
        return self._rows[: len(self._keys)]

    def slot(self, key: str) -> int:
        """The number of an id's row; KeyError where there is none."""
        return self._slots[key]

    def row(self, key: str) -> Array:
        """The row of an id; KeyError where there is none."""
        row: Array = self._rows[self._slots[key]]
        return row

    def pick(self, keys: Iterable[str]) -> Array:
        """The rows of these ids, copied."""
        slots = np.fromiter((self._slots[key] for key in keys), dtype=np.intp)
        picked: Array = self._rows[slots]
        return picked

    def named(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> list[str]:
        """The ids of the rows that the mask marks."""
        keys = self._keys
        return [keys[slot] for slot in np.flatnonzero(mask).tolist()]

    def put(self, key: str, row: tuple[float, ...]) -> None:
        """Sets the row of an id, which is added where it is new."""
        slot = self._slot_for(key)  # before the array is read: it may grow
        self._rows[slot] = row

    def put_all(self, keys: list[str], rows: Array) -> None:
        """Sets many rows at once."""
        slots = [self._slot_for(key) for key in keys]
        self._rows[slots] = rows

    def remove(self, key: str) -> None:
        """Takes an id out; KeyError where there is none."""
        slot = self._slots.pop(key)
        last = self._keys.pop()
        if last != key:
            self._rows[slot] = self._rows[len(self._keys)]
            self._keys[slot] = last
            self._slots[last] = slot

    def _slot_for(self, key: str) -> int:
        slot = self._slots.get(key)
        if slot is not None:
            return slot
        slot = len(self._keys)
        if slot == len(self._rows):
            self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))
        self._keys.append(key)
        self._slots[key] = slot
        return slot
