"""Writes the files of the library that ships."""

from core.files import save
from core.library import FOLDER
from core.record import ROOT
from tests.library.blocks import BOOKS

for make in BOOKS:
    document = make().document()
    path = FOLDER / f"{document.module(ROOT).name}.loom"
    path.unlink(missing_ok=True)
    save(document, path)
