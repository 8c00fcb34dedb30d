"""How long the canvas takes, in CPU time of its thread: budgets of a 60 Hz frame."""

import statistics
import time
from collections.abc import Callable

import pytest

from core import edits
from core.document import Change, Document
from core.resolve import Resolution
from tests.ui.canvas.drawings import Desk, straight
from tests.ui.hand import LEFT, MIDDLE, CanvasHand
from ui.canvas.view import View

NODES = 2000

pytestmark = pytest.mark.bench


def milliseconds(work: Callable[[], object], times: int = 15) -> float:
    """The median CPU time of the thread."""
    taken = []
    for _ in range(times):
        start = time.thread_time()
        work()
        taken.append((time.thread_time() - start) * 1e3)
    return statistics.median(taken)


@pytest.fixture
def document() -> Document:
    return straight(NODES)


@pytest.fixture
def wide(document: Document, open_desk: Callable[[Document], Desk]) -> Desk:
    """The chain at 100 %, on a large screen."""
    desk = open_desk(document)
    desk.canvas.resize(1920, 1080)
    desk.canvas.look(View(1.0, 40.0, 500.0))
    desk.canvas.repaint()
    return desk


def test_every_shape_anew_is_drawn_within_five_milliseconds(
    wide: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply, taken = wide.canvas.apply, list[float]()

    def timed(change: Change | None, resolution: Resolution) -> None:
        start = time.thread_time()
        apply(change, resolution)
        wide.canvas.repaint()
        taken.append((time.thread_time() - start) * 1e3)

    monkeypatch.setattr(wide.canvas, "apply", timed)
    for width in range(100, 115):
        edits.set_argument(wide.document, "n0", "out_features", width)
    print(f"apply and repaint {statistics.median(taken):.1f} ms")
    assert len(taken) == 15 and statistics.median(taken) <= 5.0


def test_a_step_of_a_drag_takes_at_most_eight_milliseconds(wide: Desk) -> None:
    hand = CanvasHand(wide.canvas)
    x, y = hand.node("n3")
    hand.press((x, y), LEFT)
    hand.move((x + 9, y + 9))
    places = iter(range(1, 1000))

    def step() -> None:
        place = next(places)
        hand.move((x + 9 + place * 3, y + 9 + place * 2))

    taken = milliseconds(step)
    hand.release()
    print(f"drag step {taken:.1f} ms")
    assert taken <= 8.0


def test_a_step_of_a_pan_takes_at_most_five_milliseconds(wide: Desk) -> None:
    hand = CanvasHand(wide.canvas)
    hand.press((900.0, 800.0), MIDDLE)
    places = iter(range(1, 1000))
    taken = milliseconds(lambda: hand.move((900.0 - 7 * next(places), 800.0)))
    hand.release()
    print(f"pan step {taken:.1f} ms")
    assert taken <= 5.0


def test_the_whole_network_is_drawn_within_a_frame(wide: Desk) -> None:
    wide.canvas.frame_all()

    def frame() -> None:
        wide.canvas._redraw()
        wide.canvas.repaint()

    taken = milliseconds(frame)
    print(f"fit-all frame of {NODES} nodes {taken:.1f} ms")
    assert taken <= 16.0
