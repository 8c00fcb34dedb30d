"""Colours that can be told apart, in every theme."""

import itertools

import pytest

from core.layers.layer import CATEGORIES
from ui.theme import GROUNDS, TEXTS, THEMES, Theme, contrast, mix

every_theme = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())


@every_theme
@pytest.mark.parametrize(("text", "ground"), list(itertools.product(TEXTS, GROUNDS)))
def test_words_can_be_read_on_every_ground(theme: Theme, text: str, ground: str) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5


@every_theme
@pytest.mark.parametrize("ground", ["accent", "accent_hover"])
def test_words_can_be_read_on_the_main_button(theme: Theme, ground: str) -> None:
    assert contrast(theme.on_accent, getattr(theme, ground)) >= 4.5


@every_theme
@pytest.mark.parametrize("category", [*CATEGORIES, "attention", "module"])
def test_a_category_can_be_seen_on_a_node(theme: Theme, category: str) -> None:
    assert category in theme.categories
    assert contrast(theme.category(category), theme.node) >= 3


@every_theme
@pytest.mark.parametrize("token", ["accent", "error", "ok"])
@pytest.mark.parametrize("ground", ["canvas", "panel", "node"])
def test_lines_that_mean_something_can_be_seen(theme: Theme, token: str, ground: str) -> None:
    assert contrast(getattr(theme, token), getattr(theme, ground)) >= 3


def test_high_contrast_is_above_seven_for_words() -> None:
    theme = THEMES["contrast"]
    assert min(contrast(theme.text, getattr(theme, ground)) for ground in GROUNDS) >= 7


def test_contrast_is_that_of_the_definition() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_a_mix_lies_between() -> None:
    assert mix("#000000", "#ffffff", 0.0) == "#000000"
    assert mix("#000000", "#ff8040", 0.5) == "#804020"
