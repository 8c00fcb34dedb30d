"""Where first values that a design says are told: keywords of layers, and fields of classes around them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...layers.spelling import Code
from ...record import Initial
from ...text import tr
from ..error import ExportError
from ..form import ClassForm, Everywhere, Fill, Filling, FillOne, Form, Member
from ..made import Choice, Maker, Row, Several, Word, codes_in
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
    fields = {name: tuple(dict.fromkeys(own)) for name, own in telling.fields.items()}
    return Told(replace(form, classes=tuple(reversed(classes))), fields)


def plain(target: str) -> str:
    """The layer of linen that a class for another layout is derived from."""
    return "nn." + target.removeprefix("nn.").removesuffix("ChannelsFirst").removesuffix("AsDrawn")


@dataclass
class _Telling:
    classes: Mapping[str, ClassForm]
    fields: dict[str, list[str]] = field(default_factory=dict)

    def written(self, form: ClassForm) -> ClassForm:
        """The class; what its user says stands before what it says itself."""
        members = list(form.members)
        for keyword in dict.fromkeys(self.fields.get(form.name, ())):
            members = [self._with(one, keyword, Word(keyword)) for one in members]
        for filling in form.fillings:
            members = self._filled(members, filling)
        return replace(form, members=tuple(members), fillings=())

    def _filled(self, members: Sequence[Member], filling: Filling) -> list[Member]:
        match filling:
            case FillOne(at=at, initial=initial):
                _, _, path = at.partition(".")
                return self._one(members, path, initial, filling.nodes)
            case Everywhere(at=at, fills=fills):
                found = list(members)
                for fill in fills:
                    own = at.partition(".")[2]
                    if not fill.kinds or "." in own or "[" in own:
                        raise _refused(filling.nodes)
                    found = self._everywhere(found, own, fill, filling.nodes)
                return found
        raise _refused(filling.nodes)

    def _one(
        self, members: Sequence[Member], path: str, initial: Initial, nodes: tuple[str, ...]
    ) -> list[Member]:
        """One parameter of a member, or a member that is one itself."""
        attribute, _, name = path.partition(".")
        found: list[Member] = []
        for member in members:
            if member.attribute != attribute:
                found.append(member)
            elif member.registered and not name:
                assert isinstance(member.code, Code)
                text = initializer(initial, turned=False)
                found.append(replace(member, code=replace(member.code, target=text)))
            else:
                code = member.code
                keyword = KEYWORDS.get(plain(code.target), {}).get(name) if isinstance(code, Code) else None
                if keyword is None:
                    raise _refused(nodes)
                found.append(replace(member, code=_told(code, keyword, initial)))
        return found

    def _everywhere(
        self, members: Sequence[Member], own: str, fill: Fill, nodes: tuple[str, ...]
    ) -> list[Member]:
        """A parameter of that name in all layers of these kinds, at one member and below or at all."""
        found = list(members)
        for name, kinds, _ in fill.kinds:
            for kind in kinds:
                keyword = KEYWORDS.get(plain(kind), {}).get(name)
                if keyword is None:
                    raise _refused(nodes)
                found = [
                    self._with(one, keyword, fill.initial, plain(kind))
                    if not own or one.attribute == own
                    else one
                    for one in found
                ]
        return found

    def _with(self, member: Member, keyword: str, value: Any, kind: str = "") -> Member:
        return replace(member, code=self._made(member.code, keyword, value, kind))

    def _made(self, made: Any, keyword: str, value: Any, kind: str) -> Any:
        """What is made, its layers (of the kind, where one is named) and classes told."""

        def inside(part: Any) -> Any:
            return self._made(part, keyword, value, kind)

        match made:
            case Code():
                return self._call(_mapped(made, inside), keyword, value, kind)
            case Row():
                return replace(made, what=inside(made.what))
            case Several():
                return replace(made, parts=tuple(map(inside, made.parts)))
            case Choice():
                return replace(made, then=inside(made.then), otherwise=inside(made.otherwise))
            case Maker():
                return replace(made, code=inside(made.code))
            case tuple():
                return tuple(map(inside, made))
        return made

    def _call(self, made: Code, keyword: str, value: Any, kind: str) -> Code:
        if made.target not in self.classes:
            fits = keyword in KEYWORDS.get(plain(made.target), {}).values()
            return _told(made, keyword, value) if fits and kind in ("", plain(made.target)) else made
        if not self._has(self.classes[made.target], keyword, kind):
            return made
        self.fields.setdefault(made.target, []).append(keyword)
        return _told(made, keyword, value)

    def _has(self, form: ClassForm, keyword: str, kind: str) -> bool:
        """Whether something below a class takes the keyword."""
        for made in (code for member in form.members for code in codes_in(member.code)):
            target = plain(made.target)
            if keyword in KEYWORDS.get(target, {}).values() and kind in ("", target):
                return True
            if made.target in self.classes and self._has(self.classes[made.target], keyword, kind):
                return True
        return False


def _mapped(made: Code, change: Callable[[Any], Any]) -> Code:
    keywords = tuple((key, change(item)) for key, item in made.keywords)
    return Code(made.target, tuple(map(change, made.positional)), keywords)


def _told(made: Code, keyword: str, value: Any) -> Code:
    """The call with the keyword in place of what it was told before."""
    if isinstance(value, Initial):
        value = Word(initializer(value, turned=made.target != "nn.Embed"))
    kept = tuple((key, item) for key, item in made.keywords if key != keyword)
    return replace(made, keywords=(*kept, (keyword, value)))


def _refused(nodes: tuple[str, ...]) -> ExportError:
    return ExportError(tr("linen has no keyword for the first values that are set here"), nodes[-1:])
