"""The ratios as a picture in SVG: bars for each network's forward and training, marks for other peers."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import log2

from .networks import NETWORKS
from .ratio_table import betters, geometric
from .ratios import PASSES, Pass, Ratio

WIDTH, LEFT, RIGHT, TOP, LINE = 900, 262, 84, 96, 32
BAR = 11
LEAST, MOST = 0.5, 64.0
"""Ratios beyond are drawn at the edge; their numbers are told beside."""

INK, FAINT, GRID = "#22262e", "#6b7280", "#e3e6eb"
COLOURS = {"forward": "#2f6fde", "train": "#e0812d"}
MARKS = {"torch.compile": "circle", "onnxruntime": "diamond", "jax": "triangle"}
FONT = "Inter, 'Helvetica Neue', Arial, sans-serif"


def picture(rows: Sequence[Ratio]) -> str:
    """How many times as long PyTorch eager takes in its better layout, with the most threads measured."""
    threads = max((row.threads for row in rows), default=1)
    ratios: dict[Pass, dict[str, float]] = {passed: betters(rows, threads, passed) for passed in PASSES}
    names = [name for name in NETWORKS if any(name in found for found in ratios.values())]
    height = TOP + LINE * len(names) + 46
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="{FONT}">',
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
        _text(24, 34, "How many times as fast as PyTorch", 17, INK, weight=600),
        _text(
            24,
            54,
            f"eager, in its better layout; {threads} thread{'s' * (threads > 1)}, same weights",
            12,
            FAINT,
        ),
        *_legend(rows, threads),
        *_grid(height),
    ]
    for place, name in enumerate(names):
        parts += _network(name, TOP + LINE * place, ratios, [row for row in rows if row.threads == threads])
    means = [
        f"{passed} {mean:.1f}×"
        for passed in PASSES
        if (mean := geometric(ratios[passed].values())) is not None
    ]
    parts.append(_text(24, height - 14, f"Geometric mean: {', '.join(means)}", 12, INK, weight=600))
    return "\n".join([*parts, "</svg>", ""])


def _legend(rows: Sequence[Ratio], threads: int) -> Iterator[str]:
    right = WIDTH - RIGHT
    for place, passed in enumerate(PASSES):
        y = 28 + 18 * place
        yield _rectangle(right - 110, y - 9, 14, COLOURS[passed])
        yield _text(right - 88, y, "forward" if passed == "forward" else "forward + backward", 12, INK)
    seen = [peer for peer in MARKS if any(row.peer == peer and row.ratio is not None for row in rows)]
    for place, peer in enumerate(seen):
        x, y = LEFT + 124 * place, 76
        yield _mark(MARKS[peer], x, y - 4)
        yield _text(x + 10, y, f"to {peer}", 12, FAINT)


def _grid(height: int) -> Iterator[str]:
    ratio = LEAST
    while ratio <= MOST:
        x, strong = _x(ratio), ratio == 1
        yield (
            f'<path d="M{x:.1f} {TOP - 6}V{height - 40}" stroke="{INK if strong else GRID}" '
            f'stroke-width="{1.2 if strong else 1}"/>'
        )
        shown = f"{ratio:g}×" if ratio >= 1 else f"1/{1 / ratio:g}×"
        yield _text(x, height - 28, shown, 11, INK if strong else FAINT, anchor="middle")
        ratio *= 2


def _network(
    name: str, top: float, ratios: Mapping[Pass, Mapping[str, float]], rows: Sequence[Ratio]
) -> Iterator[str]:
    yield _text(
        LEFT - 14 + min(0.0, _x(LEAST) - LEFT), top + BAR + 4, NETWORKS[name].title, 12, INK, anchor="end"
    )
    for place, (passed, found) in enumerate(ratios.items()):
        y = top + place * (BAR + 1)
        if name in found:
            yield _bar(found[name], y, COLOURS[passed])
        for row in rows:
            if row.workload == name and row.passed == passed and row.peer in MARKS and row.ratio is not None:
                yield _mark(MARKS[row.peer], _x(row.ratio), y + BAR / 2)


def _bar(ratio: float, y: float, colour: str) -> str:
    x, one = _x(ratio), _x(1.0)
    shown = f"{ratio:.1f}×" if ratio >= 1 else f"{ratio:.2f}×"
    beside = _text(WIDTH - 24, y + 9, shown, 11, INK, anchor="end")
    return _rectangle(min(x, one), y, max(abs(x - one), 1.0), colour) + beside


def _rectangle(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" rx="2" fill="{colour}"/>'


def _mark(kind: str, x: float, y: float) -> str:
    style = f'fill="#ffffff" stroke="{INK}" stroke-width="1.3"'
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" {style}/>'
    corners = (
        [(0, -4.4), (4.4, 0), (0, 4.4), (-4.4, 0)] if kind == "diamond" else [(0, -4), (4, 3.4), (-4, 3.4)]
    )
    path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{path}" {style}/>'


def _x(ratio: float) -> float:
    """The place of a ratio: each doubling takes the same way."""
    part = log2(min(max(ratio, LEAST), MOST) / LEAST) / log2(MOST / LEAST)
    return LEFT + part * (WIDTH - RIGHT - LEFT)


def _text(
    x: float, y: float, text: str, size: int, colour: str, *, anchor: str = "start", weight: int = 400
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
