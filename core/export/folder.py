"""The exported folder: code, weights, a recorded sample and the check, written whole or not at all."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.network import PlanError
from ..initialise import Array
from ..program import Program
from .check_text import Checked
from .code import check_exportable, export_code, framework
from .error import ExportError
from .form import Form
from .framework import Framework
from .names import identifier
from .onnx.target import ONNX, export_model_folder
from .proof import SEED, Proof, prove
from .walk import walk
from .whole import check_target, write_folder

OWN_FILES = frozenset({"check.py", "sample.npz"})
"""What an exported folder holds, beside the code and the weights."""


def export_folder(program: Program, weights: Mapping[str, Array], to: str, directory: Path) -> Path:
    """Writes the folder and returns the path of its code. `weights` go by slot; what is missing is drawn.

    Raises ExportError where the design has problems, cannot be run, or the folder holds something else;
    OSError where it cannot be written.
    """
    check_exportable(program)
    if to == ONNX:
        return export_model_folder(program, weights, directory)
    target = framework(to)
    later = target.check_writes and f"{file_stem(program)}{target.check_writes}"
    check_target(directory, OWN_FILES | {target.weights_file}, ".py", later)
    code = export_code(program, to).text
    form = walk(program, target.dialect)
    stem = file_stem(program)
    proof = _proved(program, form, target, weights)
    check_text = (target.check_images_last if form.images_last else None) or target.check
    checked = Checked(
        file=stem,
        maker=form.maker,
        inputs=proof.inputs,
        outputs=proof.outputs,
        ties=proof.ties,
        tensors=proof.learnt,
        seed=SEED,
    )
    texts = {f"{stem}.py": code, "check.py": check_text(checked)}

    def fill(folder: Path) -> None:
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        target.save(folder / target.weights_file, proof.weights)
        arrays: dict[str, Any] = dict(proof.sample)
        np.savez(folder / "sample.npz", **arrays)

    write_folder(directory, fill)
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
