"""Conditions that rules take for granted: each once, and of those about one size the one that asks most."""

from core.condition import agree, at_most, noting
from core.dim import symbol


def test_of_conditions_about_one_size_the_one_that_asks_most_is_noted() -> None:
    height, width = symbol("H") // 2, symbol("W") // 2
    with noting() as noted:
        assert at_most(2, height) and at_most(1, height) and at_most(3, height)
        assert at_most(1, width) and at_most(1, width)
    assert [str(condition) for condition in noted] == ["3 ≤ H//2", "1 ≤ W//2"]


def test_other_conditions_are_noted_each_once() -> None:
    height = symbol("H")
    with noting() as noted:
        assert agree(2 * (height // 2), height) and agree(2 * (height // 2), height)
        assert at_most(symbol("K"), height) and at_most(symbol("L"), height)
    assert len(noted) == 3
