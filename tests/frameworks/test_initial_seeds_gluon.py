"""Seeds in exported Gluon: no two parameters begin alike, and each begins so again."""

from pathlib import Path

import numpy as np

from core.export.folder import export_folder
from tests.export.networks import program_of
from tests.frameworks.seeded_designs import SEEDED_DESIGNS
from tests.frameworks.test_export_gluon import checked
from tests.frameworks.test_initial_gluon import held
from tests.frameworks.test_initial_seeds import alike, drawn_by_seeds


def test_no_two_parameters_of_a_seed_begin_alike_and_each_begins_so_again(tmp_path: Path) -> None:
    programs = {book.__name__: program_of(book().document()) for book in SEEDED_DESIGNS}
    twice = {f"{name}{time}": program for name, program in programs.items() for time in (1, 2)}
    found = held(twice, tmp_path)
    for name, program in programs.items():
        drawn = drawn_by_seeds(program, "gluon", found[f"{name}1"])
        assert drawn and not alike(drawn), name
        for key, values in drawn.items():
            np.testing.assert_array_equal(values, found[f"{name}2"][key], f"{name} {key}")


def test_folders_with_seeds_pass_their_checks(tmp_path: Path) -> None:
    folders = [tmp_path / book.__name__ for book in SEEDED_DESIGNS]
    for book, folder in zip(SEEDED_DESIGNS, folders, strict=True):
        export_folder(program_of(book().document()), {}, "gluon", folder)
    for name, (code, output) in checked(folders).items():
        assert code == 0, (name, output)
