"""One sample run by PyTorch and by our layers: outputs, gradients and new buffers side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from core.layers.layer import ArgumentError
from core.ops.primitive import RunFault
from core.types import ShapeError

from .bench import Bench, Missing
from .samples import Sample
from .translations import translate

torch: Any = pytest.importorskip("torch")

TOLERANCES: Mapping[Any, float] = {torch.float64: 1e-9, torch.float32: 2e-5}
"""How far a number may be off, of 1 or of its own size, whichever is larger."""

ROUNDED: Mapping[str, float] = {"Hardsigmoid": 1e-7}
"""Where PyTorch computes a gradient in float64 with a constant of float32: 1/6 here."""


DEEP: Mapping[str, float] = {"Transformer": 3.0}
"""How many times farther, where roundings of a stack of layers add up: then one bound for a whole tensor.

It is of the tensor's largest number (or of 1), not of each: wide beside small ones, tight beside large ones.
In one of its samples norms of 4 numbers enlarge them: inputs and weights off by half a last digit move
what PyTorch computes in float64 by up to 6.8e-5, where the largest number is 20.
"""


class Differs(AssertionError):
    """A number of ours that is not PyTorch's."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a sample: passed, failed with a sentence, or missing what it needs of our layers."""

    sample: Sample
    fault: str = ""
    missing: str = ""
    layers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was done to the sample."""
    difference: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.fault and not self.missing


def outcome(sample: Sample, threads: int | None = None) -> Outcome:
    """What becomes of it by our kernels one by one, or by the machine on so many threads."""
    bench = Bench(training=sample.training, threads=threads)
    try:
        difference = compared(sample, bench)
    except Missing as missing:
        return Outcome(sample=sample, missing=missing.what, layers=tuple(bench.layers))
    except (AssertionError, ArgumentError, ShapeError, RunFault) as fault:
        words = f"{type(fault).__name__}: {fault}"
        return Outcome(sample=sample, fault=words, layers=tuple(bench.layers), notes=tuple(bench.notes))
    return Outcome(sample=sample, layers=tuple(bench.layers), notes=tuple(bench.notes), difference=difference)


def compared(sample: Sample, bench: Bench) -> float:
    """The largest relative difference. Raises Differs with what is not the same."""
    module = sample.constructed()
    before = {name: tensor.clone() for name, tensor in module.named_buffers()}
    ours = list(flat(translate(bench, module, sample)))
    theirs = list(flat(module(*sample.inputs, **sample.input_keywords)))
    assert len(ours) == len(theirs), f"{len(ours)} outputs of ours, {len(theirs)} of theirs"
    name = type(module).__name__
    tolerance = max(TOLERANCES[sample.precision] * DEEP.get(name, 1.0), ROUNDED.get(name, 0.0))
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None]
    assert pairs, "nothing was compared"
    named = [(f"output {i}", a, b) for i, (a, b) in enumerate(pairs)]
    named += [*gradients(pairs, module, sample), *buffers(bench, module, before)]
    return max(same(a, b, what, tolerance, deep=name in DEEP) for what, a, b in named)


def gradients(
    pairs: Sequence[tuple[Any, Any]], module: Any, sample: Sample
) -> Iterator[tuple[str, Any, Any]]:
    leaves = {f"the input {i}": t for i, t in enumerate(flat((sample.inputs, sample.input_keywords)))}
    leaves |= dict(module.named_parameters())
    leaves = {name: t for name, t in leaves.items() if t is not None and t.requires_grad}
    pairs = [(a, b) for a, b in pairs if b.requires_grad]
    if not pairs:
        return
    torch.default_generator.manual_seed(11)
    starts = [torch.randn_like(b) for _, b in pairs]
    wanted = torch.autograd.grad([b for _, b in pairs], list(leaves.values()), starts, allow_unused=True)
    assert all(a.requires_grad for a, _ in pairs), "ours has no gradient"
    found = torch.autograd.grad([a for a, _ in pairs], list(leaves.values()), starts, allow_unused=True)
    for (name, leaf), a, b in zip(leaves.items(), found, wanted, strict=True):
        a, b = (torch.zeros_like(leaf) if g is None else g for g in (a, b))
        yield f"the gradient of {name}", a, b


def buffers(bench: Bench, module: Any, before: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name, tensor in module.named_buffers():
        if not name.endswith("num_batches_tracked"):  # a count that no layer of ours reads
            new = [value for held, value in bench.buffers if held is tensor]
            yield name, new[-1] if new else before[name], tensor


def flat(value: Any) -> Iterator[Any]:
    """Tensors in order; None stands where a translation has no counterpart of an output."""
    if isinstance(value, torch.Tensor) or value is None:
        yield value
    elif isinstance(value, Mapping):
        yield from flat(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from flat(part)


def same(found: Any, wanted: Any, what: str, tolerance: float, *, deep: bool = False) -> float:
    found, wanted = found.detach(), wanted.detach()
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise Differs(
            f"{what} is {found.dtype} {tuple(found.shape)}, not {wanted.dtype} {tuple(wanted.shape)}"
        )
    if not wanted.is_floating_point():
        if not torch.equal(found, wanted):
            raise Differs(f"{what} is not the same")
        return 0.0
    alike = (found == wanted) | (found.isnan() & wanted.isnan())
    size = wanted.abs().clamp(min=1)
    if deep and wanted.numel() and bool(wanted.isfinite().all()):
        size = size.max()
    off = torch.where(alike, 0, (found - wanted).abs() / size)
    if not bool((off <= tolerance).all()):
        place = int(torch.where(off.isnan(), torch.inf, off).argmax())
        a, b = found.flatten()[place].item(), wanted.flatten()[place].item()
        raise Differs(f"{what} is {a!r} at place {place}, not {b!r}")
    return float(off.max()) if off.numel() else 0.0
