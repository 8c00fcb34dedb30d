"""Commands that write a design for others: export as code, picture."""

import argparse
import re
from pathlib import Path

from core.engine.network import PlanError
from core.export.code import TARGETS, check_exportable, export_code
from core.export.error import ExportError
from core.export.folder import export_folder
from core.export.onnx.target import ONNX, model_file
from core.files import FileError, write_whole
from core.program import Program
from core.text import tr

from .command import Refusal, Spoken, design_argument, opened
from .weights import add_weight_options, weights_of


def _declare_export(parser: argparse.ArgumentParser) -> None:
    design_argument(parser)
    parser.add_argument("--to", required=True, choices=sorted(TARGETS), help=tr("the framework"))
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="PATH",
        help=tr("a file (.py, for onnx .onnx) alone, or a folder for code, weights, a sample and its check"),
    )  # fmt: skip
    parser.add_argument(
        "--layers", type=Path, metavar="FOLDER",
        help=tr("where the Python files of its layers are found; without it beside the design"),
    )  # fmt: skip
    add_weight_options(parser)


def _export(options: argparse.Namespace) -> int:
    design = opened(options.file, options.layers)
    program = design.program()
    try:
        if _is_file(options.output):
            check_exportable(program)
            write_whole(options.output, _alone(program, options))
            return 0
        written = export_folder(program, weights_of(program, options), options.to, options.output)
    except (ExportError, PlanError, FileError) as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"cannot write {options.output}: {error.strerror or error}") from error
    print(tr("{code} is written; python {check} proves it", code=written, check=written.parent / "check.py"))
    return 0


def _alone(program: Program, options: argparse.Namespace) -> bytes:
    """The one file that is asked for. ExportError where its name does not fit the target."""
    wanted = ".onnx" if options.to == ONNX else ".py"
    if options.output.suffix != wanted:
        found = options.output.name
        raise ExportError(tr("expected a folder or a file ending in {wanted}, got {found}", wanted=wanted,
                             found=found))  # fmt: skip
    if options.to == ONNX:
        return model_file(program, weights_of(program, options))
    return export_code(program, options.to).text.encode()


def _is_file(path: Path) -> bool:
    """Whether no folder is meant: by an ending that is no version, as in `net.v2`, but for a folder there."""
    return re.fullmatch(r"\.(?!v\d)[A-Za-z]\w*", path.suffix) is not None and not path.is_dir()


def _declare_picture(parser: argparse.ArgumentParser) -> None:
    design_argument(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT.svg",
        help=tr("a file ending in .svg, .png or .pdf"),
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help=tr("its colours"))


def _picture(options: argparse.Namespace) -> int:
    design = opened(options.file)
    if options.output.suffix not in (".svg", ".png", ".pdf"):
        raise Refusal(
            tr("expected a file ending in .svg, .png or .pdf, got {name}", name=options.output.name)
        )
    try:
        from ..picture import draw  # Qt is loaded only where something is drawn
    except ImportError as error:
        raise Refusal(tr("a picture needs Qt: {error}", error=error)) from error
    try:
        draw(design.document, design.resolver.resolution, options.output, options.theme)
    except FileError as error:
        raise Refusal(str(error)) from error
    return 0


EXPORT = Spoken("write a design as code, alone or in a folder with its proof", _declare_export, _export)
PICTURE = Spoken("draw a design", _declare_picture, _picture)
