"""What the window takes: every shape anew, a drag step by step, and frames."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from core import edits
from tests.ui.hand import LEFT, MIDDLE, CanvasHand
from ui.canvas.view import View

from .designs import chain, field
from .desk import Desk, opened
from .measure import FREE, Budget, Row, repeated, row

FRAME = Budget(median=16.0, p99=33.0)
STEP = Budget(median=8.0)
FIRST_WIDTH = 300

LOOKS: dict[str, Callable[[Desk], None]] = {
    "at 100 %": lambda desk: desk.canvas.look(View(1.0, 60.0, 60.0)),
    "at 60 %": lambda desk: desk.canvas.look(View(0.6, 60.0, 60.0)),
    "fit-all": lambda desk: desk.canvas.frame_all(),
}


def resize(size: int, count: int) -> list[Row]:
    """The first width set to a new value each time, until every shape that follows is drawn."""
    with opened(chain(size)) as desk:
        widths = itertools.count(FIRST_WIDTH)
        title = f"{desk.size} nodes"
        rows = []
        for name, look in LOOKS.items():
            look(desk)
            desk.rest()
            rows.append(row("resize", f"{title}, {name}", _widened(desk, widths, count), FRAME))
        LOOKS["at 100 %"](desk)
        desk.canvas.select(["first"])
        desk.rest()
        rows.append(row("resize", f"{title}, the first picked", _widened(desk, widths, count), FRAME))
        pauses = [_pause(desk, next(widths)) for _ in range(count // 20 + 1)]
        rows.append(row("resize", f"{title}, in the pause after it", pauses, told="all of it together"))
    return rows


def _widened(desk: Desk, widths: itertools.count[int], count: int) -> list[float]:
    painted = desk.painted
    times = repeated(lambda turn: _widen(desk, next(widths)), count)
    assert desk.painted >= painted + count, "an edit was not drawn"
    width = desk.document.node("first").arguments["out_features"]
    last = desk.document.node("y").id
    shape = desk.canvas.drawing().labels.output(desk.before(last), "y")
    assert str(shape) == f"B×{width}", f"{shape} is drawn for {width}"
    return times


def _widen(desk: Desk, width: int) -> None:
    edits.set_argument(desk.document, "first", "out_features", width)
    desk.draw()


def _pause(desk: Desk, width: int) -> float:
    _widen(desk, width)
    begin = time.thread_time()
    desk.rest()
    return (time.thread_time() - begin) * 1e3


def drag(size: int, count: int) -> list[Row]:
    """A node in the middle of the view dragged by the mouse, each step until it is drawn."""
    with opened(chain(size)) as desk:
        rows = []
        for name, look in LOOKS.items():
            look(desk)
            desk.rest()
            rows.append(row("drag", f"{desk.size} nodes, {name}", _dragged(desk, count), STEP))
        desk.canvas.frame_all()
        desk.canvas.select_all()
        desk.rest()
        rows.append(row("drag", f"{desk.size} nodes, all of them", _dragged(desk, count)))
    return rows


def _dragged(desk: Desk, count: int) -> list[float]:
    hand, node = CanvasHand(desk.canvas), "n2"
    x, y = hand.node(node)
    place = desk.document.node(node).at
    hand.press((x, y), LEFT)
    hand.move((x + 9, y + 9))
    painted = desk.painted
    times = repeated(lambda turn: hand.move((x + 30 + turn % 40, y + 40 + turn % 23)), count)
    assert desk.painted >= painted + count, "a step was not drawn"
    hand.release()
    assert desk.document.node(node).at != place, "nothing was dragged"
    desk.window.editor.undo()
    desk.rest()
    return times


def frames(size: int, count: int) -> list[Row]:
    """Whole frames, and steps of panning and zooming, over a dense field of nodes and wires."""
    rows = []
    with opened(field(size, size * 3 // 2)) as desk:
        title = f"{desk.size} nodes, {len(list(desk.document.wires('main')))} wires"
        for name, look in LOOKS.items():
            look(desk)
            desk.rest()
            rows.append(row("frames", f"{title}, {name}", repeated(lambda turn: desk.redraw(), count)))
            rows.append(row("frames", f"{title}, {name}, a step of a pan", _panned(desk, count)))
            look(desk)
            rows.append(row("frames", f"{title}, {name}, a step of a zoom", _zoomed(desk, count)))
            rested = [_rested(desk) for _ in range(count // 10 + 1)]
            rows.append(row("frames", f"{title}, {name}, once a zoom rests", rested, FREE))
    return rows


def _panned(desk: Desk, count: int) -> list[float]:
    hand = CanvasHand(desk.canvas)
    x, y = desk.canvas.width() / 2, desk.canvas.height() / 2
    hand.press((x, y), MIDDLE)
    hand.move((x + 9, y))
    times = repeated(lambda turn: hand.move((x + 9 - 7 * (turn % 30), y - 3 * (turn % 20))), count)
    hand.release()
    return times


def _zoomed(desk: Desk, count: int) -> list[float]:
    hand = CanvasHand(desk.canvas)
    middle = (desk.canvas.width() / 2, desk.canvas.height() / 2)
    return repeated(lambda turn: hand.wheel(middle, 0.25 if turn % 8 < 4 else -0.25), count)


def _rested(desk: Desk) -> float:
    hand = CanvasHand(desk.canvas)
    hand.wheel((desk.canvas.width() / 2, desk.canvas.height() / 2), 0.25)
    begin = time.thread_time()
    desk.rest()
    hand.wheel((desk.canvas.width() / 2, desk.canvas.height() / 2), -0.25)
    return (time.thread_time() - begin) * 1e3
