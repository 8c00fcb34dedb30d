"""Where each parameter and buffer of a design stands in the exported code."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ..problem import Path
from .form import ClassForm, Form, Member


def state_names(form: Form, slots: Iterable[str]) -> dict[str, str]:
    """The name in the code's own state (`fc1.weight`) for each slot (`id/weight`)."""
    classes = {one.name: one for one in form.classes}
    places = dict(_places(form.root, classes, (), ""))
    found: dict[str, str] = {}
    for slot in slots:
        call, _, tensor = slot.rpartition("/")
        before, member = places[call]
        found[slot] = before + (member.tensors.get(tensor, tensor) if not member.buffer else "")
        found[slot] = found[slot].rstrip(".")
    return found


def _places(
    form: ClassForm, classes: Mapping[str, ClassForm], path: Path, before: str
) -> Iterator[tuple[str, tuple[str, Member]]]:
    """For each call with state its path, what stands before its tensors' names, and its member."""
    for member in _members(form):
        here = (*path, member.node)
        inside = before + (f"{member.attribute}." if member.attribute else "")
        yield "/".join(here), (inside, member)
        if member.callee is not None:
            yield from _places(classes[member.callee], classes, here, inside)


def _members(form: ClassForm) -> Iterable[Member]:
    """The members under the names that they have: in a chain their places, none where there is one alone."""
    if form.chain is None:
        return form.members
    places = {link.node: str(place) for place, link in reversed(list(enumerate(form.chain)))}
    alone = len(form.chain) == 1
    return [replace(one, attribute="" if alone else places[one.node]) for one in form.members]
