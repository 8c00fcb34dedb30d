"""A setting of a design gives its root's arguments other defaults, and its inputs other example sizes."""

import pytest

from core.document import Document
from core.files import dumps
from core.record import ROOT
from core.resolve import Resolver
from core.settings import SettingError, with_setting, with_text_values, with_values
from core.summary import total
from tests.templates.sheet import Book


def network() -> Document:
    """x (B×T×20) → fc (width) → y."""
    book = Book("Network", "", {"small": {"width": 4, "T": 3}, "wrong": {"width": 0}})
    root = book.root.argument("width", 64, minimum=1).argument("depths", (2, 2))
    root.argument("mode", "fast", kind="choice", choices=("fast", "exact"))
    root.input("x", "B, T, 20", sizes="B=2, T=128").node("Linear", "fc", out_features="=width").output()
    return root.wire("x > fc > y").book.document()


def test_a_setting_replaces_defaults_and_example_sizes_and_nothing_else() -> None:
    document = network()
    before = dumps(document)
    small = with_setting(document, "small")
    resolution = Resolver(small).resolution
    assert total(resolution).parameters == 4 * 20 + 4
    assert resolution.symbols == {"B": 2, "T": 3}
    assert dumps(document) == before
    changed = {key for key in small.records if small.records[key] != document.records[key]}
    assert changed == {ROOT, next(node.id for node in small.nodes(ROOT) if node.name == "x")}


def test_values_are_read_as_they_are_typed() -> None:
    typed = {"width": "2 * 8", "depths": "[1, 3]", "mode": "exact", "B": "5"}
    changed = with_text_values(network(), typed)
    defaults = {argument.name: argument.default for argument in changed.module(ROOT).arguments}
    assert defaults == {"width": 16, "depths": (1, 3), "mode": "exact"}
    assert Resolver(changed).resolution.symbols == {"B": 5, "T": 128}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"breadth": "3"}, "there is no argument or size breadth; there are: width, depths, mode, B, T"),
        ({"width": "0"}, "width: expected at least 1, got 0"),
        ({"width": "'wide'"}, "width: expected a whole number, got 'wide'"),
        ({"width": "4 *"}, "width: "),
        ({"width": "T"}, "width: "),
        ({"mode": "slow"}, "mode: expected one of fast, exact, got 'slow'"),
        ({"T": "0"}, "T: expected a size of at least 1, got 0"),
        ({"T": "2.5"}, "T: expected a size of at least 1, got 2.5"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(typed: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError) as refused:
        with_text_values(network(), typed)
    assert str(refused.value).startswith(sentence)


def test_a_setting_that_is_not_there_or_does_not_fit_is_refused() -> None:
    with pytest.raises(SettingError, match="no setting tiny; there are: small, wrong"):
        with_setting(network(), "tiny")
    with pytest.raises(SettingError, match="width: expected at least 1"):
        with_setting(network(), "wrong")


def test_an_input_without_sizes_gets_some() -> None:
    book = Book("Network", "")
    book.root.input("x", "B, 4").output().wire("x > y")
    assert Resolver(with_values(book.document(), {"B": 7})).resolution.symbols == {"B": 7}
