"""A block inside of stages inside of a network edited in place: every one of its fifty calls changes."""

import itertools
import time

from core import edits
from core.document import Document
from core.expression import parse
from core.record import Node
from tests.templates.resnet import bottleneck, resnet

from .desk import Desk, opened
from .measure import Budget, Row, repeated, row

FRAME = Budget(median=16.0, p99=33.0)
DEPTHS = [3, 8, 36, 3]


def inner(size: int, count: int) -> list[Row]:
    """A width in the block of a 152-layer network set to a new value each time, until all is drawn."""
    depths = DEPTHS if size > 50 else [1, 1, 1, 1]
    with opened(resnet("ResNet-152", depths, bottleneck).document()) as desk:
        conv = _innermost(desk.document)
        module = desk.document.node(conv).module
        desk.window.editor.open_module(module)
        desk.canvas.frame_all()
        desk.rest()
        widths = itertools.count(1)
        before = desk.window.editor.resolver.resolution.root.parameters
        painted = desk.painted
        title = f"{sum(depths)} blocks of one definition"
        rows = [row("inner", title, repeated(lambda turn: _widen(desk, conv, next(widths)), count), FRAME)]
        assert desk.painted >= painted + count, "an edit was not drawn"
        assert desk.window.editor.resolver.resolution.root.parameters != before, "no count changed"
        pauses = [_pause(desk, conv, next(widths)) for _ in range(count // 20 + 1)]
        rows.append(row("inner", f"{title}, in the pause after it", pauses, told="code pane and all else"))
        return rows


def _innermost(document: Document) -> str:
    """The 1×1 convolution whose width the 3×3 one reads in every block."""
    found = [node for node in document.records.values() if isinstance(node, Node) and node.name == "conv1"]
    return next(node.id for node in found if node.module != "main")


def _widen(desk: Desk, conv: str, more: int) -> None:
    edits.set_argument(desk.document, conv, "out_channels", parse(f"width + {more}"))
    desk.draw()


def _pause(desk: Desk, conv: str, more: int) -> float:
    _widen(desk, conv, more)
    begin = time.thread_time()
    desk.rest()
    return (time.thread_time() - begin) * 1e3
