"""The code of networks that were drawn by mouse and keys runs as it was copied, and has their parameters."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("PySide6")

from tests.ui import draw_chimera, draw_resnet
from tests.ui.conftest import OpenDesk, open_desk
from tests.ui.person import Person, somebody_before

__all__ = ["open_desk"]

COUNT = "\n    print(sum(parameter.numel() for parameter in model.parameters()))\n"
"""Behind the file's last line, which stands in the block of its `__main__`."""

LAYERS = ((20, 64), (64, 32), (32, 16), (16, 20), (20, 20))
"""Numbers in and out of the chimera's layers; the last one is used twice."""

RESNET_50 = 25_557_032
"""Parameters, as torchvision publishes them for its ResNet-50."""


@pytest.mark.parametrize(
    ("draw", "copy", "shape", "count"),
    [
        (draw_chimera.draw, draw_chimera.copy, "[]", sum((i + 1) * o for i, o in LAYERS)),
        (draw_resnet.draw, draw_resnet.copy, "[2, 1000]", RESNET_50),
    ],
    ids=["chimera", "resnet"],
)
def test_the_copied_file_prints_the_shape_and_has_the_parameters(
    draw: Callable[[Person], None],
    copy: Callable[[Person], str],
    shape: str,
    count: int,
    open_desk: OpenDesk,
    tmp_path: Path,
) -> None:
    person = somebody_before(open_desk("").window)
    draw(person)
    file = tmp_path / "network.py"
    file.write_text(copy(person).rstrip() + COUNT, encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120)
    assert done.stdout == f"torch.Size({shape})\n{count}\n", done.stderr
