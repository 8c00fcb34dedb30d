"""What the inspector tells about first values: a row for each parameter or group, and who says it. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.document import Document
from core.edits.initial import is_layer
from core.initial import GROUPS, Entries, axes_of, entry
from core.initial_kinds import DEFAULT, KINDS
from core.ports import as_owner
from core.problem import Path
from core.record import ROOT, Initial, Module, Node
from core.resolve import Resolution
from ui.editor import Editor


@dataclass(frozen=True)
class FirstValues:
    """A key of a node or module: what it says itself, and else who says what around it.

    `kinds` are those that can be chosen. Without an `inherited` the layers' own first values count.
    """

    key: str
    own: Initial | None
    inherited: Initial | None = None
    source: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """What a node or module of that name says."""

    name: str
    entries: Entries


def first_values_of(editor: Editor, key: str) -> tuple[FirstValues, ...]:
    """A row for each parameter of a layer, and for both groups of a module or an instance."""
    record = editor.document.get(key)
    if isinstance(record, Node):
        return _of_node(editor, as_owner(editor.document, record))
    if isinstance(record, Module):
        levels = _around(editor.document, editor.resolution, editor.session.path, record)
        outside = [level for level in levels if level.entries is not record.initial]
        keys = dict.fromkeys((*GROUPS, *record.initial))
        return tuple(_row(key, record.initial, 0, outside, may_default=True) for key in keys)
    return ()


def _of_node(editor: Editor, node: Node) -> tuple[FirstValues, ...]:
    module = editor.document.module(node.module)
    levels = _around(editor.document, editor.resolution, editor.session.path, module)
    if is_layer(node):
        axes = _axes(editor, node)
        # A group that a layer says itself has a row of its own beside its parameters.
        axes |= {key: 0 for key in GROUPS if key in node.initial}
        return tuple(_row(key, node.initial, count, levels, may_default=True) for key, count in axes.items())
    made = editor.document.get(node.definition or "")
    if isinstance(made, Module):
        levels = [*levels, Level(made.name, made.initial)]
    keys = dict.fromkeys((*GROUPS, *node.initial))
    return tuple(_row(key, node.initial, 0, levels, may_default=False) for key in keys)


def _axes(editor: Editor, node: Node) -> dict[str, int]:
    """The parameters that a layer has at the open call, or as far as they are known, with their axes."""
    module = editor.open_module_call()
    call = None if module is None else module.nodes.get(node.id)
    while call is not None and call.parts:
        call = call.parts[0][1]
    if call is not None and call.layer is not None and not call.faults and None not in call.inputs:
        types = [type_ for type_ in call.inputs if type_ is not None]
        return {name: len(tensor.shape) for name, tensor in call.layer.parameters(*types).items()}
    return {name: count or 1 for name, count in axes_of(node.kind).items()}


def _row(key: str, entries: Entries, axes: int, levels: Sequence[Level], *, may_default: bool) -> FirstValues:
    """The row; of a group `axes` is 0. Where it `may_default` it can put a layer's own first values back."""
    source, inherited = "", None
    for level in reversed(levels):
        said = entry(level.entries, key, axes) if axes else None
        found = said[1] if said is not None else level.entries.get(key) if not axes else None
        if found is not None:
            source, inherited = level.name, found
            break
    fits = axes if axes else 1 if key == GROUPS[1] else 2
    kinds = tuple(
        name for name, kind in KINDS.items() if kind.axes <= fits and (may_default or name != DEFAULT)
    )
    return FirstValues(key, entries.get(key), inherited, source, kinds)


def _around(document: Document, resolution: Resolution, path: Path | None, module: Module) -> list[Level]:
    """What is said around the nodes of the open module, the outermost first."""
    root = document.module(ROOT)
    if path is None or (not path and module.id != ROOT):
        return [Level(module.name, module.initial)]
    levels = [Level(root.name, root.initial)]
    for end in range(1, len(path) + 1):
        record = document.get(path[end - 1])
        if isinstance(record, Node):
            levels.append(Level(record.name, as_owner(document, record).initial))
        call = resolution.call(path[:end])
        inner = None if call is None else document.get(call.module)
        if isinstance(inner, Module):
            # As the first values do: what a definition says gives way to what its instance says.
            levels = [*levels[:-1], Level(inner.name, inner.initial), *levels[-1:]]
    return levels
