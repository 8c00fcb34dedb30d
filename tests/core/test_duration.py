"""How long something took, in the unit that fits."""

import pytest

from core.duration import spelt


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0000123, "0.012 ms"),
        (0.0042, "4.2 ms"),
        (0.09949, "99 ms"),
        (0.0996, "100 ms"),
        (0.34, "340 ms"),
        (0.99949, "999 ms"),
        (0.9996, "1.0 s"),
        (110.3793, "110.4 s"),
    ],
)
def test_from_a_second_on_time_is_in_seconds(seconds: float, text: str) -> None:
    assert spelt(seconds) == text
