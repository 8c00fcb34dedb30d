"""A program as source text in a framework, with the nodes that each line comes from."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..calls import ModuleCall
from ..problem import Path
from ..program import Entry, Program
from ..text import tr
from .error import ExportError
from .flax.printer import FLAX
from .form import ClassForm, Form
from .format import Line, note
from .framework import Framework
from .gluon.printer import GLUON
from .keras.printer import KERAS
from .onnx.build import build
from .onnx.target import ONNX
from .onnx.text import listing
from .pytorch.lazy import PYTORCH_LAZY
from .pytorch.printer import PYTORCH
from .refusal import Refusals, reasons
from .walk import walk

FRAMEWORKS: Mapping[str, Framework] = {one.name: one for one in (PYTORCH, PYTORCH_LAZY, KERAS, FLAX, GLUON)}
"""The targets whose code is Python, by name."""

TARGETS = (*FRAMEWORKS, ONNX)
"""The names of all targets, in the order in which they are shown."""


@dataclass(frozen=True)
class Written:
    """Source text, and for each of its lines (from 1) the paths of the nodes that it spells.

    A node inside a module that is called many times has one line: its path leads through the first call.
    """

    text: str
    lines: Mapping[int, tuple[Path, ...]] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    """The line where the class or function of each module begins."""
    helpers: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """The nodes that the target has no word for: the class that each is printed as, and its line."""
    refused: tuple[ExportError, ...] = ()
    """Why there is no code, for each node at fault."""

    def places(self, node: str) -> tuple[int, ...]:
        """The lines that spell the node of that id, in whichever call it is seen."""
        return tuple(n for n, paths in self.lines.items() if any(path[-1] == node for path in paths))

    def path(self, node: str) -> Path:
        """The path of a node that has lines; () for others."""
        return next((path for paths in self.lines.values() for path in paths if path[-1] == node), ())

    def helped_at(self, line: int) -> tuple[str, ...]:
        """The nodes that the class around a line stands for, where it is a helper."""
        heads = {*self.classes.values(), *(head for _, head in self.helpers.values())}
        head = max((head for head in heads if head <= line), default=0)
        return tuple(node for node, (_, begin) in self.helpers.items() if begin == head)


def framework(name: str) -> Framework:
    """The target of that name. Raises ExportError where there is none."""
    if name not in FRAMEWORKS:
        raise ExportError(
            tr("there is no export to {name}; there is: {names}", name=name, names=", ".join(TARGETS))
        )
    return FRAMEWORKS[name]


def export_code(program: Program, to: str) -> Written:
    """The program as source text. What has a problem is a comment that says so; the text always compiles.

    Raises ExportError, with every node at fault where the target has nothing exact for some.
    """
    paths = first_calls(program)
    try:
        printed, form = _printed(program, to)
    except ExportError as error:
        raise Refusals(tuple(_placed(program, one, paths) for one in reasons(error))) from None
    written = _written([*_problem_notes(program), *printed], paths)
    if form is None:
        return written
    heads = _heads(written.text)
    return replace(
        written,
        classes={one.definition: heads[name] for one, name in _named(form) if name in heads},
        helpers={node: (name, heads[name]) for node, name in form.helpers.items() if name in heads},
    )


def _printed(program: Program, to: str) -> tuple[list[Line], Form | None]:
    """The lines, and the classes that they are of; None where the target has no classes."""
    if to == ONNX:
        return listing(build(program)), None
    target = framework(to)
    form = walk(program, target.dialect)
    return target.printed(form), form


def shown_code(program: Program, to: str) -> Written:
    """The program as source text; where there is none, comments that say why."""
    try:
        return export_code(program, to)
    except ExportError as error:
        refused = reasons(error)
    notes = [*_problem_notes(program), note(tr("this design cannot be written exactly:"))]
    notes += [note(f"- {one.message}", nodes=one.path[-1:]) for one in refused]
    return replace(_written(notes, first_calls(program)), refused=refused)


def _written(lines: Sequence[Line], paths: Mapping[str, Path]) -> Written:
    known = {
        number: tuple(paths[node] for node in line.nodes if node in paths)
        for number, line in enumerate(lines, 1)
        if line.nodes
    }
    return Written("".join(f"{line.text}\n" for line in lines), known)


def _placed(program: Program, error: ExportError, paths: Mapping[str, Path]) -> ExportError:
    """The error with the whole path to its node, which its sentence names."""
    if not error.path:
        return error
    path = paths.get(error.path[-1], error.path)
    named = place(program, path)
    told = error.message if error.message.startswith(named) else named + error.message
    return ExportError(told, path)


def _named(form: Form) -> list[tuple[ClassForm, str]]:
    """The classes by what the text calls them; the first of several that are of one module comes last."""
    return [(one, form.maker if one is form.root else one.name) for one in reversed(form.classes)]


def _heads(text: str) -> dict[str, int]:
    """The lines where classes and functions begin, by name; decorators belong to what they stand before."""
    found: dict[str, int] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        head = _HEAD.match(line)
        if head is not None:
            while lines[number - 2].startswith("@"):
                number -= 1
            found.setdefault(head[1], number)
    return found


_HEAD = re.compile(r"(?:class|def) (\w+)")


def check_exportable(program: Program) -> None:
    """Raises ExportError with the first problem, and how many there are."""
    errors = [problem for problem in program.problems if problem.kind == "error"]
    if not errors:
        return
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise ExportError(f"{place(program, errors[0].path)}{errors[0].text}{more}", errors[0].path)


def place(program: Program, path: Path) -> str:
    """`block1.conv: ` for what is inside, nothing for the whole."""
    names = {entry.node.id: entry.node.name for one in program.definitions.values() for entry in one.entries}
    told = ".".join(names[key] for key in path if key in names)
    return f"{told}: " if told else ""


def _problem_notes(program: Program) -> list[Line]:
    errors = [problem for problem in program.problems if problem.kind == "error"]
    if not errors:
        return []
    count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    lines = [note(f"{count} to mend before this is the whole network:")]
    return [
        *lines,
        *(note(f"- {place(program, error.path)}{error.text}", nodes=error.path[-1:]) for error in errors),
    ]


def first_calls(program: Program) -> dict[str, Path]:
    """For each node of the design the path of its first call."""
    found: dict[str, Path] = {}
    seen: set[tuple[str, ModuleCall | None]] = {(program.root, program.call)}
    waiting: deque[tuple[str, ModuleCall | None, Path]] = deque([(program.root, program.call, ())])
    while waiting:
        module, call, path = waiting.popleft()
        for entry in program.definitions[module].entries:
            here = (*path, entry.node.id)
            found.setdefault(entry.node.id, here)
            # Other calls of a module are looked into too: a choice may come to something else there.
            for definition, inner, keys in _inside(entry, call):
                if (definition, inner) not in seen and definition in program.definitions:
                    seen.add((definition, inner))
                    waiting.append((definition, inner, (*here, *keys)))
    return found


def _inside(entry: Entry, call: ModuleCall | None) -> list[tuple[str, ModuleCall | None, Path]]:
    """The modules that a node is made of at a call, and the way to them."""
    made = None if call is None else call.nodes.get(entry.node.id)
    calls = [] if made is None else [(inner.module, inner, keys) for keys, inner in made.inside()]
    if calls or entry.definition is None:
        return list(calls)
    return [(entry.definition, None, ())]


__all__ = [
    "FRAMEWORKS", "TARGETS", "ExportError", "Written", "check_exportable", "export_code", "first_calls",
    "framework", "place", "shown_code",
]  # fmt: skip
