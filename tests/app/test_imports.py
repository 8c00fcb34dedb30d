"""What is heavy is imported when it is needed, in a process that imports nothing else."""

import subprocess
import sys

import pytest

from tests.bench.start import first_picture


def test_the_first_picture_needs_no_compiler_and_no_images() -> None:
    # networkx is there: the design that is open from the start is ordered by it.
    late = set(first_picture()["late"])
    assert not late & {"numba", "pyqtgraph", "PIL", "torch"}, late


@pytest.mark.parametrize("name", ["app.cli", "app.commands"])
def test_the_command_line_needs_no_qt_and_no_compiler(name: str) -> None:
    heavy = ("PySide6", "numba", "pyqtgraph", "PIL", "pygments", "torch")
    script = f"import sys, {name}; print([heavy for heavy in {heavy} if heavy in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
