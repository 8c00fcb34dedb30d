"""The exported folder: code, weights, a recorded sample and the check, written whole or not at all."""

import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.network import PlanError
from ..initialise import Array
from ..program import Program
from ..text import tr
from .code import FRAMEWORKS, check_exportable, export_code, framework
from .error import ExportError
from .form import Form
from .framework import Framework
from .names import identifier
from .proof import SEED, Proof, prove
from .walk import walk

OWN_FILES = frozenset({"check.py", "sample.npz", *(one.weights_file for one in FRAMEWORKS.values())})
"""What an exported folder holds, beside the code."""


def export_folder(program: Program, weights: Mapping[str, Array], to: str, directory: Path) -> Path:
    """Writes the folder and returns the path of its code. `weights` go by slot; what is missing is drawn.

    Raises ExportError where the design has problems, cannot be run, or the folder holds something else;
    OSError where it cannot be written.
    """
    check_exportable(program)
    _check_target(directory)
    target = framework(to)
    code = export_code(program, to).text
    form = walk(program, target.dialect)
    stem = file_stem(program)
    proof = _proved(program, form, target, weights)
    check = target.check(
        file=stem,
        maker=form.maker,
        inputs=proof.inputs,
        outputs=proof.outputs,
        ties=proof.ties,
        tensors=proof.learnt,
        seed=SEED,
    )
    texts = {f"{stem}.py": code, "check.py": check}
    _write_whole(directory, texts, proof, target)
    return directory / f"{stem}.py"


def file_stem(program: Program) -> str:
    """The code file's name from the design's: one that hides no module that the code or its check imports."""
    name = program.definitions[program.root].module.name
    return identifier(name, sys.stdlib_module_names | {"numpy", "safetensors"}, "network")


def _proved(program: Program, form: Form, target: Framework, weights: Mapping[str, Array]) -> Proof:
    try:
        return prove(program, form, target.dialect, weights)
    except PlanError as error:
        raise ExportError(error.message, error.path) from None


def _check_target(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir():
        raise ExportError(tr("{directory} is a file; a folder is written", directory=directory))
    found = {entry.name for entry in directory.iterdir()} - {"__pycache__"}
    code = {name for name in found - OWN_FILES if name.endswith(".py")}
    if found and (not found >= OWN_FILES or len(code) != 1 or found != OWN_FILES | code):
        raise ExportError(
            tr(
                "{directory} holds other files; an empty folder or an earlier export would fit",
                directory=directory,
            )
        )


def _write_whole(directory: Path, texts: Mapping[str, str], proof: Proof, target: Framework) -> None:
    """Writes beside the target and puts it in its place when all is there."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    beside = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}")
    beside.mkdir()
    try:
        for name, text in texts.items():
            (beside / name).write_text(text, encoding="utf-8")
        target.save(beside / target.weights_file, proof.weights)
        arrays: dict[str, Any] = dict(proof.sample)
        np.savez(beside / "sample.npz", **arrays)
        _put_in_place(beside, directory)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _put_in_place(fresh: Path, directory: Path) -> None:
    if not directory.exists():
        fresh.rename(directory)
        return
    old = fresh.with_name(fresh.name + ".old")
    directory.rename(old)
    try:
        fresh.rename(directory)
    except OSError:
        old.rename(directory)
        raise
    shutil.rmtree(old)
