"""Whether what is written once for a module's symbols holds at a call: the same sizes come of it."""

from collections.abc import Container, Mapping

from ..calls import ModuleCall, NodeCall
from ..dim import Dim, Symbolic, TooManyTerms, substitute
from ..record import INDEX
from ..types import Type
from .sizes import matched


def fits(symbolic: ModuleCall, call: ModuleCall, makers: Container[str] = ()) -> bool:
    """Whether every node of the call has the types that the symbols come to.

    The nodes among `makers` have to be made of the same kinds too, as what makes them is called alike.
    """
    ranks = [type_.rank if type_ is not None else None for type_ in symbolic.inputs]
    if ranks != [type_.rank if type_ is not None else None for type_ in call.inputs]:
        return False
    sizes = {**matched(symbolic.inputs, call.inputs), **_numbers(call)}
    pairs = [(key, node, call.nodes[key]) for key, node in symbolic.nodes.items() if key in call.nodes]
    return all(
        _same_types(a, b, sizes) and (key not in makers or _kinds(a) == _kinds(b)) for key, a, b in pairs
    )


def _kinds(node: NodeCall) -> frozenset[str]:
    """What a node's calls are made of."""
    parts = [kind for _, part in node.parts for kind in _kinds(part)]
    return frozenset(parts or [node.kind])


def _numbers(call: ModuleCall) -> Mapping[str, Dim]:
    return {name: value for name, value in call.arguments.items() if type(value) in (int, Symbolic)}


def _same_types(symbolic: NodeCall, call: NodeCall, sizes: Mapping[str, Dim]) -> bool:
    if None in call.outputs:
        return True  # what is not known anyway
    same = all(_same(a, b, sizes) for a, b in zip(symbolic.outputs, call.outputs, strict=False))
    if not same or symbolic.structure != "repeat" or call.structure != "repeat":
        return same
    if symbolic.count is None and len(symbolic.parts) != len(call.parts):
        return False
    for key, part in call.parts:
        like = symbolic.part(key)
        inside = {**sizes, INDEX: int(key)} if key.isdecimal() else sizes
        pairs = () if like is None else zip(like.inputs, part.inputs, strict=False)
        if not all(_same(a, b, inside) for a, b in pairs):
            return False
    return True


def _same(symbolic: Type | None, type_: Type | None, sizes: Mapping[str, Dim]) -> bool:
    """Whether a type in symbols comes to the other; sizes that stay open are taken to."""
    if symbolic is None or type_ is None:
        return symbolic is type_
    if symbolic.rank != type_.rank or symbolic.dtype != type_.dtype:
        return False
    try:
        found = [substitute(dim, sizes) for dim in symbolic.shape]
    except (TooManyTerms, ZeroDivisionError):
        return False
    pairs = zip(found, type_.shape, strict=True)
    return all(a == b or not isinstance(a, int) or not isinstance(b, int) for a, b in pairs)
