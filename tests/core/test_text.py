"""Texts, their placeholders and their translations."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.text import placeholders, set_language, tr

HOME = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language({})


def test_a_text_without_a_translation_is_itself() -> None:
    assert tr("Open a design") == "Open a design"


def test_values_are_put_in_after_the_translation() -> None:
    set_language({"Delete {name}": "刪除 {name}"})
    assert tr("Delete {name}", name="殘差塊") == "刪除 殘差塊"


def test_a_value_with_braces_is_not_read_as_a_placeholder() -> None:
    assert tr("Delete {name}", name="{x}") == "Delete {x}"


def test_a_text_without_values_keeps_its_braces() -> None:
    assert tr("a dict looks like {}") == "a dict looks like {}"


def test_a_translation_with_an_unknown_placeholder_is_refused() -> None:
    with pytest.raises(ValueError, match="wrong"):
        set_language({"Delete {name}": "Löschen {wrong}"})
    assert tr("Delete {name}", name="x") == "Delete x"


def sentences(path: Path) -> Iterator[tuple[int, str, set[str]]]:
    """What a source says: the line, the text, and the names of the values that it is given."""
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "tr":
            text = call.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield call.lineno, text.value, {keyword.arg or "" for keyword in call.keywords}


@pytest.mark.parametrize("package", ["app", "core", "ui"])
def test_every_sentence_is_given_the_values_that_it_names(package: str) -> None:
    found = [(path, *each) for path in sorted((HOME / package).rglob("*.py")) for each in sentences(path)]
    assert found
    wrong = [
        f"{path.relative_to(HOME)}:{line}: {text}"
        for path, line, text, given in found
        if given and placeholders(text) != given
    ]
    assert not wrong
