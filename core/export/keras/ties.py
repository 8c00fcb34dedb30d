"""Parameter-level ties in Keras: a Dense that reads its kernel off the layer that owns it."""

import re
from dataclasses import replace

from ...layers.spelling import Code
from ...text import tr
from ..error import ExportError
from ..form import ClassForm, Member, Tied
from ..made import Word


def tied(form: ClassForm) -> ClassForm:
    """The class with every tied Dense written as one that reads the other weight.

    Raises ExportError where something else than a Dense of the class's own is tied.
    """
    members = list(form.members)
    for tie in form.ties:
        place = next((n for n, one in enumerate(members) if tie.own == f"{one.attribute}.kernel"), None)
        code = members[place].code if place is not None else None
        if place is None or not isinstance(code, Code) or code.target != "layers.Dense":
            raise ExportError(
                tr("Keras cannot tie {name}; a Linear of the same module can be tied", name=tie.own)
            )
        members[place] = _reading(members[place], code, tie)
    return replace(form, members=tuple(members))


def _reading(member: Member, code: Code, tie: Tied) -> Member:
    """A Dense keeps (in, out), so that an embedding's rows have to be turned, another kernel not."""
    turned = tie.transposed == bool(re.search(r"\.kernel$", tie.owner))
    read = f"ops.transpose(self.{tie.owner})" if turned else f"self.{tie.owner}"
    positional = (*code.positional, Word(f"lambda: {read}"))
    return replace(member, code=replace(code, target="TiedDense", positional=positional))
