"""Random designs whose nodes and modules say how parameters begin, each with a number of its own."""

from collections.abc import Iterator
from itertools import count
from random import Random

from msgspec.structs import replace

from core.document import Document
from core.initial import fault
from core.record import Initial, Module, Node, Record
from tests.export.random_structures import random_structures

KEYS = ("weights", "biases", "weight", "bias")


def random_initials(seed: int) -> Document:
    """A random design of structures in which most modules and a third of the nodes say something."""
    random, numbers = Random(seed), count(1)
    records = random_structures(seed).records.values()
    return Document([_saying(record, random, numbers) for record in records])


def _saying(record: Record, random: Random, numbers: Iterator[int]) -> Record:
    if isinstance(record, Node) and record.kind not in ("Input", "Output") and not record.owner:
        return replace(record, initial=_entries(record.kind, random, numbers, 0.35))
    if isinstance(record, Module):
        return replace(record, initial=_entries("", random, numbers, 0.6))
    return record


def _entries(kind: str, random: Random, numbers: Iterator[int], share: float) -> dict[str, Initial]:
    if random.random() > share:
        return {}
    found: dict[str, Initial] = {}
    for key in random.sample(KEYS, random.randint(1, 3)):
        initial = Initial("constant", {"value": float(next(numbers))})
        if random.random() < 0.1 and not kind:
            initial = Initial("default")
        if not fault(kind, key, initial):
            found[key] = initial
    return found
