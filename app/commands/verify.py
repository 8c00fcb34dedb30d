"""The command that proves a design's exports: each is written, and its check run in its framework."""

import argparse
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import platformdirs

from core.engine.network import PlanError
from core.export.code import TARGETS, ExportError
from core.export.environments import environment, python_for
from core.export.folder import export_folder
from core.program import Program
from core.text import tr

from .command import Refusal, Spoken, design_argument, opened
from .weights import add_weight_options, weights_of


def environments_folder() -> Path:
    """Where virtual environments with frameworks are looked for, one folder each."""
    return Path(platformdirs.user_data_dir("layerloom")) / "frameworks"


def _declare(parser: argparse.ArgumentParser) -> None:
    design_argument(parser)
    parser.add_argument(
        "--to", required=True, choices=[*sorted(TARGETS), "all"], help=tr("the framework, or all of them")
    )
    parser.add_argument(
        "--python", type=Path, metavar="PYTHON",
        help=tr("an interpreter that has the framework; without it this one and those of the environments"),
    )  # fmt: skip
    parser.add_argument(
        "--layers", type=Path, metavar="FOLDER",
        help=tr("where the Python files of its layers are found; without it beside the design"),
    )  # fmt: skip
    add_weight_options(parser)


def _verify(options: argparse.Namespace) -> int:
    program = opened(options.file, options.layers).program()
    targets = sorted(TARGETS) if options.to == "all" else [options.to]
    proven = [_is_proven(program, target, options) for target in targets]
    return 0 if all(proven) else 1


def _is_proven(program: Program, target: str, options: argparse.Namespace) -> bool:
    python = python_for(target, environments_folder(), options.python)
    if python is None:
        print(_how_to_get(target))
        return False
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / target
        try:
            export_folder(program, weights_of(program, options), target, directory)
        except ExportError as error:
            print(f"{target}: {error}")
            return False
        except PlanError as error:
            raise Refusal(str(error)) from error
        variables = {**os.environ, **environment(target).variables}
        done = subprocess.run(
            [python, "check.py", "--only-check"],  # nothing is written into a folder that goes
            cwd=directory,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
    said = done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]
    print("\n".join(f"{target}: {line}" for line in said.splitlines()))
    return not done.returncode


def _how_to_get(target: str) -> str:
    """One sentence with the commands that make the environment."""
    folder = environments_folder() / target.partition("-")[0]
    wanted = " ".join(shlex.quote(one) for one in environment(target).requirements)
    command = f"python3.11 -m venv {folder} && {folder}/bin/pip install {wanted}"
    return tr("{target}: no Python with it was found; {command} makes one", target=target, command=command)


VERIFY = Spoken("prove that a design's exports are the design, in their frameworks", _declare, _verify)
