"""Whether two calls of a node are written alike: the same words, whatever the sizes."""

import re
from collections.abc import Iterator
from typing import Any

from ..calls import NodeCall
from ..dim import Symbolic
from ..expression import Expression
from ..layers.layer import Layer
from ..layers.spelling import CLOSE, OPEN, Code, Spelling
from ..program import Entry
from .form import Dialect
from .quoted import quoted
from .spelled import as_given, known


def spelled_alike(entry: Entry, one: NodeCall, other: NodeCall, dialect: Dialect) -> bool:
    """Whether a layer's code is the same at both calls of its node; of all but layers it always is."""
    if entry.layer is None or entry.layer.structural:
        return True
    first = next(_leaves(one), None)
    if first is None:
        return True
    # All at the same sizes: numbers may be written more simply than symbols, and mean the same.
    known_words = {_words(entry, first, leaf, dialect) for leaf in _leaves(one)}
    return {_words(entry, first, leaf, dialect) for leaf in _leaves(other)} <= known_words


def _leaves(call: NodeCall) -> Iterator[NodeCall]:
    seen: set[NodeCall] = set()
    for _, part in call.parts:
        if part not in seen:
            seen.add(part)
            yield from _leaves(part)
    if not call.parts and call.layer is not None and None not in call.inputs:
        yield call


def _words(entry: Entry, sizes: NodeCall, call: NodeCall, dialect: Dialect) -> str:
    """The code with the arguments of one call at the sizes of another, as a text to compare."""
    assert entry.layer is not None
    layer: Layer = entry.layer(**quoted(as_given(entry.layer, entry.node.arguments, call), call.arguments))
    spelling = dialect.spelling(layer, known(sizes.inputs))
    if spelling is None:
        values = sorted((name, _plain(value)) for name, value in call.arguments.items())
        return repr(values)
    activation = dialect.activation(layer)
    return repr((_of_spelling(spelling), None if activation is None else activation.apply))


def _of_spelling(spelling: Spelling) -> tuple[Any, ...]:
    apply = re.sub(rf"{OPEN}[^{CLOSE}]*{CLOSE}|\d+", "#", spelling.apply)
    return (_plain(spelling.construct), apply, _plain(spelling.module), spelling.body)


def _plain(value: Any) -> Any:
    if isinstance(value, Code):
        keywords = tuple((key, _plain(item)) for key, item in value.keywords)
        return (value.target, tuple(map(_plain, value.positional)), keywords)
    if isinstance(value, Expression):
        return value.source
    if isinstance(value, Symbolic) or type(value) is int:
        return "#"
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value
