"""What the walk hands to a printer: each definition as a class to be written, in no framework's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal as OneOf

from ..calls import ModuleCall
from ..layers.layer import Layer
from ..layers.spelling import Code, Pasted, Spelling, Stored
from ..record import Initial
from ..types import Type
from .composed import Composed
from .first import FirstValues
from .made import Container
from .names import identifier
from .values import Names


@dataclass(frozen=True)
class Run:
    """How a call runs: its text, the suite that it stands inside of, and why it is so where one would ask."""

    text: str
    suite: str = ""
    reason: str = ""


Value = tuple[str, str]
"""What flows out of a node's port: (node id, port)."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A constructor argument: `key` is the argument or size in the design, `name` what code calls it.

    Without a default the caller passes it.
    """

    key: str
    name: str
    default: Any = None


@dataclass(frozen=True, kw_only=True)
class Member:
    """What a class makes in its constructor and keeps as an attribute.

    `tensors` maps our tensor names to the path below the class; `registered` says what kind of tensor the
    member itself is, where it is one.
    """

    attribute: str
    code: Any
    """A call, or what else is made; see `made`."""
    node: str
    tensors: Mapping[str, str] = field(default_factory=dict)
    stored: tuple[Stored, ...] = ()
    kept: Callable[[Any], tuple[Stored, ...]] | None = None
    """What is stored for a layer, where that depends on what its arguments come to."""
    part: str = ""
    """Which part of the node's call it is, where the class keeps them apart."""
    registered: OneOf["", "buffer", "parameter"] = ""


@dataclass(frozen=True, kw_only=True)
class Link:
    """An entry of a chain: one thing that is called on the result of the one before."""

    code: Any
    node: str
    comment: str = ""
    also: tuple[str, ...] = ()
    """Further nodes that the entry does."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """`targets = text`; without targets a comment, and `text` says why there is no code.

    With a `suite` such as `while x:` it stands inside of that.
    """

    targets: tuple[str, ...]
    text: str
    suite: str = ""
    reason: str = ""
    """What a comment in front says."""
    comment: str = ""
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tied:
    """The attribute path of a parameter that is another one, or its transpose."""

    own: str
    owner: str
    transposed: bool


@dataclass(frozen=True, kw_only=True)
class FillOne:
    """Gives one parameter its first values; where it `may_miss`, only if the layer, of a `kind`, has it."""

    at: str
    initial: Initial
    kind: str = ""
    may_miss: bool = False
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fill:
    """First values for the parameters that a name or group means, wherever they stand.

    `kinds` are the layers that have them: (attribute, kinds, whether some lack it), empty where that is open.
    `names` is what code calls them; `is_named_so` says that no others are called so.
    """

    key: str
    initial: Initial
    kinds: tuple[tuple[str, tuple[str, ...], bool], ...]
    names: tuple[str, ...]
    is_named_so: bool


@dataclass(frozen=True, kw_only=True)
class Everywhere:
    """Gives first values to all parameters below a module that are meant."""

    at: str
    fills: tuple[Fill, ...]
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Each:
    """Does something with each of a list, under a name."""

    name: str
    at: str
    body: tuple["Filling", ...]
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Only:
    """Does something where a module is of a kind."""

    at: str
    kind: str
    body: tuple["Filling", ...]
    nodes: tuple[str, ...] = ()


Filling = FillOne | Everywhere | Each | Only
"""A step by which a class gives its parameters first values."""


@dataclass(frozen=True)
class Sources:
    """What a class draws by seeds from, or hands on: by the seed, what the constructor calls it."""

    made: Mapping[int, str] = field(default_factory=dict)
    given: Mapping[int, str] = field(default_factory=dict)

    @property
    def all(self) -> Mapping[int, str]:
        """What it is given, and what it makes itself."""
        return {**self.given, **self.made}


@dataclass(frozen=True, kw_only=True)
class ClassForm:
    """A definition as a class, or as a chain that needs none."""

    definition: str
    name: str
    title: str
    """What the design calls it."""
    help: str = ""
    given: tuple[Given, ...] = ()
    names: Names = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    """Constructor arguments that `forward` reads, so that they are kept as attributes."""
    members: tuple[Member, ...] = ()
    inputs: tuple[str, ...] = ()
    defaults: Mapping[str, float | None] = field(default_factory=dict)
    """The numbers that inputs are where they are left out; none stands before one that must be given."""
    inputs_comment: str = ""
    statements: tuple[Statement, ...] = ()
    outputs: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    """What the design calls the outputs, as names that its user may give them."""
    chain: tuple[Link, ...] | None = None
    ties: tuple["Tied", ...] = ()
    fillings: tuple[Filling, ...] = ()
    """What is done last in the constructor."""
    sources: Sources = field(default_factory=Sources)
    """What several runs of constructors draw from; each framework that hands it on says so when it prints."""

    def same_code(self, other: "ClassForm") -> bool:
        """Whether both would be written alike but for their names and comments."""
        return self._plain() == other._plain()

    def _plain(self) -> "ClassForm":
        statements = tuple(replace(one, comment="") for one in self.statements)
        return replace(self, name="", inputs_comment="", statements=statements)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A root input with its sizes bound: what `__main__` feeds. `bound` is an integer input's."""

    name: str
    shape: tuple[int, ...]
    bound: int | None = None


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A fused activation: around an expression `{x}`, and as an entry of a chain."""

    apply: str
    module: Any


@dataclass(frozen=True, kw_only=True)
class Form:
    """A whole program: classes before their users, the root last."""

    classes: tuple[ClassForm, ...]
    samples: tuple[Sample, ...]
    composed: tuple[Composed, ...] = ()
    """Layers that are printed from their primitives."""
    helpers: Mapping[str, str] = field(default_factory=dict)
    """The nodes that these stand for, each with the name of its class."""
    pasted: Mapping[str, Pasted] = field(default_factory=dict)
    """Users' files by the names of the classes that come of them."""
    images_last: bool = False
    """Whether the network takes and gives what has four axes or more with channels last."""
    made: Mapping[ModuleCall, ClassForm] = field(default_factory=dict)
    """The classes of calls of modules."""
    first: FirstValues = field(default_factory=FirstValues)
    """What parameters begin with, where the drawing says so."""

    @property
    def root(self) -> ClassForm:
        """The class that is the network."""
        return self.classes[-1]

    @property
    def maker(self) -> str:
        """What the root is made by: a function where it is a chain, else its class."""
        others = {
            *(one.name for one in self.classes[:-1]),
            *(one.name for one in self.composed),
            *self.pasted,
        }
        return self.root.name if self.root.chain is None else identifier(self.root.title, others, "network")


def _as_ours(roles: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(range(len(roles)))


def _item(inside: str, key: str, runs: bool) -> str:
    return f"{inside}{key}."


def _state(name: str, is_learnt: bool) -> str:
    return name


def _as_written(form: "ClassForm") -> "ClassForm":
    return form


def _biased(name: str) -> bool:
    return False


def _laid(
    steps: Sequence[Any],
    outputs: Sequence[Any],
    calls: Mapping[str, Any],
    inputs: Mapping[Value, tuple[str, Type | None]],
) -> tuple[Any, Any]:
    return steps, outputs


def _part(template: str, part: Any, whole: Any) -> str:
    return template


def _fitted(dialect: "Dialect", program: Any) -> "Dialect":
    return dialect


def _branch(condition: str, then: str, otherwise: str) -> str:
    return f"{then} if {condition} else {otherwise}"


def _loop(condition: str, body: str, places: Sequence[str], bound: Any) -> Run:
    return Run(body, f"while {condition}:")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What the walk asks of a framework: how a layer and a fused activation are spelled."""

    spelling: Callable[[Layer, tuple[Type, ...]], Spelling | None]
    activation: Callable[[Layer], Activation | None]
    sequence: Container
    """What runs modules one after the other."""
    listing: Container
    """What keeps modules in a list."""
    in_order: Callable[[tuple[Code, ...]], Code]
    """Runs such calls one after the other, as one thing."""
    order: Callable[[tuple[str, ...]], tuple[int, ...]] = _as_ours
    """In which order the axes of a tensor with these roles are kept."""
    item: Callable[[str, str, bool], str] = _item
    """How a path in the code's state goes on to an element of a container: of one that runs, or of a list."""
    state: Callable[[str, bool], str] = _state
    """What the code's whole state calls a tensor of that path, which is learnt or not."""
    laid: Callable[..., tuple[Any, Any]] = _laid
    """The steps and outputs of a class with their axes in the framework's order; told the calls by node, and
    the inputs with their names and types."""
    part: Callable[[str, Any, Any], str] = _part
    """A part's template within what is made of several, by its call and by the whole's."""
    fitted: Callable[["Dialect", Any], "Dialect"] = _fitted
    """The dialect in which this program is written."""
    images_last: bool = False
    """Whether what has four axes or more goes from class to class with its channels last."""
    finished: Callable[["ClassForm"], "ClassForm"] = _as_written
    """What a framework says otherwise of a whole class or chain."""
    biased: Callable[[str], bool] = _biased
    """Whether the running average of that name is of variances over n values and not n - 1, as ours is."""
    classes: frozenset[str] = frozenset()
    """Classes that stand in the text where it needs them: helpers for layers that the framework lacks."""
    keeps_given: bool = False
    """Whether a class keeps all its constructor arguments as attributes."""
    branch: Callable[[str, str, str], str] = _branch
    """A template that takes one of two by a condition."""
    alone: bool = True
    """Whether a chain of one is that one itself, and not a container of one."""
    loop: Callable[[str, str, Sequence[str], Any], Run] = _loop
    """A loop as templates, by condition, body, the places that it changes, and bound."""
    keeps_no_averages: Mapping[str, str] = field(default_factory=dict)
    """The kinds of branches and loops in which no running averages can be kept, each with the framework."""
    runs_nothing: bool = True
    """Whether what runs modules one after the other can be empty."""
