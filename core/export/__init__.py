"""Designs as code: one walk over a program, one printer a framework, and the proof that both are one network.

`core.export.folder` writes the proof; it is imported where it is used, since it needs the engine.
"""

from .code import FRAMEWORKS, TARGETS, Written, check_exportable, export_code, shown_code
from .error import ExportError

__all__ = ["FRAMEWORKS", "TARGETS", "ExportError", "Written", "check_exportable", "export_code", "shown_code"]
