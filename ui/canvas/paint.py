"""Paints a module: for the window, and by the same function for PNG, SVG and PDF."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from core.problem import Path
from core.record import Comment
from ui.theme import Theme, mix

from .cache import PixmapCache
from .card import STACK, Card
from .code_badges import CodeBadge
from .geometry import Geometry
from .labels import Labels, inner_text
from .marks import BLANK
from .paint_badges import draw_badge
from .paint_card import MARGIN, Detail, draw_card
from .paint_labels import (
    STRIP_GAP,
    Results,
    draw_comment,
    draw_pill,
    draw_problem,
    draw_strip,
    problem_size,
    strip_size,
)
from .paint_wires import FAR, draw_points, draw_rectangles, draw_wires
from .pills import Pills, Placed, pill_size
from .target import Target
from .view import FULL, Box, Point, View

GRID = 24.0
TITLES = 0.45
COMPACT = 0.85
"""Below this scale a node's texts are set larger than it, as far as its card has room."""

LEGIBLE = 0.55
"""Below this scale there is no room for pills that can be read: they vanish."""

SMALLEST_PILL = 0.82
"""Pills are not drawn smaller than at this scale."""

SMALLEST_PROBLEM = 0.9
"""Problems are not drawn smaller than at this scale."""

OVERHANG = 72.0
"""How far below its node something may hang, for culling; in pixels of the smallest scale that draws it."""

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Drawing:
    """All that a picture of a module is made of."""

    geometry: Geometry
    labels: Labels
    pills: Pills
    theme: Theme
    path: Path = ()
    results: Results | None = None
    colours: Mapping[str, str] = field(default_factory=dict)
    """Wires that are drawn in a colour of their own, and thicker."""
    code_badges: Mapping[str, CodeBadge] = field(default_factory=dict)


def paint_design(
    painter: QPainter,
    drawing: Drawing,
    view: View,
    size: tuple[float, float],
    *,
    cache: PixmapCache | None = None,
    ratio: float = 1.0,
    grid: bool = False,
    hidden: Collection[str] = _NOTHING,
    part: Box | None = None,
) -> None:
    """Paints what `size` pixels of the view show of the module, but for what is hidden.

    With a cache nodes are drawn as pixmaps, without one as vectors. `part` are the pixels to which the caller
    has clipped the painter, where not all are needed.
    """
    target = Target(painter, view, cache, ratio)
    left, top, right, bottom = part or (0.0, 0.0, *size)
    box = (*view.to_scene((left, top)), *view.to_scene((right, bottom)))
    painter.fillRect(QRectF(left, top, right - left, bottom - top), QColor(drawing.theme.canvas))
    if grid:
        _draw_grid(target, drawing.theme, box)
    draw_comments(
        target, drawing, [note for note in drawing.geometry.comments_in(box) if note.id not in hidden]
    )
    reach = OVERHANG / min(1.0, view.scale)
    wide = (box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach)
    nodes = [node for node in drawing.geometry.nodes_in(wide) if node not in hidden]
    wires = [wire for wire in drawing.geometry.wires_in(wide) if wire not in hidden]
    paint_items(target, drawing, nodes, wires)


def draw_comments(target: Target, drawing: Drawing, comments: Iterable[Comment]) -> None:
    """Draws these comments, their words where they can be read."""
    words, theme = target.view.scale >= TITLES, drawing.theme
    for comment in comments:
        paint = partial(draw_comment, comment=comment, theme=theme, words=words)
        target.stamp((comment.text, comment.size, theme.name, words), comment.at, comment.size, paint)


def paint_items(target: Target, drawing: Drawing, nodes: Sequence[str], wires: Sequence[str]) -> None:
    """Paints these wires and nodes, with what stands beside them."""
    target.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    troubled = (
        {wire for wire in wires if drawing.labels.wire_problem(wire)} if drawing.labels.any_problem else set()
    )
    own = {wire: drawing.colours[wire] for wire in wires if wire in drawing.colours and wire not in troubled}
    calm = [wire for wire in wires if wire not in troubled and wire not in own]
    draw_wires(target, drawing.geometry, calm, drawing.theme.wire)
    for colour in sorted(set(own.values())):
        coloured = [wire for wire in own if own[wire] == colour]
        draw_wires(target, drawing.geometry, coloured, colour, thick=True)
    draw_wires(target, drawing.geometry, sorted(troubled), drawing.theme.error, thick=True)
    if target.view.scale < FAR:
        _draw_far(target, drawing, nodes)
        return
    hanging = {node: _draw_results(target, drawing, node) for node in nodes}
    for node in nodes:
        draw_node(target, drawing, node)
        if node in drawing.code_badges:
            draw_badge(target, drawing.geometry.box(node), drawing.code_badges[node], drawing.theme)
    for node in filter(drawing.labels.is_noted, nodes):
        _draw_problems(target, drawing, node, hanging[node])
    _draw_wire_labels(target, drawing, wires, troubled)


def draw_node(target: Target, drawing: Drawing, node: str) -> None:
    """Draws a node's card, as large as the scale has room for its details."""
    scale = target.view.scale
    detail = detail_at(scale)
    card, labels = drawing.geometry.card(node), drawing.labels
    face = labels.face(node) if scale >= FULL else BLANK
    error = labels.has_error(node)
    left, top, _, _ = drawing.geometry.box(node)
    paint = partial(draw_card, card=card, face=face, theme=drawing.theme, detail=detail, error=error)
    key = (_shown(card, detail), face, drawing.theme.name, detail, error)
    target.stamp(key, (left, top), (card.width, card.height), paint, margin=MARGIN)


def detail_at(scale: float) -> Detail:
    """How much of a node there is room for."""
    if scale >= FULL:
        return "full" if scale >= COMPACT else "compact"
    return "title" if scale >= TITLES else "plain"


def _shown(card: Card, detail: Detail) -> object:
    """What of a card can be seen, so that plain ones share their pixels."""
    if detail == "plain":
        marks = (bool(card.marks.repeat), card.marks.is_slot)
        return (card.category, card.width, card.height, card.inputs, card.outputs, marks)
    return card


def _draw_far(target: Target, drawing: Drawing, nodes: Sequence[str]) -> None:
    """Nodes as rectangles in their category's colour, a batch for each."""
    painter, view, geometry = target.painter, target.view, drawing.geometry
    batches: dict[str, list[str]] = {}
    troubled = drawing.labels.troubled()
    for node in nodes:
        name = "" if node in troubled else geometry.card(node).category
        batches.setdefault(name, []).append(node)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    for name, members in batches.items():
        theme = drawing.theme
        colour = mix(theme.node, theme.category(name), 0.6) if name else theme.error
        painter.setBrush(QColor(colour))
        boxes = geometry.boxes_of(members) * view.scale + np.array((view.x, view.y, view.x, view.y))
        boxes[:, 2:] = np.maximum(boxes[:, 2:] - boxes[:, :2], 2.0)
        draw_rectangles(painter, boxes)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def strip_boxes(drawing: Drawing, nodes: Iterable[str]) -> Iterator[Box]:
    """Where the results of nodes hang, in scene units."""
    for node in nodes:
        strip = _strip(drawing, node)
        if strip is not None:
            _, _, (left, top), (width, height) = strip
            yield left, top, left + width, top + height


def _strip(drawing: Drawing, node: str) -> tuple[Sequence[QImage], str, Point, tuple[float, float]] | None:
    """A node's pictures, statistics, corner and size; None where it has no values."""
    if drawing.results is None:
        return None
    left, _, right, bottom = drawing.geometry.box(node)
    images = drawing.results.thumbnails(drawing.path, node)
    statistics = drawing.results.statistics(drawing.path, node)
    if not images and not statistics:
        return None
    corner = (left, bottom + STRIP_GAP + _behind(drawing, node))
    return images, statistics, corner, strip_size(images, statistics, right - left)


def _behind(drawing: Drawing, node: str) -> float:
    """How far the cards behind a node's stand out under it."""
    return 2 * STACK if drawing.geometry.card(node).marks.repeat else 0.0


def _draw_results(target: Target, drawing: Drawing, node: str) -> float:
    """Draws a node's values under it and returns how far down they reach."""
    strip = _strip(drawing, node) if target.view.scale >= FULL else None
    if strip is None:
        return drawing.geometry.box(node)[3] + STRIP_GAP + _behind(drawing, node)
    images, statistics, (left, y), size = strip
    faded = getattr(drawing.results, "stale", False)
    paint = partial(
        draw_strip, images=images, statistics=statistics, size=size, theme=drawing.theme, faded=faded
    )
    key = (tuple(image.cacheKey() for image in images), statistics, size, drawing.theme.name, faded)
    target.stamp(key, (left, y), size, paint)
    return y + size[1] + STRIP_GAP


def _draw_problems(target: Target, drawing: Drawing, node: str, y: float) -> None:
    """Says under a node what is wrong with it, from `y` downwards."""
    left = drawing.geometry.box(node)[0]
    problems = [(problem.text, problem.kind != "error") for problem in drawing.labels.node_problems(node)]
    inner = drawing.labels.inner_problems(node)
    if inner:
        problems.append((inner_text(inner), False))
    scale = max(target.view.scale, SMALLEST_PROBLEM)
    for text, condition in problems:
        size = problem_size(text)
        paint = partial(draw_problem, text=text, theme=drawing.theme, condition=condition)
        target.stamp((text, condition, drawing.theme.name), (left, y), size, paint, scale=scale)
        y += (size[1] + STRIP_GAP) * scale / target.view.scale


def _draw_wire_labels(
    target: Target, drawing: Drawing, wires: Sequence[str], troubled: Collection[str]
) -> None:
    labels, view = drawing.labels, target.view
    sizes: dict[str, tuple[float, float]] = {}
    texts: dict[str, str] = {}
    stretch, larger = (max(1.0, least / view.scale) for least in (SMALLEST_PROBLEM, SMALLEST_PILL))
    for wire in wires:
        problem = labels.wire_problem(wire) if wire in troubled else None
        if problem is not None:
            texts[wire] = problem.text
            width, height = problem_size(problem.text)
            sizes[wire] = (width * stretch, height * stretch)
        elif view.scale >= LEGIBLE and (shape := labels.shape(wire)):
            texts[wire] = shape
            width, height = pill_size(shape)
            sizes[wire] = (width * larger, height * larger)
    for wire, place in drawing.pills.place(sizes).items():
        if wire in troubled:
            _draw_wire_problem(target, texts[wire], place, drawing.theme, view.scale * stretch)
        else:
            size = pill_size(texts[wire])
            paint = partial(draw_pill, text=texts[wire], size=size, theme=drawing.theme)
            key = (texts[wire], drawing.theme.name)
            target.stamp(key, place.box[:2], size, paint, scale=view.scale * larger)


def _draw_wire_problem(target: Target, text: str, place: Placed, theme: Theme, scale: float) -> None:
    painter, view = target.painter, target.view
    if place.leader is not None:
        x, y = view.to_screen(place.leader)
        _, top, _, bottom = view.to_screen_box(place.box)
        painter.setPen(QPen(QColor(theme.error), 1.0))
        painter.drawLine(QPointF(x, y), QPointF(x, bottom if bottom < y else top))
    paint = partial(draw_problem, text=text, theme=theme)
    target.stamp((text, False, theme.name), place.box[:2], problem_size(text), paint, scale=scale)


def _draw_grid(target: Target, theme: Theme, box: Box) -> None:
    """Dots at every 24 units, fewer from afar."""
    view, painter = target.view, target.painter
    step = GRID
    while step * view.scale < 14:
        step *= 2
    left, top, right, bottom = box
    xs = np.arange(np.ceil(left / step), np.floor(right / step) + 1) * step * view.scale + view.x
    ys = np.arange(np.ceil(top / step), np.floor(bottom / step) + 1) * step * view.scale + view.y
    dots = np.stack(np.meshgrid(np.floor(xs) + 0.5, np.floor(ys) + 0.5), axis=-1).reshape(-1, 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(theme.grid), 1.5))
    draw_points(painter, dots)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
