"""First values that the drawing gives: as initializers that layers are told when they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...initialise import Constant, Initialiser, Seeded
from ...layers.spelling import Code
from ..composed import Composed
from ..error import ExportError
from ..form import ClassForm, Form, Member
from ..made import Choice, Row, Several, Word
from ..seeds import Generators, named
from .initializers import COPIES, INITIALIZED, initializer, refused
from .seeds import NAME

Said = Mapping[str, Initialiser]

BEGINS: Mapping[str, Said] = {"layers.RMSNormalization": {"weight": Constant(1.0)}}
"""What layers that take no initializer begin with."""


@dataclass(frozen=True)
class Told:
    """The program, its layers told what they begin with; `seeds` are what classes read, by their names."""

    form: Form
    seeds: Mapping[str, Generators] = field(default_factory=dict)


def with_initializers(form: Form) -> Told:
    """The program as it is told, where each layer begins alike at all calls; else as it is."""
    if (
        not form.first.said
        or form.first.differ
        or not all(_made_once(seed, form) for seed in form.first.shared)
    ):
        return Told(form)
    seeds = {one.name: named(sorted(_shared(one, form)), one, NAME) for one in form.classes}
    try:
        classes = tuple(
            replace(one, members=_all_told(one, form, seeds[one.name]), fillings=()) for one in form.classes
        )
    except ExportError:
        return Told(form)  # setting initializers afterwards may do, else it says where it does not
    return Told(replace(form, classes=classes), seeds)


def _shared(form: ClassForm, whole: Form) -> set[int]:
    """The seeds by which a class makes several parameters."""
    nodes = {one.node for one in form.members}
    return {one.seed for one in whole.first.drawn if one.node in nodes} & whole.first.shared


def _made_once(seed: int, form: Form) -> bool:
    """Whether one run of one constructor makes all that a seed draws."""
    classes = [one for one in form.classes if seed in _shared(one, form)]
    homes = {one.homes[-1] for one in form.first.drawn if one.seed == seed}
    return len(classes) == len(homes) == 1 and classes[0].definition == next(iter(homes))[1]


def _all_told(form: ClassForm, whole: Form, seeds: Generators) -> tuple[Member, ...]:
    composed = {one.name: one for one in whole.composed}
    found: list[Member] = []
    for one in form.members:
        said = {
            name: value for name, value in whole.first.said.get(one.node, {}).items() if value is not None
        }
        found.append(_Telling(one, said, seeds, composed).told() if said else one)
    return tuple(found)


@dataclass(frozen=True)
class _Telling:
    """Tells a member what it begins with; `left` in its methods is what has been told to nothing yet."""

    member: Member
    said: Said
    seeds: Generators
    composed: Mapping[str, Composed]

    def told(self) -> Member:
        """The member with initializers. ExportError where what it is made of takes none."""
        made = self.member.code
        if self.member.registered:
            (value,) = self.said.values()
            assert isinstance(made, Code)
            keywords = {**dict(made.keywords), "initializer": self._initializer(value)}
            return replace(self.member, code=replace(made, keywords=tuple(keywords.items())))
        left = dict(self.said)
        code = self._told(made, left)
        if left:
            raise self._refused()
        return replace(self.member, code=code)

    def _told(self, made: object, left: dict[str, Initialiser]) -> object:
        match made:
            case Row():
                return replace(made, what=self._told(made.what, left))
            case Choice():
                then, otherwise = (self._told(one, left) for one in (made.then, made.otherwise))
                return replace(made, then=then, otherwise=otherwise)
            case Several():
                return replace(made, parts=tuple(self._told(part, left) for part in made.parts))
            case Code(target="keras.Sequential" | "layers.Bidirectional"):
                if made.target in COPIES and any(isinstance(one, Seeded) for one in self.said.values()):
                    raise self._refused()
                return replace(made, positional=tuple(self._told(one, left) for one in made.positional))
            case Code():
                return self._told_layer(made, left)
        return made

    def _told_layer(self, made: Code, left: dict[str, Initialiser]) -> Code:
        words = self._keywords(made.target)
        for name in [name for names in words.values() for name in names] + self._own(made.target):
            left.pop(name, None)
        added = {word: self._initializer(self.said[names[0]], made.target) for word, names in words.items()}
        if made.target == "layers.LSTM" and "bias_initializer" in added:
            added["unit_forget_bias"] = Word("False")
        return replace(made, keywords=tuple({**dict(made.keywords), **added}.items()))

    def _own(self, kind: str) -> list[str]:
        """The parameters that begin as is said by themselves."""
        own = BEGINS.get(kind, {})
        if kind in self.composed:
            own = {name: one.initialiser for name, one in self.composed[kind].tensors.items()}
        return [name for name, value in self.said.items() if own.get(name) == value]

    def _keywords(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """The keywords of a layer, each with our parameters whose first values it tells."""
        if kind == "layers.MultiHeadAttention":
            return self._of_all({"kernel_initializer": "weight", "bias_initializer": "bias"})
        if kind in ("layers.LSTM", "layers.GRU", "layers.SimpleRNN"):
            names = {"kernel_initializer": "weight_ih", "recurrent_initializer": "weight_hh"}
            found = self._of_all({**names, "bias_initializer": "bias"})
            # Elsewhere both biases are one in Keras, and their first values' sum.
            biases = found.get("bias_initializer", ())
            if kind != "layers.GRU" and any(self.said[name] != Constant(0.0) for name in biases):
                raise self._refused()
            return found
        known = INITIALIZED.get(kind, {})
        return {f"{known[name]}_initializer": (name,) for name in self.said if name in known}

    def _of_all(self, words: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
        """Keywords that each tell of several parameters; ExportError where these differ."""
        known = dict.fromkeys(name for one in self.member.stored for name in one.of)
        known = known or dict.fromkeys(self.said)
        found: dict[str, tuple[str, ...]] = {}
        for word, part in words.items():
            meant = [name for name in known if part in name]
            if len({self.said.get(name) for name in meant}) > 1:
                raise self._refused()
            if meant and meant[0] in self.said:
                found[word] = tuple(meant)
        return found

    def _initializer(self, value: Initialiser, target: str = "") -> Word:
        found = initializer(value, target, self.seeds)
        if found is None:
            raise self._refused()
        return Word(found)

    def _refused(self) -> ExportError:
        return refused(self.member.attribute, self.member.node)
