"""Seeds in exported PyTorch and Gluon: no two parameters begin alike, and each begins so again."""

from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engine.weights import slots_of
from core.export import export_code
from core.export.code import FRAMEWORKS
from core.export.folder import export_folder
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.initialise import Array, Seeded
from core.program import Program
from tests.export.networks import program_of
from tests.frameworks.checking import checked
from tests.frameworks.seeded_designs import (
    SEEDED_DESIGNS,
    in_a_block,
    in_a_choice,
    in_slots,
)
from tests.templates.sheet import Book

torch = pytest.importorskip("torch")

# PyTorch says of its lazy modules that they may change.
pytestmark = pytest.mark.filterwarnings("ignore:Lazy modules are a new feature:UserWarning")

STYLES = ("pytorch", "pytorch-lazy")


def begun(program: Program, to: str, seed: int) -> dict[str, Array]:
    """The parameters of the network when the exported file was run, by the code's names."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    torch.manual_seed(seed)
    with redirect_stdout(StringIO()):
        exec(compile(export_code(program, to).text, "exported.py", "exec"), scope)
    return {name: one.detach().numpy() for name, one in scope["model"].named_parameters()}


def drawn_by_seeds(program: Program, to: str, held: Mapping[str, Array]) -> dict[str, Array]:
    """What was drawn by a seed, by the code's names."""
    target = FRAMEWORKS[to]
    ours = {name for name, slot in slots_of(program).items() if isinstance(slot.tensor.initialiser, Seeded)}
    tensors = kept_tensors(walk(program, target.dialect), program, target.dialect)
    names = {one.name: one.slots for one in tensors}
    return {name: held[name] for name in held if ours.issuperset(names.get(name, ("",)))}


def alike(held: Mapping[str, Array]) -> list[tuple[str, str]]:
    """Pairs of parameters that share a number somewhere."""
    numbers = {name: set(values.ravel().tolist()) for name, values in held.items()}
    return [(one, other) for one, other in combinations(numbers, 2) if numbers[one] & numbers[other]]


@pytest.mark.parametrize("book", SEEDED_DESIGNS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("to", STYLES)
def test_no_two_parameters_of_a_seed_begin_alike_and_each_begins_so_again(
    to: str, book: Callable[[], Book]
) -> None:
    program = program_of(book().document())
    assert not program.problems
    one, other = (begun(program, to, seed) for seed in (0, 1))
    drawn = drawn_by_seeds(program, to, one)
    assert drawn and not alike(drawn)
    for name, values in drawn.items():
        np.testing.assert_array_equal(values, other[name], name)


@pytest.mark.parametrize("book", SEEDED_DESIGNS, ids=lambda one: one.__name__)
def test_every_network_that_is_made_begins_as_the_first(book: Callable[[], Book]) -> None:
    program = program_of(book().document())
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(export_code(program, "pytorch").text, "exported.py", "exec"), scope)
    maker = scope[walk(program, FRAMEWORKS["pytorch"].dialect).maker]
    one, other = ({key: each.numpy() for key, each in maker().state_dict().items()} for _ in range(2))
    for name, values in drawn_by_seeds(program, "pytorch", one).items():
        np.testing.assert_array_equal(values, other[name], name)


def written(book: Book, to: str) -> str:
    return export_code(program_of(book.document()), to).text


@pytest.mark.parametrize(
    ("to", "made", "handed"),
    [
        ("pytorch", "generator = torch.Generator().manual_seed(5)", "generator=generator"),
        ("pytorch-lazy", "generator = torch.Generator().manual_seed(5)", "generator=generator"),
        ("gluon", "source = random.Random(5)", "source=source"),
    ],
)
def test_one_source_is_made_around_all_blocks_and_handed_to_each(to: str, made: str, handed: str) -> None:
    text = written(in_a_block(), to)
    head, _, network = text.partition("def block():")
    assert network.count(made) == 1 and made not in head
    assert network.count(handed) == 2


def test_the_innermost_class_around_all_that_a_seed_draws_makes_the_generator() -> None:
    text = written(in_a_choice(), "pytorch")
    inside = text[text.index("class Inside(") : text.index("class Choice(")]
    assert "torch.Generator().manual_seed(5)" in inside
    assert text.count("torch.Generator()") == 2


def test_a_class_that_is_made_once_makes_its_generator_itself() -> None:
    book = Book("once", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    block.initial("fc", weight=("normal", {"seed": 5}))
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one").node("Linear", "fc", out_features=4)
    root.output().wire("x > one > fc > y")
    text = written(book, "pytorch")
    assert "nn.init.normal_(self.fc.weight, generator=torch.Generator().manual_seed(5))" in text
    assert "generator=generator" not in text


def test_a_class_that_is_handed_over_takes_the_generator_along() -> None:
    text = written(in_slots(), "pytorch")
    assert "from functools import partial" in text and "partial(Block, generator=generator)" in text
    assert "lambda in_features: Block(in_features, width=5, generator=generator)" in text


@pytest.mark.parametrize("book", SEEDED_DESIGNS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("to", [*STYLES, "gluon"])
def test_seeds_are_formatted_code(to: str, book: Callable[[], Book]) -> None:
    black = pytest.importorskip("black")
    text = written(book(), to)
    assert black.format_str(text, mode=black.Mode()) == text


@pytest.mark.parametrize("book", SEEDED_DESIGNS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("to", STYLES)
def test_a_folder_with_seeds_passes_its_check(to: str, book: Callable[[], Book], tmp_path: Path) -> None:
    export_folder(program_of(book().document()), {}, to, tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output
