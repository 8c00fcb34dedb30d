"""Ways to calls in words, and the call nearest to a way that an edit has cut off."""

from collections.abc import Iterator

from .calls import ModuleCall, NodeCall
from .document import Document
from .problem import Path
from .record import INDEX, Node

PART_KEYS = frozenset({INDEX, "then", "otherwise", "condition", "body"})
"""What stands behind a node in a call path and names one of its parts; numbers besides."""


def is_part(document: Document, key: str) -> bool:
    """Whether an element of a call path is the key of a part, and no node."""
    return (key in PART_KEYS or key.isdecimal()) and not isinstance(document.get(key), Node)


def steps(document: Document, path: Path) -> Iterator[Path]:
    """A call path node by node, each with the keys of its parts behind it."""
    step: Path = ()
    for key in path:
        if step and not is_part(document, key):
            yield step
            step = ()
        step = (*step, key)
    if step:
        yield step


def holder(document: Document, path: Path) -> Path:
    """The way to the module in which the last node of a call path stands."""
    last = next(reversed([*steps(document, path)]), ())
    return path[: len(path) - len(last)]


def last_node(document: Document, path: Path) -> str | None:
    """The last node of a call path; None for the root."""
    last = next(reversed([*steps(document, path)]), ())
    return last[0] if last else None


def names(document: Document, path: Path) -> tuple[str, ...]:
    """The name of each node of a call path, the keys of parts among them: `stages`, `1`, `blocks`, `0`."""
    found = (document.get(key) for key in path)
    return tuple(
        record.name if isinstance(record, Node) else key for record, key in zip(found, path, strict=True)
    )


def dotted(document: Document, path: Path) -> str:
    """`stages.1.blocks.0.conv1`: a call path as the framework's names of weights have it."""
    return ".".join(names(document, path))


def step_text(document: Document, step: Path) -> str:
    """`stages[1]`, `gate.then`: a node of a call path with the part of it."""
    text, *keys = names(document, step)
    for key in keys:
        text += f"[{key}]" if key.isdecimal() or key == INDEX else f".{key}"
    return text


def written(document: Document, path: Path, between: str = ".") -> str:
    """`stages[1].blocks[0].conv1`: a call path as it is read."""
    return between.join(step_text(document, step) for step in steps(document, path))


def entry(call: NodeCall) -> Path | None:
    """The keys that lead from a node's call to the first module call in it; None where there is none."""
    return next((keys for keys, _ in call.inside()), None)


def nearest(document: Document, root: ModuleCall, path: Path) -> Path:
    """The way to the module call nearest to a path whose repetitions, parts or nodes may have gone."""
    found: Path = ()
    there: Path = ()
    call: NodeCall | None = None
    module: ModuleCall | None = root
    for key in path:
        if call is not None and is_part(document, key):
            part = _nearest_part(call, key)
            if part is None:
                continue  # the node is repeated, or a branch, no more
            call, found = part[1], (*found, part[0])
        else:
            if module is None and call is not None:
                keys = entry(call) or ()
                found, call = (*found, *keys), _along(call, keys)
                module = call.inner
            call = None if module is None else module.nodes.get(key)
            if call is None:
                break
            found = (*found, key)
        module = call.inner
        there = found if module is not None else there
    into = entry(call) if call is not None and module is None else None
    return there if into is None else (*found, *into)


def _along(call: NodeCall, keys: Path) -> NodeCall:
    for key in keys:
        part = call.part(key)
        assert part is not None, f"no part {key}"
        call = part
    return call


def _nearest_part(call: NodeCall, key: str) -> tuple[str, NodeCall] | None:
    """The part of that key; the last of calls in a row that are fewer now; the first of other parts."""
    found = call.part(key)
    if found is not None:
        return key, found
    if not call.parts:
        return None
    return call.parts[-1 if key.isdecimal() else 0]
