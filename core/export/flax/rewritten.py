"""What a class makes in its constructor, as linen's setup writes it: fields and the mode by their names."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from ...expression import Expression
from ...layers.spelling import Code
from ..form import ClassForm
from ..made import Choice, Maker, Passed, Row, Several, Word
from ..values import Names, written

TRAIN = "self.train"
"""The mode as spellings write it."""

NOT_TRAINING = Word(f"not {TRAIN}")
"""What tells a layer that it is not being trained."""


@dataclass(frozen=True)
class Rewriting:
    """Rewrites what one class makes: `called` are its fields, `trained` the classes that read the mode."""

    called: Set[str]
    trained: Set[str]
    names: Names
    train: str = TRAIN

    def __call__(self, value: Any) -> Any:
        """The same thing in the words of setup."""
        match value:
            case Code():
                return self._code(value)
            case Choice():
                return Choice(value.condition, self(value.then), self(value.otherwise))
            case Row():
                return self._row(value)
            case Several():
                return replace(value, parts=tuple(map(self, value.parts)))
            case Maker():
                return replace(value, code=self(value.code))
            case tuple():
                return tuple(map(self, value))
        return self._named(value)

    def _named(self, value: Any) -> Any:
        """A module that is given, which has a name as a field: it is copied; or a word."""
        if isinstance(value, Passed):
            return Word(f"copied({written(value.source, {**self.names, 'i': 'i'})})")
        if not isinstance(value, Word):
            return value
        if value.text in self.trained:
            return Word(f"partial({value.text}, train={self.train})")
        if value.text in self.called:
            return Word(f"self.{value.text}")
        return Word(value.text.replace(TRAIN, self.train))

    def _row(self, row: Row) -> Any:
        match row:
            case Row(what=Passed(source=Expression(source=each)), count=Expression(source=count)) if (
                each.endswith("[i]") and count == f"len({each[:-3]})"
            ):
                listed = written(Expression(each[:-3]), self.names)
                return Word(row.container.of(f"[copied(part) for part in {listed}]"))
        return replace(row, what=self(row.what))

    def _code(self, code: Code) -> Code:
        keywords = [(key, self(item)) for key, item in code.keywords]
        if code.target in self.trained:
            keywords.append(("train", Word(self.train)))
        target = as_fields(code.target, self.called)
        return Code(target, tuple(map(self, code.positional)), tuple(keywords))


def as_fields(text: str, called: Set[str]) -> str:
    """A text with fields read off self."""
    return WORD.sub(lambda found: f"self.{found[0]}" if found[0] in called else found[0], text)


def field_names(form: ClassForm) -> Names:
    """What every size and argument is called in methods."""
    called = {one.name for one in form.given}
    return {key: as_fields(text, called) for key, text in form.names.items()}


def reads_mode(values: Iterable[Any], trained: Set[str]) -> bool:
    """Whether something that is made is told the mode."""
    return any(_reads(value, trained) for value in values)


def _reads(value: Any, trained: Set[str]) -> bool:
    match value:
        case Code():
            inside = (*value.positional, *(item for _, item in value.keywords))
            return value.target in trained or reads_mode(inside, trained)
        case Choice():
            return reads_mode((value.then, value.otherwise), trained)
        case Row():
            return _reads(value.what, trained)
        case Several():
            return reads_mode(value.parts, trained)
        case Maker():
            return _reads(value.code, trained)
        case Word():
            return TRAIN in value.text or value.text in trained
        case tuple():
            return reads_mode(value, trained)
    return False


def kinds_of_fields(form: ClassForm) -> Mapping[str, str]:
    """The types of fields that are modules, lists of modules, or what makes modules."""
    called = {one.name for one in form.given}
    found: dict[str, str] = {}
    for member in form.members:
        for value in _parts(member.code):
            source = value.source.source if isinstance(value, Passed) else ""
            target = value.target if isinstance(value, Code) else ""
            for text, plain in ((source, "nn.Module"), (target, "Callable")):
                words = [word for word in WORD.findall(text) if word in called]
                if words:
                    listed = f"Sequence[{plain}]" if text != words[0] else plain
                    found[words[0]] = listed
    return found


def _parts(value: Any) -> Iterable[Any]:
    yield value
    match value:
        case Code():
            inside: tuple[Any, ...] = (*value.positional, *(item for _, item in value.keywords))
        case Choice():
            inside = (value.then, value.otherwise)
        case Row():
            inside = (value.what,)
        case Several():
            inside = value.parts
        case Maker():
            inside = (value.code,)
        case tuple():
            inside = value
        case _:
            inside = ()
    for part in inside:
        yield from _parts(part)


WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
"""A name that stands by itself."""
