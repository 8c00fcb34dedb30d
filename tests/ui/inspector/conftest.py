"""Windows with the inspector's designs."""

import pytest

from tests.structures import mixed
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.test_structures import with_design

from .designs import every_kind, halved, two_ways


@pytest.fixture
def kinds(open_desk: OpenDesk) -> Desk:
    """A window with an argument of every kind."""
    return with_design(open_desk, every_kind())


@pytest.fixture
def mix(open_desk: OpenDesk) -> Desk:
    """A window with one of every structure."""
    return with_design(open_desk, mixed())


@pytest.fixture
def loop(open_desk: OpenDesk) -> Desk:
    """A window with a loop."""
    return with_design(open_desk, halved())


@pytest.fixture
def ways(open_desk: OpenDesk) -> Desk:
    """A window with a module of two outputs."""
    return with_design(open_desk, two_ways())
