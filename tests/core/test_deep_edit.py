"""One block's edit reaches all of its fifty calls in a network of 152 layers, and undo takes it back."""

from core import edits
from core.document import Change, Document
from core.export.code import export_code
from core.expression import parse
from core.files import dumps
from core.program import build_program
from core.record import Node
from core.resolve import Resolver
from tests.templates.resnet import bottleneck, resnet


def deep() -> Document:
    return resnet("ResNet-152", [3, 8, 36, 3], bottleneck).document()


def narrowing(document: Document) -> Node:
    """The first convolution of the block."""
    nodes = [record for record in document.records.values() if isinstance(record, Node)]
    return next(node for node in nodes if node.name == "conv1" and node.module != "main")


def test_the_published_number_of_parameters_stands_in_at_most_a_hundred_records() -> None:
    document = deep()
    assert len(document.records) <= 100
    assert Resolver(document).resolution.root.parameters == 60_192_808  # torchvision's resnet152


def test_an_edit_in_the_block_changes_every_call_and_undo_gives_the_file_back() -> None:
    document = deep()
    resolver = Resolver(document)
    changes: list[Change] = []
    document.subscribe(changes.append)
    before = dumps(document)
    edits.set_argument(document, narrowing(document).id, "out_channels", parse("width + 1"))
    resolver.update(changes[-1])
    # A channel more between the two convolutions of each block: 1×1 kernels from the block's input, a norm's
    # two numbers, and 3×3 kernels to the width.
    more = 0
    into = 64
    for depth, width in zip((3, 8, 36, 3), (64, 128, 256, 512), strict=True):
        for _ in range(depth):
            more += into + 2 + 9 * width
            into = 4 * width
    assert resolver.resolution.root.parameters == 60_192_808 + more
    assert "nn.Conv2d(in_channels, width + 1, 1, bias=False)" in (
        export_code(build_program(document, resolver), "pytorch").text
    )
    document.undo()
    resolver.update(changes[-1])
    assert dumps(document) == before
    assert resolver.resolution.root.parameters == 60_192_808


def test_depths_alone_make_it_another_network() -> None:
    for depths, count in (([3, 4, 6, 3], 25_557_032), ([3, 4, 23, 3], 44_549_160)):
        document = resnet("ResNet", depths, bottleneck).document()
        assert Resolver(document).resolution.root.parameters == count  # torchvision's resnet50 and resnet101
