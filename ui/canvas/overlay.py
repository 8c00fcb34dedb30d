"""Draws what changes at every movement: selection, focus, hover, and what the tool at work shows."""

from collections.abc import Iterable, Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.problem import Problem
from core.text import tr
from ui.session import Session
from ui.theme import Theme

from .card import LEFT
from .paint import SMALLEST_PROBLEM, Drawing
from .paint_badges import draw_badge
from .paint_card import PORT_RADIUS, RADIUS, draw_port
from .paint_labels import draw_pill, draw_problem, problem_size
from .paint_wires import FAR, draw_segments, draw_wires
from .pills import pill_size
from .route import route
from .stage import Feedback
from .target import Target
from .typeface import text_width, write
from .view import Box, Point, View

RING = 4.0
"""Pixels that a ring stands out from its node."""

BELOW_GHOST = 6.0


def draw_overlay(
    target: Target, drawing: Drawing, session: Session, feedback: Feedback, *, focused: bool
) -> None:
    """Draws all of it, in pixels of the view."""
    target.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_selection(target, drawing, session, focused=focused)
    _draw_feedback(target, drawing, feedback)


def overlay_boxes(drawing: Drawing, session: Session, feedback: Feedback, view: View) -> Iterator[Box]:
    """The pixels that the overlay may touch, but for selections."""
    geometry = drawing.geometry
    named = [session.hover, session.focus, feedback.wire, *feedback.loop, *feedback.foretold]
    for key in named:
        if key is not None and key in geometry:
            yield _grown(
                view.to_screen_box(geometry.item_box(key)), 140.0 if key in feedback.foretold else 10.0
            )
    if feedback.band is not None:
        yield _grown(view.to_screen_box(feedback.band), 2.0)
    for a, b in feedback.guides:
        yield _grown(_around(view, (a, b)), 3.0)
    if feedback.draft is not None:
        # A detour goes far round its ends.
        yield _grown(_around(view, feedback.draft), 80.0 * max(1.0, view.scale))
    if feedback.port is not None:
        yield _grown(_around(view, (feedback.port.at,)), 16.0 * max(1.0, view.scale))
    if feedback.refusal:
        x, y = view.to_screen(feedback.refused_at)
        width, height = problem_size(feedback.refusal)
        yield x, y, x + width + 32, y + height + 40
    if feedback.ghost is not None:
        yield _grown(view.to_screen_box(feedback.ghost[0]), 120.0)


def draw_empty(painter: QPainter, width: float, height: float, theme: Theme) -> None:
    """Says in an empty module how to begin."""
    lines = (tr("Press Space to add a layer"), tr("or drag one here from the palette"))
    for index, (text, use, colour) in enumerate(
        zip(lines, ("title", "line"), (theme.text, theme.secondary), strict=True)
    ):
        write(painter, (width - text_width(text, use)) / 2, height / 2 + 22 * index, text, use, colour)


def _draw_selection(target: Target, drawing: Drawing, session: Session, *, focused: bool) -> None:
    geometry, theme, painter = drawing.geometry, drawing.theme, target.painter
    wires = [key for key in session.selection if geometry.is_drawn(key)]
    if session.hover is not None and geometry.is_drawn(session.hover):
        wires.append(session.hover)
    draw_wires(target, geometry, wires, theme.accent, thick=True)
    visible = [key for key in session.selection if key in geometry and key not in geometry.wires]
    glow = QColor(theme.accent)
    glow.setAlpha(60)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for key in visible:
        _ring(target, geometry.item_box(key), QPen(glow, 3.0), 1.5)
        _ring(target, geometry.item_box(key), QPen(QColor(theme.accent), 1.5), 0.0)
    _draw_partners(target, drawing, visible)
    hover = session.hover
    if hover is not None and hover not in session.selection and hover in geometry and hover not in wires:
        edge = QColor(theme.accent)
        edge.setAlpha(130)
        _ring(target, geometry.item_box(hover), QPen(edge, 1.0), 0.0)
    focus = session.focus
    if focused and focus is not None and geometry.is_node(focus) and len(session.selection) != 1:
        _ring(target, geometry.box(focus), QPen(QColor(theme.accent), 1.0, Qt.PenStyle.DotLine), RING)
    if target.view.scale >= FAR:
        _redraw_ports(target, drawing, visible)
        for key in drawing.code_badges.keys() & visible:
            draw_badge(target, geometry.box(key), drawing.code_badges[key], theme)


def _draw_partners(target: Target, drawing: Drawing, picked: Iterable[str]) -> None:
    """Rings the nodes that have weights in common with the picked ones, and leads a line to each."""
    geometry, painter = drawing.geometry, target.painter
    for key in picked:
        for other in geometry.partners(key) if geometry.is_node(key) else ():
            if not geometry.is_node(other):
                continue
            painter.setPen(QPen(QColor(drawing.theme.accent), 1.0, Qt.PenStyle.DashLine))
            ends = between(geometry.box(key), geometry.box(other))
            if ends is not None:
                painter.drawLine(*(QPointF(*target.view.to_screen(end)) for end in ends))
            _ring(target, geometry.box(other), QPen(QColor(drawing.theme.accent), 1.5), 0.0)


def between(a: Box, b: Box) -> tuple[Point, Point] | None:
    """The part outside of both of the line between the middles of two boxes; None where they meet."""
    start, end = (((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in (a, b))
    dx, dy = end[0] - start[0], end[1] - start[1]
    out_of_a, out_of_b = _reach(a, dx, dy), _reach(b, dx, dy)
    if out_of_a + out_of_b >= 1.0:
        return None
    return (
        (start[0] + dx * out_of_a, start[1] + dy * out_of_a),
        (end[0] - dx * out_of_b, end[1] - dy * out_of_b),
    )


def _reach(box: Box, dx: float, dy: float) -> float:
    """The part of a way from the middle of a box that lies in it."""
    sides = ((box[2] - box[0]) / 2, abs(dx)), ((box[3] - box[1]) / 2, abs(dy))
    return min((half / way for half, way in sides if way), default=1.0)


def _redraw_ports(target: Target, drawing: Drawing, nodes: Iterable[str]) -> None:
    """Puts the ports of ringed nodes back on top of their rings."""
    painter, geometry = target.painter, drawing.geometry
    for node in nodes:
        if not geometry.is_node(node):
            continue
        card, (left, top, right, _) = geometry.card(node), geometry.box(node)
        painter.save()
        painter.translate(*target.view.to_screen((left, top)))
        painter.scale(target.view.scale, target.view.scale)
        for x, ports in ((0.0, card.inputs), (right - left, card.outputs)):
            for port in ports:
                draw_port(painter, QPointF(x, port.y), drawing.theme, drawing.theme.accent)
        painter.restore()


def _ring(target: Target, box: Box, pen: QPen, away: float) -> None:
    left, top, right, bottom = target.view.to_screen_box(box)
    radius = min(RADIUS * target.view.scale, RADIUS * 2) + away
    target.painter.setPen(pen)
    target.painter.setBrush(Qt.BrushStyle.NoBrush)
    target.painter.drawRoundedRect(
        QRectF(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1).adjusted(-away, -away, away, away),
        radius,
        radius,
    )


def _draw_feedback(target: Target, drawing: Drawing, feedback: Feedback) -> None:
    painter, theme, view, geometry = target.painter, drawing.theme, target.view, drawing.geometry
    if feedback.wire is not None and geometry.is_drawn(feedback.wire):
        draw_wires(target, geometry, [feedback.wire], theme.accent, thick=True)
    for node in feedback.loop:
        if geometry.is_node(node):
            _ring(target, geometry.box(node), QPen(QColor(theme.error), 2.0), 1.0)
    if feedback.guides:
        painter.setPen(QPen(QColor(theme.accent), 1.0, Qt.PenStyle.DashLine))
        for a, b in feedback.guides:
            painter.drawLine(QPointF(*view.to_screen(a)), QPointF(*view.to_screen(b)))
    if feedback.draft is not None:
        _draw_draft(target, feedback.draft, theme.error if feedback.refusal else theme.accent)
    if feedback.port is not None:
        colour = QColor(theme.error if feedback.refusal else theme.accent)
        painter.setPen(QPen(colour, 2.0))
        painter.setBrush(QColor(theme.accent_ground))
        radius = (PORT_RADIUS + 1.5) * max(0.6, view.scale)
        painter.drawEllipse(QPointF(*view.to_screen(feedback.port.at)), radius, radius)
    if feedback.band is not None:
        fill = QColor(theme.accent)
        fill.setAlpha(28)
        left, top, right, bottom = view.to_screen_box(feedback.band)
        painter.setPen(QPen(QColor(theme.accent), 1.0))
        painter.setBrush(fill)
        painter.drawRect(QRectF(left, top, right - left, bottom - top))
    if feedback.ghost is not None:
        _draw_ghost(target, *feedback.ghost, theme)
    _draw_foretold(target, drawing, feedback)
    if feedback.refusal:
        x, y = view.to_screen(feedback.refused_at)
        painter.save()
        painter.translate(x + 16, y + 18)
        draw_problem(painter, feedback.refusal, theme)
        painter.restore()


def _draw_draft(target: Target, ends: tuple[Point, Point], colour: str) -> None:
    (x0, y0), (x1, y1) = ends
    bodies = np.array([[y0 - 20, y0 + 20, y1 - 20, y1 + 20]])
    points = route(np.array([[x0, y0, x1, y1]]), bodies)[0] * target.view.scale
    points += (target.view.x, target.view.y)
    target.painter.setPen(QPen(QColor(colour), 2.0))
    draw_segments(target.painter, np.concatenate((points[:-1], points[1:]), axis=1))


def _draw_ghost(target: Target, box: Box, title: str, theme: Theme) -> None:
    fill = QColor(theme.accent_ground)
    fill.setAlpha(200)
    left, top, right, bottom = target.view.to_screen_box(box)
    painter = target.painter
    painter.setPen(QPen(QColor(theme.accent), 1.0, Qt.PenStyle.DashLine))
    painter.setBrush(fill)
    radius = RADIUS * target.view.scale
    painter.drawRoundedRect(QRectF(left, top, right - left, bottom - top), radius, radius)
    painter.save()
    painter.translate(left, top)
    painter.scale(target.view.scale, target.view.scale)
    write(painter, LEFT, (box[3] - box[1]) / 2 + 4.5, title, "title", theme.accent_text)
    painter.restore()


def _draw_foretold(target: Target, drawing: Drawing, feedback: Feedback) -> None:
    """What wires would carry, in place of what they do; that of the wire itself stands under the ghost."""
    seen = target.view.box(*_size(target.painter)) if feedback.foretold else (0.0, 0.0, 0.0, 0.0)
    told = {
        key: feedback.foretold[key] for key in drawing.geometry.wires_in(seen) if key in feedback.foretold
    }
    larger = max(1.0, SMALLEST_PROBLEM / target.view.scale)
    sizes: dict[str, tuple[float, float]] = {}
    for wire, said in told.items():
        # As wide as the pill that it covers.
        now = pill_size(drawing.labels.shape(wire))
        width, height = problem_size(said.text) if isinstance(said, Problem) else max(now, pill_size(said))
        sizes[wire] = (width * larger, height * larger)
    corners = {wire: place.box[:2] for wire, place in drawing.pills.fresh().place(sizes).items()}
    if feedback.ghost is not None and feedback.wire in sizes:
        left, _, right, bottom = feedback.ghost[0]
        corners[feedback.wire] = ((left + right - sizes[feedback.wire][0]) / 2, bottom + BELOW_GHOST)
    for wire, corner in corners.items():
        size = (sizes[wire][0] / larger, sizes[wire][1] / larger)
        _draw_said(target, told[wire], corner, size, target.view.scale * larger, drawing.theme)


def _draw_said(
    target: Target,
    said: str | Problem,
    corner: Point,
    size: tuple[float, float],
    scale: float,
    theme: Theme,
) -> None:
    painter = target.painter
    painter.save()
    painter.translate(*target.view.to_screen(corner))
    painter.scale(scale, scale)
    if isinstance(said, Problem):
        draw_problem(painter, said.text, theme)
    else:
        draw_pill(painter, said, size, theme, told=True)
    painter.restore()


def _size(painter: QPainter) -> tuple[float, float]:
    return float(painter.window().width()), float(painter.window().height())


def _around(view: View, points: Iterable[Point]) -> Box:
    xs, ys = zip(*(view.to_screen(point) for point in points), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by
