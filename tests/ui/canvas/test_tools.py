"""The states of the mouse, one after another, without a widget and without Qt."""

import subprocess
import sys
from collections.abc import Collection

import pytest

from core.document import Change, Document
from core.record import ROOT
from tests.ui.canvas.drawings import chain
from tests.ui.canvas.test_geometry import measured
from ui.canvas.geometry import Geometry
from ui.canvas.stage import Button, Key, Pointer, SearchRequest, Stage
from ui.canvas.tools.banding import Banding
from ui.canvas.tools.dropping import Dropping
from ui.canvas.tools.idle import Idle
from ui.canvas.tools.moving import Moving
from ui.canvas.tools.panning import Panning
from ui.canvas.tools.pointing import Pointing
from ui.canvas.tools.tool import Tool
from ui.canvas.tools.wiring import Wiring
from ui.canvas.view import View
from ui.session import Session


class Recorder:
    """A host that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def pan(self, dx: float, dy: float) -> None:
        self.asked.append(("pan", dx, dy))

    def look(self, view: View) -> None:
        self.asked.append(("look", view))

    def hold(self, ids: Collection[str]) -> None:
        self.asked.append("hold")

    def let_go(self) -> None:
        self.asked.append("let go")

    def search(self, request: SearchRequest) -> None:
        self.asked.append("search")

    def enter(self, node: str) -> None:
        self.asked.append("enter")

    def leave(self) -> None:
        self.asked.append("leave")

    def rename(self, key: str) -> None:
        self.asked.append("rename")

    def say(self, text: str) -> None:
        self.asked.append(text)

    def show_code(self, node: str) -> None:
        self.asked.append(f"code {node}")

    def show_calls(self, node: str | None, *, clicked: bool = False) -> None:
        if clicked:
            self.asked.append("calls")


@pytest.fixture
def stage() -> Stage:
    document = Document()
    chain(document, "ReLU", "Tanh")
    document = Document(document.records.values())
    geometry = Geometry(document, ROOT, measured)

    def follow(change: Change) -> None:
        geometry.apply(change)

    document.subscribe(follow)
    return Stage(document, Session(), geometry, Recorder())


def at(x: float, y: float, button: Button = "left", *, space: bool = False) -> Pointer:
    return Pointer((x, y), (x, y), button, space=space)


NODE = (30.0, 12.0)
NOTHING = (150.0, 300.0)


@pytest.mark.parametrize(
    ("pointer", "state"),
    [
        (at(*NODE), Pointing),
        (at(*NOTHING), Banding),
        (at(*NODE, "middle"), Panning),
        (at(*NODE, space=True), Panning),
        (at(88.0, 24.0), Wiring),
        (at(*NODE, "right"), Idle),
    ],
)
def test_a_press_leads_to_the_state_of_what_is_under_it(
    stage: Stage, pointer: Pointer, state: type[Tool]
) -> None:
    assert type(Idle().on_press(stage, pointer)) is state


def test_a_press_becomes_a_move_only_beyond_the_threshold(stage: Stage) -> None:
    idle = Idle()
    tool = idle.on_press(stage, at(*NODE)).on_move(stage, at(NODE[0] + 2, NODE[1]))
    assert type(tool) is Pointing and not stage.document.in_gesture
    tool = tool.on_move(stage, at(NODE[0] + 9, NODE[1]))
    assert type(tool) is Moving
    assert tool.on_release(stage, at(NODE[0] + 9, NODE[1])) is idle
    assert stage.document.undo_name == "Move"


@pytest.mark.parametrize("where", [NODE, NOTHING, (88.0, 24.0)])
def test_escape_ends_every_gesture_and_leaves_nothing(stage: Stage, where: tuple[float, float]) -> None:
    before = dict(stage.document.records)
    idle = Idle()
    tool = idle.on_press(stage, at(*where))
    for step in (20.0, 60.0, 110.0):
        tool = tool.on_move(stage, at(where[0] + step, where[1] + step))
    assert tool.on_key(stage, Key("Escape")) is idle
    assert stage.document.records == before and stage.document.undo_name is None
    assert stage.feedback.band is None and stage.feedback.draft is None


def test_another_key_does_not_end_a_gesture(stage: Stage) -> None:
    tool = Idle().on_press(stage, at(*NODE)).on_move(stage, at(90.0, 90.0))
    assert tool.on_key(stage, Key("Delete")) is tool
    tool.on_cancel(stage)


def test_a_node_that_vanishes_while_it_is_dragged_is_let_go(stage: Stage) -> None:
    tool = Idle().on_press(stage, at(*NODE)).on_move(stage, at(90.0, 90.0))
    (moved,) = stage.session.selection
    with stage.document.edit("Delete elsewhere"):
        stage.document.remove(moved)
    tool = tool.on_move(stage, at(120.0, 120.0)).on_release(stage, at(120.0, 120.0))
    assert type(tool) is Idle and stage.document.get(moved) is None


def test_a_node_that_vanishes_while_a_wire_is_dragged_from_it_ends_the_wire(stage: Stage) -> None:
    tool = Idle().on_press(stage, at(88.0, 24.0)).on_move(stage, at(120.0, 90.0))
    relu = stage.geometry.nodes[0]
    with stage.document.edit("Delete elsewhere"):
        stage.document.remove(relu)
    assert type(tool.on_move(stage, at(130.0, 95.0))) is Idle
    assert stage.feedback.draft is None


def test_what_cannot_be_inserted_is_said(stage: Stage) -> None:
    host = stage.host
    assert isinstance(host, Recorder)
    tool = Dropping("Constant", "Constant", Idle()).on_move(stage, at(140.0, 24.0))
    assert stage.feedback.wire is not None
    before = dict(stage.document.records)
    assert type(tool.on_release(stage, at(140.0, 24.0))) is Idle
    assert stage.document.records == before and host.asked == ["constant has no input"]


def test_the_drawing_and_its_tools_do_without_qt() -> None:
    modules = (
        "geometry",
        "hit",
        "snap",
        "labels",
        "pills",
        "commands",
        "tools.idle",
        "tools.dropping",
        "stage",
    )
    block = "import sys; sys.modules['PySide6'] = None; import ui.session, "
    names = ", ".join(f"ui.canvas.{name}" for name in modules)
    subprocess.run([sys.executable, "-c", block + names], check=True)
