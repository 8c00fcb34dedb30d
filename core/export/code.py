"""A program as source text in a framework, with the nodes that each line comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..problem import Path, Problem
from ..program import Program
from ..text import tr
from .error import ExportError
from .format import Line, note
from .framework import Framework
from .keras.printer import KERAS
from .onnx.target import ONNX, printed
from .pytorch.lazy import PYTORCH_LAZY
from .pytorch.printer import PYTORCH
from .walk import walk

FRAMEWORKS: Mapping[str, Framework] = {one.name: one for one in (PYTORCH, PYTORCH_LAZY, KERAS)}
"""The targets whose code is Python, by name."""

TARGETS = (*FRAMEWORKS, ONNX)
"""All targets by name."""


@dataclass(frozen=True)
class Written:
    """Source text, and for each of its lines (from 1) the paths of the nodes that it spells.

    A node inside a module that is called many times has one line: its path leads through the first call.
    """

    text: str
    lines: Mapping[int, tuple[Path, ...]] = field(default_factory=dict)

    def places(self, node: str) -> tuple[int, ...]:
        """The lines that spell the node of that id, in whichever call it is seen."""
        return tuple(n for n, paths in self.lines.items() if any(path[-1] == node for path in paths))


def framework(name: str) -> Framework:
    """The target of that name. Raises ExportError where there is none."""
    if name not in FRAMEWORKS:
        raise ExportError(
            tr("there is no export to {name}; there is: {names}", name=name, names=", ".join(TARGETS))
        )
    return FRAMEWORKS[name]


def export_code(program: Program, to: str) -> Written:
    """The program as source text. What has a problem is a comment that says so; the text always compiles."""
    lines = [*_problem_notes(program), *_lines(program, to)]
    paths = first_calls(program)
    known = {
        number: tuple(paths[node] for node in line.nodes if node in paths)
        for number, line in enumerate(lines, 1)
        if line.nodes
    }
    return Written("".join(f"{line.text}\n" for line in lines), known)


def _lines(program: Program, to: str) -> list[Line]:
    if to == ONNX:
        return printed(program)
    target = framework(to)
    return target.printed(walk(program, target.dialect))


def check_exportable(program: Program) -> None:
    """Raises ExportError with the first problem, and how many there are."""
    errors = [problem for problem in program.problems if problem.kind == "error"]
    if not errors:
        return
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise ExportError(f"{place(program, errors[0])}{errors[0].text}{more}", errors[0].path)


def place(program: Program, problem: Problem) -> str:
    """`block1.conv: ` for a problem inside, nothing for one of the whole."""
    names = ".".join(_names(program, problem.path))
    return f"{names}: " if names else ""


def _names(program: Program, path: Path) -> Iterator[str]:
    module = program.definitions[program.root]
    for key in path:
        entry = next((entry for entry in module.entries if entry.node.id == key), None)
        if entry is None:
            return
        yield entry.node.name
        if entry.definition is not None and entry.definition in program.definitions:
            module = program.definitions[entry.definition]


def _problem_notes(program: Program) -> list[Line]:
    errors = [problem for problem in program.problems if problem.kind == "error"]
    if not errors:
        return []
    count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    lines = [note(f"{count} to mend before this is the whole network:")]
    return [
        *lines,
        *(note(f"- {place(program, error)}{error.text}", nodes=error.path[-1:]) for error in errors),
    ]


def first_calls(program: Program) -> dict[str, Path]:
    """For each node of the design the path of its first call."""
    found: dict[str, Path] = {}
    waiting: list[tuple[str, Path]] = [(program.root, ())]
    seen = {program.root}
    while waiting:
        module, path = waiting.pop(0)
        for entry in program.definitions[module].entries:
            found[entry.node.id] = (*path, entry.node.id)
            inner = entry.definition
            if inner is not None and inner not in seen and inner in program.definitions:
                seen.add(inner)
                waiting.append((inner, found[entry.node.id]))
    return found


__all__ = [
    "FRAMEWORKS", "TARGETS", "ExportError", "Written", "check_exportable", "export_code", "first_calls",
    "framework", "place",
]  # fmt: skip
