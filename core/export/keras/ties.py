"""Parameter-level ties in Keras: an embedding read backwards, or a Dense that reads another kernel."""

import re
from collections.abc import Mapping
from dataclasses import replace

from ...layers.spelling import Code
from ...text import tr
from ..error import ExportError
from ..form import ClassForm, Member, Tied
from ..fused import closed
from ..made import Word

REVERSIBLE: Mapping[str, str] = {
    "layers.Embedding": "layers.ReversibleEmbedding",
    "layers.ReversibleEmbedding": "layers.ReversibleEmbedding",
}
"""What embeddings are that can be read backwards."""


def tied(form: ClassForm) -> ClassForm:
    """The class with every tied Dense written as one that reads the other weight.

    Raises ExportError where something else than a Dense of the class's own is tied.
    """
    for tie in form.ties:
        member = next((one for one in form.members if tie.own == f"{one.attribute}.kernel"), None)
        if member is None or not isinstance(member.code, Code) or member.code.target != "layers.Dense":
            raise ExportError(
                tr("Keras cannot tie {name}; a Linear of the same module can be tied", name=tie.own)
            )
        form = _reversed(form, member, tie) or _reading(form, member, tie)
    return replace(form, ties=())


def _reversed(form: ClassForm, head: Member, tie: Tied) -> ClassForm | None:
    """The class without the Dense, its calls being calls of the embedding; None where it is no plain head."""
    name, _, weight = tie.owner.partition(".")
    owner = next((one for one in form.members if one.attribute == name), None)
    if owner is None or weight != "embeddings" or tie.transposed or not isinstance(owner.code, Code):
        return None
    plain = isinstance(head.code, Code) and head.code.keywords == (("use_bias", False),)
    if not plain or owner.code.target not in REVERSIBLE:
        return None
    statements = tuple(
        replace(one, text=_called(one.text, f"self.{head.attribute}(", f"self.{name}("))
        for one in form.statements
    )
    reversible = replace(owner, code=replace(owner.code, target=REVERSIBLE[owner.code.target]))
    members = tuple(reversible if one is owner else one for one in form.members if one is not head)
    return replace(form, members=members, statements=statements)


def _called(text: str, head: str, owner: str) -> str:
    """The text with calls of the head as calls of the owner."""
    while head in text:
        start = text.index(head)
        end = closed(text, start + len(head))
        text = f"{text[:start]}{owner}{text[start + len(head) : end]}, reverse=True{text[end:]}"
    return text


def _reading(form: ClassForm, member: Member, tie: Tied) -> ClassForm:
    """A Dense keeps (in, out), so that an embedding's rows have to be turned, another kernel not."""
    assert isinstance(member.code, Code)
    turned = tie.transposed == bool(re.search(r"\.kernel$", tie.owner))
    read = f"ops.transpose(self.{tie.owner})" if turned else f"self.{tie.owner}"
    positional = (*member.code.positional, Word(f"lambda: {read}"))
    code = replace(member.code, target="TiedDense", positional=positional)
    members = tuple(replace(one, code=code) if one is member else one for one in form.members)
    return replace(form, members=members)
