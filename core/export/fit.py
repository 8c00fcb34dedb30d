"""Whether what is written once for a module's symbols holds at a call: the same sizes come of it."""

from collections.abc import Iterator, Mapping

from ..calls import ModuleCall, NodeCall
from ..dim import Dim, TooManyTerms, substitute
from ..types import Type
from .sizes import matched


def fits(symbolic: ModuleCall, call: ModuleCall) -> bool:
    """Whether every node of the call has the types that the symbols come to, and parts of the same kinds."""
    ranks = [type_.rank if type_ is not None else None for type_ in symbolic.inputs]
    if ranks != [type_.rank if type_ is not None else None for type_ in call.inputs]:
        return False
    sizes = {**matched(symbolic.inputs, call.inputs), **_numbers(call)}
    return all(
        _node_fits(node, call.nodes[key], sizes) for key, node in symbolic.nodes.items() if key in call.nodes
    )


def _numbers(call: ModuleCall) -> Mapping[str, Dim]:
    return {
        name: value for name, value in call.arguments.items() if not isinstance(value, bool | float | str)
    }


def _node_fits(symbolic: NodeCall, call: NodeCall, sizes: Mapping[str, Dim]) -> bool:
    if None in call.outputs:
        return True  # what is not known anyway
    return (
        symbolic.kind == call.kind or symbolic.structure == "choose"
        if symbolic.kind
        else all(_same(a, b, sizes) for a, b in _pairs(symbolic, call))
    )


def _pairs(symbolic: NodeCall, call: NodeCall) -> Iterator[tuple[Type | None, Type | None]]:
    yield from zip(symbolic.outputs, call.outputs, strict=False)


def _same(symbolic: Type | None, type_: Type | None, sizes: Mapping[str, Dim]) -> bool:
    if symbolic is None or type_ is None:
        return symbolic is type_
    if symbolic.rank != type_.rank or symbolic.dtype != type_.dtype:
        return False
    try:
        found = [substitute(dim, sizes) for dim in symbolic.shape]
    except (TooManyTerms, ZeroDivisionError):
        return False
    return all(
        a == b or not isinstance(a, int) or not isinstance(b, int)
        for a, b in zip(found, type_.shape, strict=True)
    )
