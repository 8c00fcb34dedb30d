"""Parameters that are another's: found at a call, compared, and what is wrong with a tie in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from .condition import agree, noting
from .dim import Dim, product
from .document import Document
from .layers.layer import Tensor
from .problem import Path, Problem, Repair
from .record import Node, Tie
from .text import tr
from .types import Type

if TYPE_CHECKING:
    from .calls import ModuleCall, NodeCall


@dataclass(frozen=True)
class Tied:
    """What the ties of one module call come to: numbers that are counted twice, and what is wrong."""

    parameters: Dim = 0
    problems: tuple[Problem, ...] = ()


def tied(document: Document, ties: Iterable[Tie], call: "ModuleCall") -> Tied:
    """The ties of a module at one of its calls."""
    parameters: Dim = 0
    problems: list[Problem] = []
    for tie in ties:
        ends = (call.call(tie.owner), call.call(tie.path))
        owner, user = (
            None if node is None else tensor_of(node, name)
            for node, name in zip(ends, (tie.owner_parameter, tie.parameter), strict=True)
        )
        text = "" if _is_open(*ends) else _fault(document, tie, owner, user)
        if text:
            loosen = Repair(tr("untie it"), "untie", {"tie": tie.id})
            problems.append(Problem(tie.path, text, repairs=(loosen,)))
        elif user is not None:
            parameters += product(user.shape)
    return Tied(parameters, tuple(problems))


def rooted(ties: Iterable[Tie]) -> tuple[Tie, ...]:
    """The same ties, each leading to the end: what is tied to a tied parameter is tied to its owner.

    One that leads back to itself stays as it is.
    """
    given = tuple(ties)
    known = {(tie.path, tie.parameter): tie for tie in given}
    found: list[Tie] = []
    for tie in given:
        end, seen = tie, {(tie.path, tie.parameter)}
        while (place := (end.owner, end.owner_parameter)) in known and place not in seen:
            seen.add(place)
            further = known[place]
            turned = end.transposed != further.transposed
            owner, name = further.owner, further.owner_parameter
            end = replace(end, owner=owner, owner_parameter=name, transposed=turned)
        found.append(tie if (end.owner, end.owner_parameter) in seen else end)
    return tuple(found)


def tensor_of(call: "NodeCall", parameter: str) -> Tensor | None:
    """A layer's parameter at a call; None where it has none of that name, or its inputs are not known."""
    if call.layer is None or call.faults or None in call.inputs:
        return None
    types = [type_ for type_ in call.inputs if type_ is not None]
    found: Mapping[str, Tensor] = call.layer.parameters(*types)
    return found.get(parameter)


def _is_open(*ends: "NodeCall | None") -> bool:
    """Whether an end is there but has no shape yet, which another problem says."""
    return any(end is not None and (None in end.outputs or bool(end.faults)) for end in ends)


def _fault(document: Document, tie: Tie, owner: Tensor | None, user: Tensor | None) -> str:
    for tensor, path, name in ((owner, tie.owner, tie.owner_parameter), (user, tie.path, tie.parameter)):
        if tensor is None:
            return tr(
                "a tie leads to {name} of {node}, which is not there", name=name, node=said(document, path)
            )
    assert owner is not None and user is not None
    shape = owner.shape[::-1] if tie.transposed else owner.shape
    with noting():
        same = len(shape) == len(user.shape) and all(map(agree, shape, user.shape))
    if same:
        return ""
    return tr(
        "{parameter} is tied to {other} of {node}, whose shape {theirs} is not {ours}",
        parameter=tie.parameter,
        other=tie.owner_parameter,
        node=said(document, tie.owner),
        theirs=Type(shape),
        ours=Type(user.shape),
    )


def said(document: Document, path: Path) -> str:
    """A path in the nodes' names: `encoder.layers[0].norm`."""
    text = ""
    for key in path:
        record = document.get(key)
        if isinstance(record, Node):
            text += f".{record.name}" if text else record.name
        else:
            text += f"[{key}]"
    return text or tr("a node that is not there")
