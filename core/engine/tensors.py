"""The parameters and buffers of a network that is traced: which calls share them, and which are tied."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from .. import ops
from ..initial import Entries, Levels, chosen, within
from ..layers.layer import Tensor
from ..ops.primitive import Ref
from ..problem import Path
from ..record import Tie
from ..text import tr
from ..types import Type
from .network import Network, PlanError, Slot, slot_name


class Tensors:
    """Gives each call its tensors, those of another call where they are shared or tied."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._shared: dict[Path, Path] = {}
        self._ties: dict[str, tuple[str, bool]] = {}
        self._drawn: set[str] = set()
        self._levels: Levels = ()

    @contextmanager
    def at(self, node: Entries) -> Iterator[None]:
        """A node stands here, which says how parameters inside are drawn."""
        before, self._levels = self._levels, (*self._levels, node)
        yield
        self._levels = before

    @contextmanager
    def inside(self, module: Entries) -> Iterator[None]:
        """So does a module, whose call the last node is."""
        before, self._levels = self._levels, within(self._levels, module)
        yield
        self._levels = before

    def share(self, path: Path, owner: Path) -> None:
        """Everything below `path` has the tensors of what stands at the same place below `owner`."""
        self._shared[path] = owner

    def tie(self, path: Path, ties: Iterable[Tie]) -> None:
        """Notes the ties of a module at the call that `path` leads to."""
        for tie in ties:
            owner = slot_name(self._owner((*path, *tie.owner)), tie.owner_parameter)
            self._ties[slot_name((*path, *tie.path), tie.parameter)] = (owner, tie.transposed)

    def held(
        self, path: Path, parameters: Mapping[str, Tensor], buffers: Mapping[str, Tensor]
    ) -> dict[str, Ref]:
        """A value for each tensor of the call. PlanError where one that is shared has another shape."""
        place = self._owner(path)
        parameters = chosen(self._levels, parameters)
        found = {name: self._value(path, slot_name(place, name), t, True) for name, t in parameters.items()}
        for name, tensor in buffers.items():
            slot = slot_name(place, name)
            value = self._value(path, slot, tensor, False)
            # A second call in training goes on from what the first one made of running statistics.
            found[name] = self._network.buffers.get(slot, value)
        return found

    def renew(self, path: Path, name: str, value: Ref) -> None:
        """Notes what a buffer becomes."""
        self._network.buffers[slot_name(self._owner(path), name)] = value

    def _owner(self, path: Path) -> Path:
        if not self._shared:
            return path
        for end in range(len(path), 0, -1):
            owner = self._shared.get(path[:end])
            if owner is not None:
                return self._owner((*owner, *path[end:]))
        return path

    def _value(self, path: Path, name: str, tensor: Tensor, learnt: bool) -> Ref:
        owner, transposed = self._end(name)
        if owner != name:
            shape = tensor.shape[::-1] if transposed else tensor.shape
            whole = self._slot(path, owner, tensor, Type(shape, tensor.dtype), learnt)
            axes = tuple(reversed(range(len(shape))))
            return ops.permute(whole, axes) if transposed else whole
        value = self._slot(path, name, tensor, Type(tensor.shape, tensor.dtype), learnt)
        if name not in self._drawn:
            # Its own layer says how it is drawn, though one that is tied to it may have come first.
            self._drawn.add(name)
            self._network.slots[name] = Slot(tensor, value, learnt)
        return value

    def _end(self, name: str) -> tuple[str, bool]:
        """The parameter that one is in the end, by its ties, and whether it is that one's transpose."""
        transposed, seen = False, {name}
        while name in self._ties and self._ties[name][0] not in seen:
            name, turned = self._ties[name]
            seen.add(name)
            transposed = transposed != turned
        return name, transposed

    def _slot(self, path: Path, name: str, tensor: Tensor, type_: Type, learnt: bool) -> Ref:
        slot = self._network.slots.get(name)
        if slot is None:
            slot = Slot(tensor, self._network.trace.input(type_), learnt)
            self._network.slots[name] = slot
        elif slot.ref.type != type_:
            raise PlanError(
                tr("the shared parameter is {theirs}, this needs {ours}", theirs=slot.ref.type, ours=type_),
                path,
            )
        return slot.ref
