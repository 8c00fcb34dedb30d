"""Where an Input's sample comes from: chance, a file, or the bundled digits. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Literal as OneOf

from core.document import Document
from core.engine.samples import InputSpec, SampleError, digits_sample, file_sample, random_sample
from core.initialise import Array
from core.inputs import index_bound, root_input
from core.ports import port_nodes
from core.record import ROOT, Node
from core.resolve import Resolution
from core.text import tr

Source = OneOf["random", "digits", "file"]

DIGIT = (1, 28, 28)
"""Channels, height and width of a digit."""


@dataclass(frozen=True)
class Binding:
    """A source: `start` is the first of the digits."""

    source: Source = "random"
    file: File | None = None
    start: int = 0


RANDOM = Binding()
DIGITS = Binding("digits")


def natural(specs: Mapping[str, InputSpec]) -> dict[str, Binding]:
    """What Inputs are given until the user chooses: digits and their labels where shapes are theirs."""
    pictures = {name for name, spec in specs.items() if not spec.is_whole and spec.shape[-3:] == DIGIT}
    labels = {
        name for name, spec in specs.items() if spec.is_whole and spec.type.rank == 1 and spec.bound == 10
    }
    return {name: DIGITS if name in pictures or (pictures and name in labels) else RANDOM for name in specs}


def root_specs(document: Document, resolution: Resolution) -> dict[str, tuple[Node, InputSpec]]:
    """The root's Inputs that have a type, by name, with what they take."""
    arguments = {argument.name: argument.default for argument in document.module(ROOT).arguments}
    found = {}
    for node in port_nodes(document, ROOT, "Input"):
        type_ = root_input(node, arguments).type
        if type_ is not None:
            number = index_bound(node, arguments)
            found[node.name] = (node, InputSpec(node.name, type_, number, resolution.symbols))
    return found


@dataclass
class _Kept:
    key: object
    found: Array | SampleError


class Samples:
    """The bindings of the root's Inputs by node id, and the arrays that they come to."""

    def __init__(self) -> None:
        self._chosen: dict[str, Binding] = {}
        self._kept: dict[str, _Kept] = {}

    def choose(self, node: str, binding: Binding) -> None:
        """Binds an Input."""
        self._chosen[node] = binding

    def binding(self, node: str, name: str, specs: Mapping[str, InputSpec]) -> Binding:
        """What an Input is bound to."""
        return self._chosen.get(node) or natural(specs).get(name, RANDOM)

    def array(self, node: str, spec: InputSpec, binding: Binding, seed: int) -> Array:
        """The sample; SampleError where there is none that fits."""
        key = (spec.name, spec.shape, spec.type.dtype, spec.bound, binding, _state(binding, seed))
        kept = self._kept.get(node)
        if kept is None or kept.key != key:
            kept = self._kept[node] = _Kept(key, _tried(spec, binding, seed))
        if isinstance(kept.found, SampleError):
            raise kept.found
        return kept.found

    def retry(self) -> None:
        """Reads once more what could not be read."""
        self._kept = {
            key: kept for key, kept in self._kept.items() if not isinstance(kept.found, SampleError)
        }


def _state(binding: Binding, seed: int) -> object:
    """What a sample depends on beside its binding."""
    if binding.file is None:
        return seed if binding.source == "random" else None
    try:
        found = binding.file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _tried(spec: InputSpec, binding: Binding, seed: int) -> Array | SampleError:
    try:
        return _read(spec, binding, seed)
    except SampleError as error:
        return error


def _read(spec: InputSpec, binding: Binding, seed: int) -> Array:
    match binding.source:
        case "digits":
            return digits_sample(spec, binding.start)
        case "file":
            if binding.file is None:
                raise SampleError(tr("no file is chosen"))
            return file_sample(spec, binding.file)
        case _:
            return random_sample(spec, seed)
