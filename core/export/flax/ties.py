"""Ties of parameters: a class around the class puts what the owner has where it is tied to."""

from ..form import ClassForm, Tied
from ..format import Bracket, Item, Line, laid_out


def tied_lines(form: ClassForm) -> list[Line]:
    """The class with one parameter under both names; none where nothing is tied."""
    if not form.ties:
        return []
    parts = (Item(form.name), *(Item(_tie(tied)) for tied in form.ties))
    return [Line(""), Line(""), *laid_out(Bracket(f"{form.name} = with_ties(", parts), 0)]


def _tie(tied: Tied) -> str:
    is_turned = tied.transposed != (_is_turned(tied.own) != _is_turned(tied.owner))
    return f'("{tied.own}", "{tied.owner}", {is_turned})'


def _is_turned(name: str) -> bool:
    """Whether Flax keeps the tensor the other way round."""
    return name.rpartition(".")[2] == "kernel"
