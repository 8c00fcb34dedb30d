"""Commands about designs themselves: new, templates, check, summary, layers."""

import argparse
import json
from itertools import islice
from pathlib import Path

from core.files import FileError, save, write_whole
from core.layers import LAYERS
from core.layers.layer import CATEGORIES
from core.problem import Problem
from core.settings import SettingError, with_setting, with_text_values
from core.summary import Row, row_count, rows, total
from core.templates import template, templates
from core.text import tr

from .command import Opened, Refusal, Spoken, design_argument, opened
from .table import table
from .weights import beside

PRINTED_ROWS = 2_000
"""Calls that the table lists; the rest are counted."""

WRITTEN_ROWS = 100_000
"""Calls that the JSON lists; the rest are counted."""


def _declare_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("template", metavar="TEMPLATE", help=tr("an id that `layerloom templates` lists"))
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=tr("the design to write")
    )
    parser.add_argument(
        "--trained",
        action="store_true",
        help=tr("also write the trained weights that ship with it, beside the design"),
    )
    parser.add_argument(
        "--setting", metavar="NAME", help=tr("one of the template's sets of values, such as small")
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=tr("a value for an argument of the network, or a size of its inputs; can be repeated"),
    )


def _new(options: argparse.Namespace) -> int:
    try:
        chosen = template(options.template)
        weights = chosen.weights if options.trained else None
        if options.trained and weights is None:
            raise Refusal(tr("the template {name} has no trained weights", name=chosen.id))
        document = chosen.document()
        if options.setting is not None:
            document = with_setting(document, options.setting)
        save(with_text_values(document, _values(options.set)), options.output)
        if weights is not None:
            write_whole(beside(options.output), weights.read_bytes())
    except (FileError, SettingError) as error:
        raise Refusal(str(error)) from error
    return 0


def _values(given: list[str]) -> dict[str, str]:
    """The texts behind the names of `NAME=VALUE`."""
    values = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise Refusal(tr("--set takes NAME=VALUE, got {text}", text=text))
        values[name.strip()] = value.strip()
    return values


def _templates(_: argparse.Namespace) -> int:
    print(table([(entry.id, entry.title, entry.help) for entry in templates()]))
    return 0


def problem_line(design: Opened, problem: Problem) -> str:
    """`block1.conv, x: expected …; repair: …`: one line with the place first, after `hint: ` if it is one."""
    place = design.place(problem.path)
    if problem.port or problem.argument:
        place = (
            f"{place}, {problem.port or problem.argument}" if place else str(problem.port or problem.argument)
        )
    text = f"{place}: {problem.text}" if place else problem.text
    text = f"hint: {text}" if problem.kind == "hint" else text
    return text + "".join(f"; repair: {repair.text}" for repair in problem.repairs[:1])


def _check(options: argparse.Namespace) -> int:
    design = opened(options.file)
    problems = design.resolver.resolution.problems
    for problem in problems:
        print(problem_line(design, problem))
    return 1 if any(problem.kind == "error" for problem in problems) else 0


def _declare_summary(parser: argparse.ArgumentParser) -> None:
    design_argument(parser)
    parser.add_argument("--json", action="store_true", help=tr("as JSON instead of a table"))


def _summary(options: argparse.Namespace) -> int:
    design = opened(options.file)
    resolution = design.resolver.resolution
    most = WRITTEN_ROWS if options.json else PRINTED_ROWS
    calls = list(islice(rows(design.document, resolution), most))
    more = row_count(design.document, resolution) - len(calls)
    whole = total(resolution)
    if options.json:
        listed = {"calls": [_plain(row) for row in calls], **({"more": more} if more else {})}
        print(json.dumps({**listed, "total": _counts(whole)}, ensure_ascii=False))
    else:
        print(summary_table(calls, whole, more))
    return 1 if any(problem.kind == "error" for problem in resolution.problems) else 0


def summary_table(calls: list[Row], whole: Row, more: int = 0) -> str:
    """A row per call, how many `more` there are, and the totals; MACs and memory are of one sample."""
    head = (tr("call"), tr("layer"), tr("output"), tr("parameters"), tr("MACs"), tr("memory"))
    lines = [
        ("  " * (len(row.names) - 1) + row.names[-1], _kind(row), _shapes(row), *_numbers(row))
        for row in calls
    ]
    if more:
        lines.append((tr("and {count} more", count=f"{more:,}"), "", "", "", "", ""))
    return table([head, *lines, (tr("total"), "", "", *_numbers(whole))], right=(3, 4, 5), rule=True)


def _kind(row: Row) -> str:
    return row.kind if row.times is None else f"{row.kind} ×{row.times}"


def _shapes(row: Row) -> str:
    return ", ".join("?" if type_ is None else str(type_) for type_ in row.outputs)


def _numbers(row: Row) -> tuple[str, str, str]:
    memory = "?" if row.memory is None else f"{row.memory / 1024:,.1f} KiB"
    return (_count(row.parameters), _count(row.macs), memory)


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _counts(row: Row) -> dict[str, int | None]:
    return {"parameters": row.parameters, "macs": row.macs, "memory": row.memory}


def _plain(row: Row) -> dict[str, object]:
    shapes = [None if type_ is None else str(type_) for type_ in row.outputs]
    return {
        "path": ".".join(row.names),
        "layer": row.kind,
        **(
            {}
            if row.times is None
            else {"repeat": row.times if isinstance(row.times, int) else str(row.times)}
        ),
        "output": shapes[0] if len(shapes) == 1 else shapes,
        **_counts(row),
    }


def _layers(_: argparse.Namespace) -> int:
    for category in CATEGORIES:
        for name, layer in LAYERS.items():
            if layer.category == category:
                help_ = (layer.__doc__ or "").strip().split("\n")[0]
                settings = ", ".join(argument.name for argument in layer.arguments)
                print(f"{name}({settings}): {help_}")
    return 0


def _nothing(_: argparse.ArgumentParser) -> None:
    return


NEW = Spoken("write a template as a design", _declare_new, _new)
TEMPLATES = Spoken("list the templates", _nothing, _templates)
CHECK = Spoken(
    "list a design's problems, one a line; exit code 1 if one keeps it from running", design_argument, _check
)
SUMMARY = Spoken("a row per call: output shape, parameters, MACs, memory", _declare_summary, _summary)
LAYERS_COMMAND = Spoken("list the layers and their arguments", _nothing, _layers)
