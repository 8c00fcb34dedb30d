"""`layerloom diff`: where two designs part, in words and as a picture."""

import argparse
import json
from pathlib import Path

from core.comparison import Comparison, compare
from core.files import FileError
from core.record import ROOT
from core.resolve import Resolver
from core.templates import template, templates
from core.text import tr

from .command import Opened, Refusal, Spoken, opened


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help=tr("a design (.loom), or the id of a template"))
    parser.add_argument("b", metavar="B", help=tr("the one that it is compared with"))
    parser.add_argument("--json", action="store_true", help=tr("as JSON instead of lines"))
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT.svg",
        help=tr("draw both beside each other, in a file ending in .svg, .png or .pdf"),
    )  # fmt: skip
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help=tr("its colours"))


def _diff(options: argparse.Namespace) -> int:
    try:
        return _told(options)
    except Refusal as refusal:
        raise Refusal(str(refusal), code=2) from refusal  # 1 says that the designs part


def _told(options: argparse.Namespace) -> int:
    a, b = _design(options.a), _design(options.b)
    comparison = compare(a.document, b.document)
    if options.output is not None:
        _draw(a, b, options)
    if options.json:
        print(json.dumps(_plain(comparison), ensure_ascii=False))
    elif comparison.lines:
        print("\n".join(comparison.lines))
    return 0 if comparison.same else 1


def _design(given: str) -> Opened:
    """The design in a file, or the template of that id where there is no such file."""
    path = Path(given)
    if path.exists() or given not in {entry.id for entry in templates()}:
        return opened(path)
    document = template(given).document()
    return Opened(document, Resolver(document))


def _draw(a: Opened, b: Opened, options: argparse.Namespace) -> None:
    if options.output.suffix not in (".svg", ".png", ".pdf"):
        raise Refusal(
            tr("expected a file ending in .svg, .png or .pdf, got {name}", name=options.output.name)
        )
    try:
        from ui.side_by_side import Compared

        from ..picture import draw_apart  # Qt is loaded only where something is drawn
    except ImportError as error:
        raise Refusal(tr("a picture needs Qt: {error}", error=error)) from error
    sides = [
        Compared(one.document.module(ROOT).name, one.document, one.resolver.resolution) for one in (a, b)
    ]
    try:
        draw_apart(sides[0], sides[1], options.output, options.theme)
    except FileError as error:
        raise Refusal(str(error)) from error


def _plain(comparison: Comparison) -> dict[str, object]:
    return {
        "same": comparison.same,
        "differences": [
            {"module": pair.name, "subject": each.subject, "text": each.text}
            for pair in comparison.pairs
            for each in pair.differences
        ],
    }


DIFF = Spoken(
    "say where two designs part, a line each; exit code 1 if more than names differs, 2 if it cannot say",
    _declare,
    _diff,
)
