"""Texts, their placeholders and their translations."""

from collections.abc import Iterator

import pytest

from core.text import set_language, tr


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
