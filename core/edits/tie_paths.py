"""Ties of single parameters when nodes go into a module of their own, or come out of one."""

from collections.abc import Mapping
from itertools import pairwise

from msgspec.structs import replace

from ..document import Document
from ..problem import Path
from ..record import Tie, fresh_id


def lead_ties_into(document: Document, inside: set[str], instance: str, module: str) -> None:
    """Leads every path to the nodes `inside` through the instance of their new module. Inside an edit.

    A tie between two of them goes along, as the new module is the lowest that holds both.
    """
    outer = document.node(instance).module
    for tie in _ties(document):
        ends = {*tie.owner[:1], *tie.path[:1]}
        if tie.module == outer and ends <= inside:
            document.put(replace(tie, module=module))
            continue
        owner, path = _into(tie.owner, inside, instance), _into(tie.path, inside, instance)
        if (owner, path) != (tie.owner, tie.path):
            document.put(replace(tie, owner=owner, path=path))


def lead_ties_out(document: Document, instance: str, module: str, fresh: Mapping[str, str]) -> None:
    """Takes an instance out of every path, and brings its module's own ties along. Inside an edit.

    `fresh` has the ids of the module's nodes in the outer module, by those inside.
    """
    outer = document.node(instance).module
    for tie in _ties(document):
        owner, path = _out_of(tie.owner, instance, fresh), _out_of(tie.path, instance, fresh)
        if (owner, path) != (tie.owner, tie.path):
            document.put(replace(tie, owner=owner, path=path))
        if tie.module == module and {*tie.owner[:1], *tie.path[:1]} <= fresh.keys():
            ends = [(fresh[way[0]], *way[1:]) for way in (owner, path)]
            document.put(replace(tie, id=fresh_id(), module=outer, owner=ends[0], path=ends[1]))


def lead_ties_anew(document: Document, instance: str, fresh: Mapping[str, str]) -> None:
    """Leads every path through an instance to its new module's nodes, by the ids of the old one's.

    Inside an edit.
    """
    for tie in _ties(document):
        owner, path = _anew(tie.owner, instance, fresh), _anew(tie.path, instance, fresh)
        if (owner, path) != (tie.owner, tie.path):
            document.put(replace(tie, owner=owner, path=path))


def _ties(document: Document) -> list[Tie]:
    return [record for record in document.records.values() if isinstance(record, Tie)]


def _into(path: Path, inside: set[str], instance: str) -> Path:
    """A node's id is its own wherever it stands, so the instance goes before each that has moved."""
    return tuple(key for step in path for key in ((instance, step) if step in inside else (step,)))


def _out_of(path: Path, instance: str, fresh: Mapping[str, str]) -> Path:
    for place, (step, below) in enumerate(pairwise(path)):
        if step == instance and below in fresh:
            return (*path[:place], fresh[below], *path[place + 2 :])
    return path


def _anew(path: Path, instance: str, fresh: Mapping[str, str]) -> Path:
    """Between an instance and the node inside there may be keys of parts."""
    if instance not in path:
        return path
    start = path.index(instance) + 1
    place = next((place for place in range(start, len(path)) if path[place] in fresh), None)
    return path if place is None else (*path[:place], fresh[path[place]], *path[place + 1 :])
