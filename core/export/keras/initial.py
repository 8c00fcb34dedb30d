"""First values that the drawing gives: as initializers that a layer is told, else set before it is built."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ...initial_kinds import recipe
from ...initialise import (
    Constant,
    Initialiser,
    KaimingNormal,
    KaimingUniform,
    Normal,
    Orthogonal,
    Seeded,
    TruncatedNormal,
    Uniform,
    XavierNormal,
    XavierUniform,
    gain,
)
from ...layers.spelling import Code
from ...record import Initial
from ...text import tr
from ..error import ExportError
from ..form import ClassForm, Each, Everywhere, Filling, FillOne, Form, Member, Only
from ..format import INDENT, Line, statement
from ..made import Choice, Row, Several, Word
from ..values import literal

Said = Mapping[str, Initialiser]

FAR = 8.0
"""So many deviations from the mean nothing is ever drawn: a bound there is none."""

BY_FANS = (XavierUniform, XavierNormal, KaimingUniform, KaimingNormal)
"""What depends on how many numbers flow in and out."""

LAYERS: Mapping[str, Mapping[str, str]] = {
    "Dense": {"weight": "kernel", "bias": "bias"},
    **{f"Conv{n}D": {"weight": "kernel", "bias": "bias"} for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": {"weight": "kernel", "bias": "bias"} for n in (1, 2, 3)},
    "DepthwiseConv2D": {"weight": "depthwise", "bias": "bias"},
    "Embedding": {"weight": "embeddings"},
    **{f"{n}Normalization": {"weight": "gamma", "bias": "beta"} for n in ("Batch", "Layer", "Group")},
    "PReLU": {"weight": "alpha"},
}
"""What a layer's initializers are for, by our parameters."""

ATTRIBUTES = {"kernel", "bias", "embeddings", "gamma", "beta", "alpha"}
"""The weights whose initializer a layer has under their name."""


def _refused(name: str, *nodes: str) -> ExportError:
    return ExportError(tr("{name} is given first values that Keras has no initializer for", name=name), nodes)


def with_initializers(form: Form) -> Form:
    """The program with its layers told what they begin with, where each begins alike at all calls."""
    if not form.first.said or form.first.differ:
        return form
    try:
        classes = tuple(replace(one, members=_all_told(one, form), fillings=()) for one in form.classes)
    except ExportError:
        return form  # setting initializers afterwards may do, else it says where it does not
    return replace(form, classes=classes)


def _all_told(form: ClassForm, whole: Form) -> tuple[Member, ...]:
    found: list[Member] = []
    for one in form.members:
        said = {
            name: value for name, value in whole.first.said.get(one.node, {}).items() if value is not None
        }
        found.append(told(one, said) if said else one)
    return tuple(found)


def told(member: Member, said: Said) -> Member:
    """The member with initializers. ExportError where what it is made of takes none."""
    if member.registered:
        (value,) = said.values()
        made = member.code
        assert isinstance(made, Code)
        keywords = {**dict(made.keywords), "initializer": Word(initializer(value, member))}
        return replace(member, code=replace(made, keywords=tuple(keywords.items())))
    left = dict.fromkeys(said)
    code = _told(member.code, said, member, left)
    if left:
        raise _refused(member.attribute, member.node)
    return replace(member, code=code)


def _told(made: object, said: Said, member: Member, left: dict[str, None]) -> object:
    match made:
        case Row():
            return replace(made, what=_told(made.what, said, member, left))
        case Choice():
            then, otherwise = (_told(one, said, member, left) for one in (made.then, made.otherwise))
            return replace(made, then=then, otherwise=otherwise)
        case Several():
            return replace(made, parts=tuple(_told(part, said, member, left) for part in made.parts))
        case Code(target="keras.Sequential" | "layers.Bidirectional"):
            parts = tuple(_told(one, said, member, left) for one in made.positional)
            return replace(made, positional=parts)
        case Code():
            words = _keywords(made.target.removeprefix("layers."), said, member)
            for names in words.values():
                for name in names:
                    left.pop(name, None)
            added = {
                word: Word(initializer(said[names[0]], member, made.target)) for word, names in words.items()
            }
            if made.target == "layers.LSTM" and "bias_initializer" in added:
                added["unit_forget_bias"] = Word("False")
            return replace(made, keywords=tuple({**dict(made.keywords), **added}.items()))
    return made


def _keywords(kind: str, said: Said, member: Member) -> Mapping[str, tuple[str, ...]]:
    """The keywords of a layer, each with our parameters whose first values it tells."""
    if kind == "MultiHeadAttention":
        return _of_all(said, member, {"kernel_initializer": "weight", "bias_initializer": "bias"})
    if kind in ("LSTM", "GRU", "SimpleRNN"):
        names = {"kernel_initializer": "weight_ih", "recurrent_initializer": "weight_hh"}
        found = _of_all(said, member, {**names, "bias_initializer": "bias"})
        # Elsewhere both biases are one in Keras, and their first values' sum.
        if kind != "GRU" and any(said[name] != Constant(0.0) for name in found.get("bias_initializer", ())):
            raise _refused(member.attribute, member.node)
        return found
    known = LAYERS.get(kind, {})
    return {f"{known[name]}_initializer": (name,) for name in said if name in known}


def _of_all(said: Said, member: Member, words: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Keywords that each tell of several parameters; ExportError where these differ."""
    known = dict.fromkeys(name for one in member.stored for name in one.of) or dict.fromkeys(said)
    found: dict[str, tuple[str, ...]] = {}
    for word, part in words.items():
        meant = [name for name in known if part in name]
        if len({said.get(name) for name in meant}) > 1:
            raise _refused(member.attribute, member.node)
        if meant and meant[0] in said:
            found[word] = tuple(meant)
    return found


def initializer(value: Initialiser, member: Member, target: str = "") -> str:
    """The initializer as text. ExportError where Keras has none for that layer."""
    fans = value.recipe if isinstance(value, Seeded) else value
    if isinstance(fans, BY_FANS) and target in ("layers.MultiHeadAttention", "layers.DepthwiseConv2D"):
        raise _refused(member.attribute, member.node)  # it counts otherwise there
    found = _text(value, target == "layers.Embedding")
    if found is None:
        raise _refused(member.attribute, member.node)
    return SHORT.get(found, found)


SHORT = {
    "keras.initializers.Zeros()": '"zeros"',
    "keras.initializers.Ones()": '"ones"',
    "keras.initializers.GlorotUniform()": '"glorot_uniform"',
    "keras.initializers.HeUniform()": '"he_uniform"',
    "keras.initializers.Orthogonal()": '"orthogonal"',
}
"""What Keras calls them in a word."""


def _text(value: Initialiser, turned: bool, seed: str = "") -> str | None:
    """The initializer as a call; `turned` where Keras takes rows for what flows in."""
    if isinstance(value, Seeded):
        return _text(value.recipe, turned, seed or str(value.seed))
    found = _call(value, turned)
    if found is None:
        return None
    name, arguments = found
    random = not isinstance(value, Constant)
    told = [*arguments, *([f"seed={seed}"] if seed and random else [])]
    return f"keras.initializers.{name}({', '.join(told)})"


def _call(value: Initialiser, turned: bool) -> tuple[str, list[str]] | None:
    match value:
        case Constant(value=0.0):
            return "Zeros", []
        case Constant(value=1.0):
            return "Ones", []
        case Constant(value=number):
            return "Constant", [literal(number)]
        case Uniform(low=low, high=high):
            return "RandomUniform", [literal(low), literal(high)]
        case Normal(mean=mean, deviation=deviation):
            return "RandomNormal", [f"mean={literal(mean)}"] * (mean != 0) + [f"stddev={literal(deviation)}"]
        case TruncatedNormal():
            return _truncated(value)
        case Orthogonal(gain=factor):
            return "Orthogonal", [] if factor == 1 else [f"gain={literal(factor)}"]
    return _scaled(value, turned)


def _truncated(value: TruncatedNormal) -> tuple[str, list[str]] | None:
    """Keras cuts at two deviations; bounds that are never reached are none."""
    low, high = (abs(bound - value.mean) / value.deviation for bound in (value.low, value.high))
    told = [f"mean={literal(value.mean)}"] * (value.mean != 0) + [f"stddev={literal(value.deviation)}"]
    if low == high == 2.0:
        return "TruncatedNormal", told
    return ("RandomNormal", told) if min(low, high) >= FAR else None


def _scaled(value: Initialiser, turned: bool) -> tuple[str, list[str]] | None:
    match value:
        case XavierUniform(gain=1.0):
            return "GlorotUniform", []
        case XavierUniform(gain=factor) | XavierNormal(gain=factor):
            mode, scale = "fan_avg", factor**2
        case KaimingUniform() | KaimingNormal():
            mode, scale = value.mode, round(gain(value.nonlinearity, value.a) ** 2, 12)
            if turned:
                mode = "fan_out" if mode == "fan_in" else "fan_in"
            if isinstance(value, KaimingUniform) and scale == 2 and mode == "fan_in":
                return "HeUniform", []
        case _:
            return None
    even = isinstance(value, XavierUniform | KaimingUniform)
    shape = "uniform" if even else "untruncated_normal"  # Keras's own normal ones are cut
    return "VarianceScaling", [f"scale={literal(scale)}", f'mode="{mode}"', f'distribution="{shape}"']


# Where a class begins with other values at each of its calls


def fill_lines(form: ClassForm, depth: int = 2) -> Iterator[Line]:
    """Lines that set initializers of layers before these are built. ExportError where they have none."""
    for one in form.fillings:
        seeds = dict.fromkeys(seed for initial in _initials((one,)) if (seed := _seed(initial)) is not None)
        # One generator for all of them: one for each would give parameters of one shape the same values.
        names = {seed: f"seed{place or ''}" for place, seed in enumerate(seeds)}
        for seed, name in names.items():
            yield Line(f"{INDENT * depth}{name} = keras.random.SeedGenerator({seed})", one.nodes)
        yield from _filled(one, form, depth, names)


def _initials(fillings: Sequence[Filling]) -> Iterator[Initial]:
    for one in fillings:
        match one:
            case FillOne():
                yield one.initial
            case Everywhere():
                yield from (fill.initial for fill in one.fills)
            case Each() | Only():
                yield from _initials(one.body)


def _seed(initial: Initial) -> int | None:
    seed = initial.settings.get("seed")
    return seed if isinstance(seed, int) else None


def _filled(one: Filling, form: ClassForm, depth: int, seeds: Mapping[int, str]) -> Iterator[Line]:
    indent = INDENT * depth
    match one:
        case FillOne():
            owner, _, attribute = _indexed(one.at, form, one.nodes).rpartition(".")
            yield from _set(owner, attribute, one.initial, depth, seeds, form, one.nodes)
        case Each() | Only():
            if isinstance(one, Each):
                loop = f"for {one.name} in {_listed(one.at, form, one.nodes)}:"
            else:
                loop = f"if isinstance({_indexed(one.at, form, one.nodes)}, {one.kind}):"
            yield Line(f"{indent}{loop}", one.nodes)
            for part in one.body:
                yield from _filled(part, form, depth + 1, seeds)
        case Everywhere():
            whole = _indexed(one.at, form, one.nodes)
            yield Line(f"{indent}for layer in {whole}._flatten_layers():", one.nodes)
            tests: dict[str, list[tuple[str, Initial]]] = {}
            for fill in one.fills:
                if not fill.kinds:
                    raise _refused(form.title, *one.nodes)
                for attribute, kinds, _ in fill.kinds:
                    several = kinds[0] if len(kinds) == 1 else f"({', '.join(kinds)})"
                    tests.setdefault(f"isinstance(layer, {several})", []).append((attribute, fill.initial))
            for test, fills in tests.items():
                yield Line(f"{indent}{INDENT}if {test}:", one.nodes)
                for attribute, initial in fills:
                    yield from _set("layer", attribute, initial, depth + 2, seeds, form, one.nodes)


def _indexed(at: str, form: ClassForm, nodes: tuple[str, ...]) -> str:
    """A path whose numbers count what is in a Sequential, or a list."""
    while (place := re.search(r"(?<!\.layers)\[\d+\]", at)) is not None:
        before = _listed(at[: place.start()], form, nodes)
        if before == at[: place.start()]:
            break
        at = before + at[place.start() :]
    return at


def _listed(at: str, form: ClassForm, nodes: tuple[str, ...]) -> str:
    """What a loop goes over: the layers of a Sequential, or a list."""
    member = next((one for one in form.members if f"self.{one.attribute}" == at), None)
    if member is None:
        raise _refused(form.title, *nodes)
    runs = isinstance(member.code, Row | Several) and member.code.container.target
    return f"{at}.layers" if runs or isinstance(member.code, Code) else at


def _set(
    owner: str,
    attribute: str,
    initial: Initial,
    depth: int,
    seeds: Mapping[int, str],
    form: ClassForm,
    nodes: tuple[str, ...],
) -> list[Line]:
    if attribute not in ATTRIBUTES or re.search(r"\.cell$|_dense$", owner):
        raise _refused(form.title, *nodes)
    seed = _seed(initial)
    text = _text(recipe(initial), attribute == "embeddings", seeds[seed] if seed is not None else "")
    if text is None:
        raise _refused(form.title, *nodes)
    return statement(f"{owner}.{attribute}_initializer = {text}", depth, "", nodes)
