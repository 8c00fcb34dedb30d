"""The main job on the terminal, for a machine without a display: shapes, a run, gradients, the code."""

import argparse
from pathlib import Path

from core.engine.run import Mode
from core.export.code import export_code
from core.resolve import Resolver
from core.summary import rows, total
from core.templates import template
from core.text import tr

from .command import Opened, opened
from .designs import problem_line, summary_table
from .progress import clear
from .runs import result_of, result_table

TEMPLATE = "mlp"


def tour(file: Path | None) -> int:
    """Shows a design, or the first template, from its shapes to its code; 1 if it has problems."""
    if file is None:
        document = template(TEMPLATE).document()
        design = Opened(document, Resolver(document))
        print(tr("there is no display, so here is the template {name} on the terminal", name=TEMPLATE))
    else:
        design = opened(file)
        print(tr("there is no display, so here is {name} on the terminal", name=file.name))
    resolution = design.resolver.resolution
    print(f"\n{summary_table(list(rows(design.document, resolution)), total(resolution))}\n")
    for problem in resolution.problems:
        print(problem_line(design, problem))
    program = design.program()
    options = argparse.Namespace(dim=[], batch=None, input=[], seed=0, weights=None, fresh=False, file=file)
    result = result_of(design, program, options, Mode(backward=True, keep=False))
    text = result_table(program, result)
    clear()
    print(f"{text}\n")
    print(export_code(program, "pytorch").text)
    print(tr("`layerloom --help` lists the commands; with a display `layerloom` opens the window"))
    return 1 if any(problem.kind == "error" for problem in resolution.problems) else 0
