"""Ties of parameters: the class is given what its owner has."""

from ..form import ClassForm, Tied
from ..format import Line


def tied_lines(form: ClassForm) -> list[Line]:
    """A class around the class that reads one parameter under both names; none where nothing is tied."""
    if not form.ties:
        return []
    given, taken = list[str](), list[str]()
    for tied in form.ties:
        own, owner = _path(tied.own), _path(tied.owner)
        turned = tied.transposed != (_is_turned(tied.own) != _is_turned(tied.owner))
        given.append(f"    put(params, {own}, get(params, {owner}){'.T' if turned else ''})")
        taken.append(f"    drop(params, {own})")
    return [Line(text) for text in ("", "", *given, *taken)]


def _path(name: str) -> str:
    return repr(tuple(name.split("."))).replace("'", '"')


def _is_turned(name: str) -> bool:
    """Whether Flax keeps the tensor the other way round."""
    return name.rpartition(".")[2] == "kernel"


__all__ = ["Tied", "tied_lines"]
