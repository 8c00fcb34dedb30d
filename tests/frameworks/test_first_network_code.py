"""The code that is copied from the window runs as it stands."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("PySide6")

from tests.ui import first_network
from tests.ui.conftest import OpenDesk, open_desk
from tests.ui.person import Person
from ui.canvas.accessible import install

__all__ = ["open_desk"]


@pytest.mark.parametrize(("draw", "calls"), [(first_network.draw, 1), (first_network.draw_twice, 2)])
def test_the_copied_file_prints_the_shape_of_each_output(
    draw: first_network.Draw, calls: int, open_desk: OpenDesk, tmp_path: Path
) -> None:
    install()
    handle = open_desk("").window.windowHandle()
    assert handle is not None
    person = Person(handle)
    draw(person)
    file = tmp_path / "network.py"
    file.write_text(first_network.copy(person), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120)
    assert done.stdout == "torch.Size([2, 10])\n" * calls, done.stderr
