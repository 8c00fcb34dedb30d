"""The command that runs a design forward and backward."""

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.duration import spelt
from core.engine.execute import Watch
from core.engine.network import PlanError
from core.engine.run import Mode, Result, run
from core.engine.samples import InputSpec, SampleError, digits_sample, file_sample, input_specs, random_sample
from core.engine.sizes import sizes_from
from core.initialise import Array
from core.program import Program, slots
from core.text import tr

from .command import Opened, Refusal, Spoken, design_argument, opened
from .kernels import compiled_meanwhile
from .progress import clear, show
from .table import table
from .weights import add_weight_options, weights_of


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The options that say on what a design is run."""
    parser.add_argument(
        "--input", action="append", default=[], metavar="NAME=FILE",
        help=tr("a sample for an input: .npy, .npz, .csv, an image, or `digits`; random where none is given"),
    )  # fmt: skip
    parser.add_argument("--batch", type=positive, metavar="N", help=tr("the batch's size"))
    parser.add_argument(
        "--dim", action="append", default=[], metavar="T=128", help=tr("the size of a symbol")
    )
    parser.add_argument(
        "--seed", type=whole, default=0, metavar="N", help=tr("for weights and random samples")
    )
    add_weight_options(parser)


def add_exact_option(parser: argparse.ArgumentParser) -> None:
    """The option that has convolutions done without transforms."""
    parser.add_argument(
        "--exact", action="store_true",
        help=tr("convolutions as sums of products: slower than Winograd's, which may be off by 2e-5 of the "
                "largest value"),
    )  # fmt: skip


def _declare(parser: argparse.ArgumentParser) -> None:
    design_argument(parser)
    add_run_options(parser)
    parser.add_argument("--backward", action="store_true", help=tr("gradients as well"))
    parser.add_argument("--train", action="store_true", help=tr("in train mode: dropout, batch statistics"))
    add_exact_option(parser)
    parser.add_argument("--save", type=Path, metavar="OUT.npz", help=tr("write all values and gradients"))
    parser.add_argument("--json", action="store_true", help=tr("as JSON instead of a table"))


def _run(options: argparse.Namespace) -> int:
    design = opened(options.file)
    program = design.program()
    keep = options.save is not None  # memory and time go up many times where every value stays
    mode = Mode(training=options.train, backward=options.backward, keep=keep, exact=options.exact)
    result = result_of(design, program, options, mode)
    if options.save is not None:
        show(tr("writing {file}", file=options.save))
        _save(options.save, design, result)
    if options.json:
        text = json.dumps(_plain(design, result), ensure_ascii=False)
    else:
        text = result_table(program, result)
    clear()
    print(text)
    for path, sentence in result.skipped.items():
        print(f"{design.place(path)}: {sentence}", file=sys.stderr)
    return 1 if result.skipped or not result.outputs else 0


def result_of(design: Opened, program: Program, options: argparse.Namespace, mode: Mode) -> Result:
    """Runs the design as the options say; Refusal with one sentence where that cannot be."""
    try:
        sizes = given_sizes(program, options.dim, options.batch)
        inputs = _samples(input_specs(program, sizes), options.input, options.seed)
        _check_sizes(sizes, sizes_from(program, {name: array.shape for name, array in inputs.items()}))
        weights = weights_of(program, options)
        mode = replace(mode, kernels=compiled_meanwhile())
        return run(program, weights, inputs, options.seed, mode, watch=Watch(progress=_progress()))
    except PlanError as error:
        place = design.place(error.path)
        raise Refusal(f"{place}: {error}" if place else str(error)) from error
    except SampleError as error:
        raise Refusal(str(error)) from error


def positive(text: str) -> int:
    """A whole number of at least 1, as an option gives it."""
    if not _is_size(text):
        raise argparse.ArgumentTypeError(tr("expected a whole number of at least 1, got {found}", found=text))
    return int(text)


def whole(text: str) -> int:
    """A whole number, as an option gives it."""
    if not _is_size(text.removeprefix("-")) and text != "0":
        raise argparse.ArgumentTypeError(tr("expected a whole number, got {found}", found=text))
    return int(text)


def _is_size(text: str) -> bool:
    return text.isdecimal() and len(text) < 19 and int(text) > 0


def given_sizes(program: Program, dims: list[str], batch: int | None) -> dict[str, int]:
    """The sizes that the options set, by symbol; Refusal for one that no input has, or two that differ."""
    sizes: dict[str, int] = {}
    for text in dims:
        name, _, size = text.partition("=")
        if not _is_size(size):
            raise Refusal(tr("--dim: expected NAME=SIZE, got {given}", given=text))
        if name not in program.symbols:
            known = ", ".join(program.symbols) or tr("none")
            raise Refusal(tr("--dim: no input has a size {name}; there are {known}", name=name, known=known))
        _set(sizes, name, int(size), "--dim")
    if batch is not None:
        _set(sizes, _batch_symbol(program), batch, "--batch")
    return sizes


def _set(sizes: dict[str, int], name: str, size: int, option: str) -> None:
    if sizes.setdefault(name, size) != size:
        raise Refusal(
            tr("{option}: {name} is {size} here and {other} before", option=option, name=name, size=size,
               other=sizes[name])
        )  # fmt: skip


def _batch_symbol(program: Program) -> str:
    for spec in input_specs(program).values():
        name = str(spec.type.shape[0]) if spec.type.shape else ""
        if name.isidentifier():
            return name
    raise Refusal(tr("--batch: the inputs' first axis has a fixed size"))


def _check_sizes(given: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Refusal where a sample has another size than the options say."""
    for name, size in given.items():
        if found[name] != size:
            raise Refusal(
                tr("--input: {name} is {found} in the sample, the options say {size}", name=name,
                   found=found[name], size=size)
            )  # fmt: skip


def _samples(specs: Mapping[str, InputSpec], given: list[str], seed: int) -> dict[str, Array]:
    sources = {}
    for text in given:
        name, _, file = text.partition("=")
        if name not in specs or not file:
            known = ", ".join(specs) or tr("none")
            raise Refusal(
                tr("--input: expected NAME=FILE with one of {names}, got {given}", names=known, given=text)
            )
        if name in sources:
            raise Refusal(tr("--input: {name} is given twice", name=name))
        sources[name] = file
    return {name: _sample(spec, sources.get(name), seed) for name, spec in specs.items()}


def _sample(spec: InputSpec, source: str | None, seed: int) -> Array:
    if source is None:
        return random_sample(spec, seed)
    return digits_sample(spec) if source == "digits" else file_sample(spec, Path(source))


def _progress() -> Callable[[int, int], None]:
    """Tells how far a run is, on a terminal only; who prints what came of it clears the line first."""
    shown = -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // max(total, 1)
        if done == total:
            show(tr("reading the values"))
        elif percent != shown:
            shown = percent
            show(f"{percent:3d} %")

    return tell


def result_table(program: Program, result: Result) -> str:
    """Outputs, then the gradients of inputs and parameters, each with shape, mean, deviation and norm."""
    names = {slot.name: slot.dotted for slot in slots(program)}
    groups = [
        (tr("output"), result.outputs),
        (tr("gradient of input"), result.input_gradients),
        (tr("gradient of parameter"), {names.get(k, k): v for k, v in result.parameter_gradients.items()}),
    ]
    lines = [(title, name, *_described(array)) for title, arrays in groups for name, array in arrays.items()]
    head = (tr("value"), tr("name"), tr("shape"), tr("mean"), tr("deviation"), tr("norm"))
    text = table([head, *lines], right=(3, 4, 5)) if lines else tr("nothing could be run")
    return f"{text}\n{tr('time')}: {spelt(result.seconds)}"


def _described(array: Array) -> tuple[str, str, str, str]:
    shape = "×".join(map(str, array.shape)) or tr("scalar")
    values = array.astype(np.float64)
    if not values.size:
        return (shape, "", "", "")
    return (
        shape,
        f"{values.mean():.4g}",
        f"{values.std():.4g}",
        f"{math.sqrt(float((values**2).sum())):.4g}",
    )


def _plain(design: Opened, result: Result) -> dict[str, object]:
    names = {slot.name: slot.dotted for slot in slots(design.program())}
    return {
        "outputs": {name: _listed(array) for name, array in result.outputs.items()},
        "input_gradients": {name: _listed(array) for name, array in result.input_gradients.items()},
        "parameter_gradients": {
            names.get(slot, slot): _listed(array) for slot, array in result.parameter_gradients.items()
        },
        "skipped": {design.place(path): sentence for path, sentence in result.skipped.items()},
        "sizes": dict(result.sizes),
        "seconds": result.seconds,
    }


def _listed(array: Array) -> dict[str, object]:
    """Shape, type, statistics, and the values themselves of small arrays; NaN and infinity become texts."""
    values = array.astype(np.float64)
    plain: dict[str, object] = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if values.size:
        plain |= {"mean": _number(values.mean()), "deviation": _number(values.std())}
    if values.size <= 1000:
        plain["values"] = _nested(values.tolist())
    return plain


def _nested(value: Any) -> Any:
    return [_nested(item) for item in value] if isinstance(value, list) else _number(value)


def _number(value: float) -> float | str:
    return float(value) if math.isfinite(value) else str(float(value))


def _save(path: Path, design: Opened, result: Result) -> None:
    names = {slot.name: slot.dotted for slot in slots(design.program())}
    arrays = {f"output/{name}": array for name, array in result.outputs.items()}
    for group, places in (("value", result.values), ("gradient", result.gradients)):
        arrays |= {f"{group}/{design.place(path)}/{port}": array for (path, port), array in places.items()}
    for group, slot_arrays in (
        ("parameter_gradient", result.parameter_gradients),
        ("buffer", result.buffers),
    ):
        arrays |= {f"{group}/{names.get(slot, slot)}": array for slot, array in slot_arrays.items()}
    arrays |= {f"input_gradient/{name}": array for name, array in result.input_gradients.items()}
    try:
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
    except OSError as error:
        raise Refusal(tr("cannot write {path}: {error}", path=path, error=error.strerror or error)) from error


RUN = Spoken("run a design on samples, forward or forward and backward", _declare, _run)
