"""What keys and the window's actions do to the selection; each is a function of the stage. No Qt."""

from collections.abc import Iterable

from core import edits
from core.edits import EditError
from core.text import tr

from .hit import ports_of
from .stage import Key, SearchRequest, Stage
from .tools.wiring import refusal
from .view import FULL, Box, Point, View, fitting

NUDGE = 8.0
"""How far a nudge moves, in scene units."""

DIRECTIONS: dict[str, Point] = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}


def on_key(stage: Stage, key: Key) -> None:
    """Does what a key of the canvas stands for; others are left to the window."""
    if key.name in DIRECTIONS and key.ctrl:
        nudge(stage, DIRECTIONS[key.name])
    elif key.name in DIRECTIONS:
        walk(stage, DIRECTIONS[key.name], extend=key.shift)
    elif key.name in _BY_NAME and not key.ctrl and not key.alt:
        _BY_NAME[key.name](stage)
    elif key.name == "A" and key.ctrl:
        select_all(stage)


KEYS = (
    *DIRECTIONS,
    "Delete",
    "Backspace",
    "Home",
    "F",
    "F2",
    "J",
    "Return",
    "Enter",
    "PageDown",
    "PageUp",
    "Escape",
)
"""The keys that the canvas takes when it has the focus; Ctrl+A besides."""


def delete_selection(stage: Stage) -> None:
    """Takes out what is picked."""
    chosen = [key for key in stage.session.selection if key in stage.geometry]
    if not chosen:
        return
    try:
        edits.delete(stage.document, chosen)
    except EditError as error:
        stage.host.say(str(error))


def select_all(stage: Stage) -> None:
    """Picks every node and comment of the open module."""
    stage.session.select([*stage.geometry.nodes, *(key for key, _ in stage.geometry.comment_boxes())])


def nudge(stage: Stage, direction: Point) -> None:
    """Moves the selection a little."""
    chosen = stage.selected()
    if not chosen:
        return
    places = {key: stage.geometry.item_box(key) for key in chosen}
    dx, dy = direction[0] * NUDGE, direction[1] * NUDGE
    try:
        edits.move(stage.document, {key: (box[0] + dx, box[1] + dy) for key, box in places.items()})
    except EditError as error:
        stage.host.say(str(error))


def walk(stage: Stage, direction: Point, *, extend: bool = False) -> None:
    """Moves the focus along the graph: left and right by the wires, up and down to the nearest node."""
    geometry, focus = stage.geometry, stage.session.focus
    if focus is None or not geometry.is_node(focus):
        goal = _first_visible(stage)
    elif direction[0]:
        goal = _along_wires(stage, focus, direction[0] > 0) or _towards(stage, focus, direction)
    else:
        goal = _towards(stage, focus, direction)
    if goal is None:
        return
    if extend:
        stage.session.add((goal,), goal)
    else:
        stage.session.select((goal,), goal)
    reveal(stage, geometry.box(goal))


def reveal(stage: Stage, box: Box, margin: float = 48.0) -> None:
    """Pans just so far that the box is seen."""
    left, top, right, bottom = stage.view.to_screen_box(box)
    dx = max(0.0, margin - left) - max(0.0, right - stage.size[0] + margin)
    dy = max(0.0, margin - top) - max(0.0, bottom - stage.size[1] + margin)
    if dx or dy:
        stage.host.pan(round(dx), round(dy))


def connect_selected(stage: Stage) -> None:
    """Wires the two picked nodes by the ports that match best: same name, else the first that is free."""
    nodes = [key for key in stage.session.selection if stage.geometry.is_node(key)]
    if len(nodes) != 2:
        stage.host.say(tr("pick two nodes to connect"))
        return
    source, target = sorted(nodes, key=lambda key: stage.geometry.box(key)[0])
    ways = [pair for pair in ((source, target), (target, source)) if _fitting(stage, *pair)]
    open_ways = [pair for pair in ways if not stage.find_loop(stage.geometry.module, *pair)]
    if not ways:
        stage.host.say(tr("these two nodes have no ports that fit"))
    elif not open_ways:
        stage.host.say(refusal(stage, stage.find_loop(stage.geometry.module, *ways[0])))
    else:
        source, target = open_ways[0]
        source_port, target_port = _fitting(stage, source, target)[0]
        try:
            edits.connect(stage.document, source, source_port, target, target_port)
        except EditError as error:
            stage.host.say(str(error))


def frame_all(stage: Stage) -> None:
    """Shows the whole module."""
    box = stage.geometry.bounds()
    if box is not None:
        stage.host.look(_framing(stage, box, stage.geometry.nodes))


def frame_selection(stage: Stage) -> None:
    """Shows what is picked, or the whole module where nothing is."""
    box = stage.geometry.bounds(stage.session.selection)
    if box is None:
        frame_all(stage)
    else:
        picked = [key for key in stage.session.selection if stage.geometry.is_node(key)]
        stage.host.look(_framing(stage, box, picked))


def _framing(stage: Stage, box: Box, nodes: Iterable[str]) -> View:
    """The view that shows a box, and where it is near enough to show them what hangs under nodes too."""
    view = fitting(box, *stage.size)
    if view.scale < FULL:
        return view
    for left, top, right, bottom in stage.hanging(nodes):
        box = min(box[0], left), min(box[1], top), max(box[2], right), max(box[3], bottom)
    return fitting(box, *stage.size)


def enter(stage: Stage) -> None:
    """Enters the one picked node."""
    node = single_instance(stage)
    if node is not None:
        stage.host.enter(node)


def single_instance(stage: Stage) -> str | None:
    """The picked node where it alone is picked and there is a module inside."""
    chosen = list(stage.session.selection)
    if len(chosen) != 1 or not stage.geometry.is_node(chosen[0]):
        return None
    return chosen[0] if stage.can_enter(chosen[0]) else None


def rename(stage: Stage) -> None:
    """Renames the focused node in its place, or edits the focused comment."""
    focus = stage.session.focus
    if focus is not None and focus in stage.geometry and focus not in stage.geometry.wires:
        stage.host.rename(focus)


def drop_selection(stage: Stage) -> None:
    """Drops the selection; where there is none, leaves the module."""
    if stage.session.selection:
        stage.session.select(())
    else:
        stage.host.leave()


def search(stage: Stage) -> None:
    """Opens the search in the middle of the window."""
    pixel = (stage.size[0] / 2, stage.size[1] / 2)
    stage.host.search(SearchRequest(stage.view.to_scene(pixel), pixel))


_BY_NAME = {
    "Delete": delete_selection,
    "Backspace": delete_selection,
    "Home": frame_all,
    "F": frame_selection,
    "F2": rename,
    "J": connect_selected,
    "Return": enter,
    "Enter": enter,
    "PageDown": enter,
    "PageUp": lambda stage: stage.host.leave(),
    "Escape": drop_selection,
}


def _fitting(stage: Stage, source: str, target: str) -> list[tuple[str, str]]:
    """Pairs of an output and an input, those of one name first, then free inputs before wired ones."""
    geometry = stage.geometry
    pairs = [
        (out.port, into.port)
        for out in ports_of(geometry, source, "out")
        for into in ports_of(geometry, target, "in")
    ]
    return sorted(
        pairs, key=lambda pair: (geometry.wire_into(target, pair[1]) is not None, pair[0] != pair[1])
    )


def _first_visible(stage: Stage) -> str | None:
    found = stage.geometry.nodes_in(stage.visible()) or stage.geometry.nodes
    return min(found, key=lambda key: stage.geometry.box(key)[:2], default=None)


def _along_wires(stage: Stage, node: str, forward: bool) -> str | None:
    """The node at the other end of a wire, the topmost of several."""
    wires = [stage.geometry.wires[key] for key in stage.geometry.wires_of(node)]
    ends = (
        [w.target for w in wires if w.source == node]
        if forward
        else [w.source for w in wires if w.target == node]
    )
    return min(ends, key=lambda key: stage.geometry.box(key)[1], default=None)


def _towards(stage: Stage, node: str, direction: Point) -> str | None:
    """The nearest node that lies in a direction, what is off to the side counting double."""
    x, y = _middle(stage.geometry.box(node))
    best, shortest = None, float("inf")
    for other in stage.geometry.nodes:
        to_x, to_y = _middle(stage.geometry.box(other))
        along = (to_x - x) * direction[0] + (to_y - y) * direction[1]
        aside = abs((to_x - x) * direction[1]) + abs((to_y - y) * direction[0])
        if other != node and along > 1 and along + 2 * aside < shortest:
            best, shortest = other, along + 2 * aside
    return best


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
