"""Where the weights of a command come from: a file that is named, the file beside the design, or chance."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from core.engine.weightfile import WeightsError, load_weights
from core.initialise import Array
from core.program import Program
from core.text import tr

from .command import Refusal

SUFFIX = ".safetensors"
TOLD = 3
"""Sentences about what does not fit that are told."""


def add_weight_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which weights a design has."""
    parser.add_argument(
        "--weights", type=Path, metavar="FILE",
        help=tr("weights to load (.safetensors); without it those beside the design, if there are any"),
    )  # fmt: skip
    parser.add_argument(
        "--fresh", action="store_true", help=tr("new weights, even where a file lies beside the design")
    )


def beside(design: Path) -> Path:
    """Where the weights of a design lie."""
    return design.with_suffix(SUFFIX)


def weights_of(program: Program, options: argparse.Namespace) -> Mapping[str, Array]:
    """The weights that the options say, or those beside the design where they fit; none is for chance.

    On stderr is told where they lie beside the design. Refusal where a file that is named does not fit.
    """
    if options.weights is not None:
        return _fitting(program, options.weights)
    file = None if options.file is None or options.fresh else beside(options.file)
    if file is None or not file.exists():
        return {}
    try:
        weights = _fitting(program, file)
    except Refusal as refusal:
        print(tr("{refusal}; new weights are drawn", refusal=refusal), file=sys.stderr)
        return {}
    print(tr("the weights are those in {file}, beside the design", file=file.name), file=sys.stderr)
    return weights


def weights_to_continue(program: Program, options: argparse.Namespace) -> Mapping[str, Array]:
    """The same, but Refusal where those beside the design do not fit, since they would be written over."""
    if options.weights is None and not options.fresh and beside(options.file).exists():
        try:
            _fitting(program, beside(options.file))
        except Refusal as refusal:
            raise Refusal(tr("{refusal}; --fresh begins anew", refusal=refusal)) from refusal
    return weights_of(program, options)


def _fitting(program: Program, path: Path) -> Mapping[str, Array]:
    try:
        weights, report = load_weights(path, program)
    except WeightsError as error:
        raise Refusal(str(error)) from error
    if not report.complete:
        raise Refusal(f"{path.name}: {'; '.join(report.sentences[:TOLD])}")
    return weights
