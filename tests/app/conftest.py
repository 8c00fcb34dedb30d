"""Commands do not compile kernels here: they use those that are there."""

import pytest

from app.commands import runs
from core.engine import warm


@pytest.fixture(autouse=True)
def nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test leaves no process behind that compiles for a minute."""
    monkeypatch.setattr(runs, "compiled_meanwhile", warm.take)
