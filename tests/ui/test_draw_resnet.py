"""ResNet-50 drawn from one Bottleneck, by events on the window alone, and what its document is then."""

from pathlib import Path

from core.record import ROOT, Module, Node, Wire
from tests.ui import draw_chimera, draw_resnet, gestures
from tests.ui.conftest import OpenDesk
from tests.ui.person import somebody_before

MOST_RECORDS = 100


def test_resnet_is_drawn_from_one_bottleneck_and_made_deeper_by_typing(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    person = somebody_before(desk.window)
    code = draw_resnet.resnet(person)
    assert person.count <= draw_resnet.MOST
    records = list(desk.document.records.values())
    assert len(records) <= MOST_RECORDS
    assert all(isinstance(record, Module | Node | Wire) for record in records)
    assert desk.document.module(ROOT).arguments[0].default == (3, 8, 36, 3)
    assert not desk.window.editor.resolution.problems
    assert sorted(line for line in code.splitlines() if line.startswith("class ")) == [
        f"class {name}(nn.Module):" for name in ("Bottleneck", "Projection", "ResNet", "Stage")
    ]
    assert "depths=(3, 8, 36, 3), width=64, classes=1000" in code
    assert code.count("\n        for i") == 2


def test_the_scripts_know_nothing_of_the_core() -> None:
    for file in (draw_chimera.__file__, draw_resnet.__file__, str(gestures.__file__)):
        text = Path(file).read_text(encoding="utf-8")
        assert "core" not in text and "import ui" not in text and "from ui" not in text
