"""Layers that keep running averages, which they renew at each call in training."""

from collections.abc import Iterator

from ..calls import NodeCall
from ..text import tr
from .error import ExportError
from .refusal import Refusals


def renewing(node: str, call: NodeCall) -> Iterator[str]:
    """The nodes within a node's call that renew averages in training."""
    types = tuple(type_ for type_ in call.inputs if type_ is not None)
    is_known = len(types) == len(call.inputs)
    if is_known and call.layer is not None and call.layer.reads_mode and call.layer.buffers(*types):
        yield node
    for _, part in call.parts:
        yield from renewing(node, part)
    for inner, made in call.inner.nodes.items() if call.inner is not None else ():
        yield from renewing(inner, made)


def refuse_renewing(node: str, call: NodeCall, kind: str, framework: str) -> None:
    """Raises Refusals where something in a branch or loop renews averages: it would do so too often."""
    found = dict.fromkeys(renewing(node, call))
    if not found:
        return
    if kind == "If":
        text = tr(
            "{name} runs both branches of an If, so that in training the averages that are kept here would"
            " be renewed even where the branch is not taken",
            name=framework,
        )
    else:
        text = tr(
            "{name} runs a While for all rounds of its bound, so that in training the averages that are"
            " kept here would be renewed after the loop has ended",
            name=framework,
        )
    raise Refusals(tuple(ExportError(text, (one,)) for one in found))
