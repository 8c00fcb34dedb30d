"""Ties of parameters: an embedding that is attended to, or a class around that puts them in place."""

import re
from dataclasses import replace

from ...layers.spelling import Code
from ..form import ClassForm, Tied
from ..format import Bracket, Item, Line, laid_out


def attended(form: ClassForm) -> ClassForm:
    """The class whose layers that are tied to an embedding are that embedding, called the other way round."""
    for tied in form.ties:
        head, embedding = (tied.own.partition(".")[0], tied.owner.partition(".")[0])
        if tied.transposed or not _is_head(form, tied, head, embedding):
            continue
        statements = tuple(
            replace(one, text=one.text.replace(f"self.{head}(", f"self.{embedding}.attend("))
            for one in form.statements
        )
        members = tuple(one for one in form.members if one.attribute != head)
        ties = tuple(one for one in form.ties if one is not tied)
        form = replace(form, statements=statements, members=members, ties=ties)
    return form


def _is_head(form: ClassForm, tied: Tied, head: str, embedding: str) -> bool:
    """Whether the one is a layer without a bias that is only called, and the other an embedding."""
    made = {one.attribute: one.code for one in form.members if isinstance(one.code, Code)}
    if (tied.own, tied.owner) != (f"{head}.kernel", f"{embedding}.embedding"):
        return False
    if head not in made or embedding not in made:
        return False
    plain = made[head].target == "nn.Dense" and ("use_bias", False) in made[head].keywords
    texts = " ".join(one.text + one.suite for one in form.statements)
    called = re.search(rf"self\.{head}\b(?!\()", texts) is None
    return plain and called and made[embedding].target == "nn.Embed"


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
