"""Exports to Keras pass every step of check.py on each backend, that which writes Keras's own file too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.export.folder import export_folder
from tests.export.networks import program_of
from tests.export.structures import STRUCTURES

NAMES = ("in_place", "loops", "ties")
"""What backends do in ways of their own: branches and loops, and weights that two layers have."""

RUN_ALL = """
import runpy, sys
for folder in sys.argv[1:]:
    sys.path.insert(0, folder)
    try:
        runpy.run_path(folder + "/check.py", run_name="__main__")
    except SystemExit as end:
        print(folder, "ended with", end)
    except ValueError as error:
        print(folder, "failed with", error)
    sys.path.remove(folder)
"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", ["jax", "tensorflow", "torch"])
def test_structures_pass_every_step_of_their_check_on_each_backend(backend: str, tmp_path: Path) -> None:
    pytest.importorskip("keras")
    pytest.importorskip(backend)
    for name in NAMES:
        export_folder(program_of(STRUCTURES[name]()), {}, "keras", tmp_path / name)
    found = subprocess.run(
        [sys.executable, "-c", RUN_ALL, *(str(tmp_path / name) for name in NAMES)],
        env={**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    for name in NAMES:
        assert f"{tmp_path / name} ended with 0\n" in found.stdout, found.stdout + found.stderr
        assert list((tmp_path / name).glob("*.weights.h5"))
