"""Where first values that a design says are told: keywords of layers, and fields of classes around them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...initial_kinds import seed_of
from ...layers.spelling import Code
from ...record import Initial
from ...text import tr
from ..error import ExportError
from ..form import ClassForm, Each, Everywhere, Filling, FillOne, Form, Member
from ..made import Choice, Maker, Row, Several, Word, codes_in, values_in
from .initializers import initializer

KEYWORDS: Mapping[str, Mapping[str, str]] = {
    "nn.Dense": {"kernel": "kernel_init", "bias": "bias_init"},
    "nn.Conv": {"kernel": "kernel_init", "bias": "bias_init"},
    "nn.Embed": {"embedding": "embedding_init"},
    **{
        f"nn.{name}": {"scale": "scale_init", "bias": "bias_init"}
        for name in ("BatchNorm", "LayerNorm", "GroupNorm", "RMSNorm")
    },
}
"""What layers call the initializers of their parameters."""

DEFAULTS: Mapping[str, str] = {
    "kernel_init": "nn.initializers.lecun_normal()",
    "bias_init": "nn.initializers.zeros",
    "embedding_init": "nn.linear.default_embed_init",
    "scale_init": "nn.initializers.ones",
}
"""What a class begins with where its user says nothing."""


@dataclass(frozen=True)
class Told:
    """The classes with their first values, and the fields that each has for them."""

    form: Form
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def told(form: Form) -> Told:
    """Every class with what is said about first values. Raises ExportError where no keyword says it."""
    if not any(one.fillings for one in form.classes):
        return Told(form)
    telling = _Telling({one.name: one for one in form.classes})
    # Users first, so that a class is known to need a field before it is written.
    classes = [telling.written(one) for one in reversed(form.classes)]
    fields = {name: tuple(own) for name, own in telling.fields.items()}
    return Told(replace(form, classes=tuple(reversed(classes))), fields)


def plain(target: str) -> str:
    """The layer of linen that a class for another layout is derived from."""
    return "nn." + target.removeprefix("nn.").removesuffix("ChannelsFirst").removesuffix("AsDrawn")


@dataclass(frozen=True)
class _Said:
    """What a keyword is told: first values, or what the class's own field of that name holds.

    With a `kind` it is told to such layers alone. `seeded` says that it may draw from a seed of its own.
    """

    keyword: str
    initial: Initial | None = None
    seeded: bool = False
    kind: str = ""
    nodes: tuple[str, ...] = ()

    def fits(self, target: str) -> bool:
        """Whether a layer takes it."""
        return self.keyword in KEYWORDS.get(plain(target), {}).values() and self.kind in ("", plain(target))

    def handed(self, target: str = "") -> Any:
        """As a class is told it, which hands it on to its layers; or as a layer, that of no seed."""
        if self.initial is None:
            return Word(self.keyword)
        text = Word(initializer(self.initial, turned=target != "nn.Embed"))
        return Code("Seeded", (text, seed_of(self.initial))) if self.seeded else text

    def at(self, place: str, target: str) -> Any:
        """As a layer is told it that stands at a place."""
        found = self.handed(target)
        if not self.seeded:
            return found
        name = f"{place}.{self.keyword.removesuffix('_init')}"
        own = Word(f'f"{name}"' if "{" in name else f'"{name}"')
        if self.initial is None:
            return Code("placed", (found, Word("*self.path"), own))
        return replace(found, positional=(*found.positional, Word(f"(*self.path, {own.text})")))


@dataclass
class _Telling:
    """Writes classes one after the other; `fields` are those that their users told them, by the class.

    Of each field it is known whether it may draw from a seed.
    """

    classes: Mapping[str, ClassForm]
    fields: dict[str, dict[str, bool]] = field(default_factory=dict)

    def written(self, form: ClassForm) -> ClassForm:
        """The class; what its user says stands before what it says itself."""
        members = list(form.members)
        for keyword, seeded in self.fields.get(form.name, {}).items():
            members = [self._with(one, _Said(keyword, seeded=seeded)) for one in members]
        for filling in form.fillings:
            members = self._filled(members, filling)
        return replace(form, members=tuple(members), fillings=())

    def _filled(self, members: Sequence[Member], filling: Filling) -> list[Member]:
        match filling:
            case FillOne(at=at, initial=initial):
                _, _, path = at.partition(".")
                return self._one(members, path, initial, filling.nodes)
            case Everywhere(at=at, fills=fills):
                found, own = list(members), at.partition(".")[2]
                for fill in fills:
                    if not fill.kinds or "." in own or "[" in own:
                        raise _refused(filling.nodes)
                    seeded = seed_of(fill.initial) is not None
                    for name, kinds, _ in fill.kinds:
                        for kind in kinds:
                            keyword = _keyword(kind, name, filling.nodes)
                            said = _Said(keyword, fill.initial, seeded, plain(kind), filling.nodes)
                            found = self._everywhere(found, own, said)
                return found
            case Each(name=one, at=at, body=body):
                found = list(members)
                for step in body:
                    if not isinstance(step, FillOne):
                        raise _refused(filling.nodes)
                    name = step.at.removeprefix(f"{one}.")
                    found = self._each(found, at.partition(".")[2], name, step.initial, filling.nodes)
                return found
        raise _refused(filling.nodes)

    def _each(
        self, members: Sequence[Member], own: str, name: str, initial: Initial, nodes: tuple[str, ...]
    ) -> list[Member]:
        """A parameter of each of a list of layers."""
        found = list(members)
        made = [code for member in members if member.attribute == own for code in codes_in(member.code)]
        kinds = {plain(code.target) for code in made if name in KEYWORDS.get(plain(code.target), {})}
        if not kinds:
            raise _refused(nodes)
        for kind in kinds:
            said = _Said(_keyword(kind, name, nodes), initial, seed_of(initial) is not None, kind, nodes)
            found = self._everywhere(found, own, said)
        return found

    def _one(
        self, members: Sequence[Member], path: str, initial: Initial, nodes: tuple[str, ...]
    ) -> list[Member]:
        """One parameter of a member, or a member that is one itself."""
        attribute, _, name = path.partition(".")
        if attribute not in {member.attribute for member in members}:
            raise _refused(nodes)
        return [
            self._filled_one(member, name, initial, nodes) if member.attribute == attribute else member
            for member in members
        ]

    def _filled_one(self, member: Member, name: str, initial: Initial, nodes: tuple[str, ...]) -> Member:
        code, seed = member.code, seed_of(initial)
        if not isinstance(code, Code):
            raise _refused(nodes)
        if member.registered and not name:
            text = initializer(initial, turned=False)
            if seed is not None:
                text = f'Seeded({text}, {seed}, (*self.path, "{member.attribute}"))'
            return replace(member, code=replace(code, target=text))
        said = _Said(_keyword(code.target, name, nodes), initial, seed is not None)
        return replace(member, code=_told(code, said, member.attribute))

    def _everywhere(self, members: Sequence[Member], own: str, said: _Said) -> list[Member]:
        """In all layers of its kind, at one member and below or at all."""
        found = [self._with(one, said) if not own or one.attribute == own else one for one in members]
        if found == list(members):
            raise _refused(said.nodes)
        return found

    def _with(self, member: Member, said: _Said) -> Member:
        return replace(member, code=self._made(member.code, said, member.attribute))

    def _made(self, made: Any, said: _Said, place: str) -> Any:
        """What is made at a place, its layers (of the kind, where one is named) and classes told."""

        def inside(part: Any, at: str = place) -> Any:
            return self._made(part, said, at)

        match made:
            case Code():
                return self._call(_mapped(made, inside), said, place)
            case Row():
                what = inside(made.what, f"{place}_{INDEX}")
                return replace(made, what=what, indexed=made.indexed or _reads_index(what))
            case Several():
                parts = [inside(part, f"{place}_{number}") for number, part in enumerate(made.parts)]
                return replace(made, parts=tuple(parts))
            case Choice():
                return replace(made, then=inside(made.then), otherwise=inside(made.otherwise))
            case Maker():
                code = inside(made.code)
                if said.seeded and code != made.code:
                    raise _refused(said.nodes)  # whoever calls it twice would have the same values twice
                return replace(made, code=code)
            case tuple():
                return tuple(map(inside, made))
        return made

    def _call(self, made: Code, said: _Said, place: str) -> Code:
        if made.target not in self.classes:
            return _told(made, said, place) if said.fits(made.target) else made
        if not self._has(self.classes[made.target], said):
            return made
        known = self.fields.setdefault(made.target, {})
        known[said.keyword] = known.get(said.keyword, False) or said.seeded
        return _with_keyword(made, said.keyword, said.handed())

    def _has(self, form: ClassForm, said: _Said) -> bool:
        """Whether something below a class takes the keyword."""
        return any(
            said.fits(made.target)
            or (made.target in self.classes and self._has(self.classes[made.target], said))
            for member in form.members
            for made in codes_in(member.code)
        )


INDEX = "{i}"
"""Where the number of one of several in a row stands in its place."""


def _reads_index(made: Any) -> bool:
    words = (word for code in codes_in(made) for word in values_in(code) if isinstance(word, Word))
    return any(INDEX in word.text for word in words)


def _mapped(made: Code, change: Callable[[Any], Any]) -> Code:
    keywords = tuple((key, change(item)) for key, item in made.keywords)
    return Code(made.target, tuple(map(change, made.positional)), keywords)


def _told(made: Code, said: _Said, place: str) -> Code:
    return _with_keyword(made, said.keyword, said.at(place, made.target))


def _with_keyword(made: Code, keyword: str, value: Any) -> Code:
    """The call with the keyword in place of what it was told before."""
    kept = tuple((key, item) for key, item in made.keywords if key != keyword)
    return replace(made, keywords=(*kept, (keyword, value)))


def _keyword(target: str, name: str, nodes: tuple[str, ...]) -> str:
    """What a layer calls the first values of a parameter."""
    keyword = KEYWORDS.get(plain(target), {}).get(name)
    if keyword is None:
        raise _refused(nodes)
    return keyword


def _refused(nodes: tuple[str, ...]) -> ExportError:
    return ExportError(tr("linen has no keyword for the first values that are set here"), nodes[-1:])
