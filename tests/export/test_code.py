"""A design as code: golden files, layout, the map of lines, and designs with problems."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.export import ExportError, check_exportable, export_code
from core.expression import parse
from core.layers import LAYERS
from core.program import Program
from core.record import Module, ModuleArgument
from core.templates import Template, templates
from tests.export.networks import NETWORKS, Drawing, mlp, one_layer, program_of, residual_cnn
from tests.export.random_networks import random_network
from tests.frameworks import entries

GOLDEN = Path(__file__).parent / "golden"
PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)


def code_of(program: Program) -> str:
    """The code, which must compile and be as black formats it."""
    text = export_code(program, "pytorch").text
    compile(text, "exported.py", "exec")
    if find_spec("black") is None:
        return text
    black = import_module("black")
    assert black.format_str(text, mode=black.Mode()) == text
    return text


@pytest.mark.parametrize("name", NETWORKS)
def test_code_is_as_it_was_approved(name: str) -> None:
    assert code_of(NETWORKS[name]().program()) == (GOLDEN / f"{name}.py.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_every_template_is_formatted_code(template: Template) -> None:
    program = program_of(template.document())
    check_exportable(program)
    code_of(program)


@pytest.mark.parametrize("name", entries.NAMES)
def test_every_module_of_the_library_is_formatted_code(name: str) -> None:
    code_of(entries.small_entry(name))


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_is_formatted_code_from_its_spelling_and_from_its_primitives(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code_of(one_layer(kind).program())
    monkeypatch.setattr(LAYERS[kind], "pytorch", lambda self, *inputs: None)
    assert f"class {kind}(nn.Module):" in code_of(one_layer(kind).program())


@pytest.mark.parametrize("name", NETWORKS)
def test_code_imports_only_what_it_uses_and_never_this_program(name: str) -> None:
    tree = ast.parse(code_of(NETWORKS[name]().program()))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= used
    assert imported <= {"math", "torch", "F", "nn"}


def test_what_nothing_calls_is_not_printed() -> None:
    drawing = mlp()
    drawing.module("left over")
    drawing.node("x", "Input")
    drawing.node("y", "Output")
    drawing.wire("x", "y")
    assert "LeftOver" not in code_of(drawing.program())


def test_each_line_leads_to_its_nodes_and_back() -> None:
    written = export_code(residual_cnn().program(), "pytorch")
    lines = written.text.splitlines()
    conv1 = written.places("residual block/conv1")
    assert [lines[number - 1].strip() for number in conv1] == [
        "self.conv1 = nn.Conv2d(",
        "in_channels, width, 3, stride=stride, padding=1, bias=False",
        ")",
        "h = F.relu(self.bn1(self.conv1(x)))",
    ]
    assert all(("block 1", "residual block/conv1") in written.lines[number] for number in conv1)
    (fused,) = (n for n, line in enumerate(lines, 1) if "F.relu(self.bn1(self.conv1(x)))" in line)
    assert written.lines[fused] == (
        ("block 1", "residual block/conv1"),
        ("block 1", "residual block/bn1"),
        ("block 1", "residual block/relu1"),
    )
    (block2,) = written.places("block 2")
    assert lines[block2 - 1].strip().startswith("ResidualBlock(4, width=8, stride=2),")


def test_the_root_s_function_never_takes_the_name_of_a_class() -> None:
    drawing = Drawing("網絡")
    drawing.module("網絡 ")
    drawing.node("x", "Input")
    drawing.node("fc", "Linear", out_features=3)
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 4")
    drawing.node("block", "@網絡 ")
    drawing.node("y", "Output")
    drawing.chain("x", "block", "y")
    text = code_of(drawing.program())
    assert "class 網絡(nn.Module):" in text
    assert "def 網絡2():" in text and "    return 網絡(4)" in text


def test_inferred_sizes_are_passed_by_the_caller_in_the_order_of_the_axes() -> None:
    drawing = Drawing("head")
    drawing.module("flat head")
    drawing.node("x", "Input")
    drawing.node("flatten", "Flatten")
    drawing.node("fc", "Linear", out_features=7)
    drawing.node("y", "Output")
    drawing.chain("x", "flatten", "fc", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 2, 5, 6")
    drawing.node("head", "@flat head")
    drawing.node("y", "Output")
    drawing.chain("x", "head", "y")
    text = code_of(drawing.program())
    assert "def __init__(self, channels, h, w):" in text
    assert "return FlatHead(2, 5, 6)" in text


def test_a_module_called_with_inputs_of_other_ranks_gets_a_class_for_each() -> None:
    text = code_of(two_ranks().program())
    assert "class Block(nn.Module):" in text and "class Block2(nn.Module):" in text


def two_ranks() -> Drawing:
    """One block on a sequence, then on what is left after flattening."""
    drawing = Drawing("ranks")
    drawing.module("block", width=3)
    drawing.node("x", "Input")
    drawing.node("fc", "Linear", out_features=parse("width"))
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 2, 5")
    drawing.node("first", "@block")
    drawing.node("flatten", "Flatten")
    drawing.node("second", "@block", width=7)
    drawing.node("y", "Output")
    drawing.chain("x", "first", "flatten", "second", "y")
    return drawing


def test_the_root_s_arguments_and_sizes_have_defaults() -> None:
    drawing = Drawing("root")
    drawing.records[0] = Module(id="main", name="root", arguments=(ModuleArgument(name="width", default=16),))
    drawing.node("x", "Input", shape="B, T, 8", sizes="T=5")
    drawing.node("fc", "Linear", out_features=parse("4 * width"))
    drawing.node("norm", "LayerNorm", normalized_axes=2)
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "norm", "y")
    text = code_of(drawing.program())
    assert "def __init__(self, t=5, width=16):" in text
    assert "nn.LayerNorm((t, 4 * width))" in text


def test_arguments_that_forward_reads_are_kept() -> None:
    drawing = Drawing("kept")
    drawing.records[0] = Module(id="main", name="kept", arguments=(ModuleArgument(name="steps", default=2),))
    drawing.node("x", "Input", shape="B, 9")
    drawing.node("part", "Slice", dim=1, start=0, end=parse("steps"))
    drawing.node("y", "Output")
    drawing.chain("x", "part", "y")
    text = code_of(drawing.program())
    assert "self.steps = steps" in text
    assert "return x[:, : self.steps]" in text


def test_a_module_without_inputs_is_called_once_however_often_it_is_read() -> None:
    drawing = Drawing("sources")
    drawing.module("noise")
    drawing.node("constant", "Constant", shape="4", initial="normal")
    drawing.node("dropout", "Dropout")
    drawing.node("y", "Output")
    drawing.node("z", "Output", order=1)
    drawing.chain("constant", "dropout", "y")
    drawing.wire("constant", "z")
    drawing.main()
    drawing.node("x", "Input", shape="B, 4")
    drawing.node("drawn", "@noise")
    drawing.node("product", "Multiply")
    for source, port in (("x", "x1"), ("drawn.y", "x2"), ("drawn.y", "x3"), ("drawn.z", "x4")):
        drawing.wire(source, f"product.{port}")
    drawing.node("y", "Output")
    drawing.wire("product", "y")
    text = code_of(drawing.program())
    assert "y, z = self.drawn()" in text and "return x * y * y * z" in text


def function(drawing: Drawing, name: str) -> list[str]:
    """The statements of the class's forward, without what they say of shapes."""
    tree = ast.parse(code_of(drawing.program()))
    (made,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    (forward,) = (one for one in made.body if isinstance(one, ast.FunctionDef) and one.name == "forward")
    return [ast.unparse(line) for line in forward.body]


def test_a_value_is_called_as_its_layer_where_it_meets_others_and_keeps_that_name() -> None:
    drawing = Drawing("siamese")
    drawing.node("left", "Input", shape="B, 5")
    drawing.node("right", "Input", shape="B, 5", order=1)
    for side in ("left", "right"):
        drawing.node(f"{side} code", "Linear", out_features=4)
        drawing.wire(side, f"{side} code")
    drawing.node("difference", "Subtract")
    drawing.wire("left code", "difference.a")
    drawing.wire("right code", "difference.b")
    drawing.node("conv 3", "Linear", out_features=4)
    drawing.node("y", "Output")
    drawing.chain("difference", "conv 3", "y")
    assert function(drawing, "Siamese") == [
        "left_code = self.left_code(left)",
        "right_code = self.right_code(right)",
        "x = left_code - right_code",
        "return self.conv3(x)",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("query", "query"), ("v", "v"), ("bn 2", "x"), ("linear", "x"), ("Linear_3", "x"), ("lin1", "x")],
)
def test_a_name_that_speaks_of_the_layer_alone_is_not_the_value_s(name: str, value: str) -> None:
    drawing = Drawing("products")
    drawing.node("x", "Input", shape="B, 5")
    drawing.node("other one", "Linear", out_features=4)
    drawing.node(name, "Linear", out_features=4)
    drawing.node("product", "Multiply")
    drawing.node("y", "Output")
    for place, part in enumerate(("other one", name), 1):
        drawing.wire("x", part)
        drawing.wire(part, f"product.x{place}")
    drawing.wire("product", "y")
    assert function(drawing, "Products")[-1] == f"return other_one * {value}"


def test_an_output_may_be_called_loss_or_weights() -> None:
    drawing = Drawing("losses")
    drawing.node("x", "Input", shape="B, 5")
    drawing.node("fc", "Linear", out_features=4)
    for order, name in enumerate(("loss", "weights", "input")):
        drawing.node(name, "Output", order=order)
        drawing.node(f"{name} of it", "Tanh")
        drawing.chain("fc", f"{name} of it", name)
    drawing.wire("x", "fc")
    text = code_of(drawing.program())
    assert "return loss, weights, input_" in text
    assert "    loss, weights, input_ = model(x)\n    print(loss.shape)\n" in text


def test_a_convolution_its_norm_and_its_activation_share_a_line_unless_it_is_read_twice() -> None:
    drawing = Drawing("lines")
    drawing.node("x", "Input", shape="B, 3, 8, 8")
    drawing.node("conv", "Conv2d", out_channels=3, kernel_size=1)
    drawing.node("bn", "BatchNorm2d")
    drawing.node("relu", "ReLU")
    drawing.node("conv2", "Conv2d", out_channels=3, kernel_size=1)
    drawing.node("bn2", "BatchNorm2d")
    drawing.node("add", "Add")
    drawing.node("y", "Output")
    drawing.chain("x", "conv", "bn", "relu", "conv2", "bn2", "add.x1", "y")
    drawing.wire("conv2", "add.x2")
    assert function(drawing, "Lines") == [
        "x = F.relu(self.bn(self.conv(x)))",
        "x = self.conv2(x)",
        "h = self.bn2(x)",
        "return h + x",
    ]


def test_an_argument_s_expression_reads_the_same_in_the_next_layer() -> None:
    drawing = Drawing("words")
    drawing.records[0] = Module(id="main", name="words", arguments=(ModuleArgument(name="width", default=3),))
    drawing.node("x", "Input", shape="B, 5")
    drawing.node("wide", "Linear", out_features=parse("width * 4 + 1"))
    drawing.node("norm", "LayerNorm")
    drawing.node("y", "Output")
    drawing.chain("x", "wide", "norm", "y")
    text = code_of(drawing.program())
    assert "nn.Linear(5, width * 4 + 1)" in text and "nn.LayerNorm(width * 4 + 1)" in text


# Problems


def broken() -> Drawing:
    drawing = Drawing("broken")
    drawing.node("x", "Input", shape="B, 20")
    drawing.node("fc", "Linear", out_features=3)
    drawing.node("conv", "Conv2d", out_channels=3, kernel_size=3)
    drawing.node("relu", "ReLU")
    drawing.node("lost", "Linear", out_features=3)
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "conv", "relu", "y")
    return drawing


def test_problems_are_comments_at_the_top_and_at_their_place() -> None:
    written = export_code(broken().program(), "pytorch")
    compile(written.text, "broken.py", "exec")
    lines = written.text.splitlines()
    assert lines[0] == "# 2 problems to mend before this is the whole network:"
    assert lines[1] == "# - conv: Conv2d expects B×C×H×W, got B×3"
    assert "        # conv: Conv2d expects B×C×H×W, got B×3" in lines
    assert "        # relu: waits for what is missing before it" in lines
    assert "        self.fc = nn.Linear(20, 3)" in lines
    assert written.lines[2] == (("conv",),)


@pytest.mark.parametrize("nodes", [[], ["x"], ["y"]])
def test_a_design_that_has_hardly_begun_compiles(nodes: list[str]) -> None:
    drawing = Drawing("begun")
    for node in nodes:
        drawing.node(node, "Input" if node == "x" else "Output")
    compile(export_code(drawing.program(), "pytorch").text, "begun.py", "exec")


def test_what_follows_a_broken_call_waits_even_where_its_type_is_known() -> None:
    drawing = Drawing("half")
    drawing.module("block")
    drawing.node("x", "Input")
    drawing.node("constant", "Constant", shape="3, 4")
    drawing.node("y", "Output")
    drawing.wire("constant", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 2")
    drawing.node("flat", "Conv2d", out_channels=2, kernel_size=3)
    drawing.node("b", "@block")
    drawing.node("relu", "ReLU")
    drawing.node("y", "Output")
    drawing.chain("x", "flat", "b", "relu", "y")
    text = export_code(drawing.program(), "pytorch").text
    compile(text, "half.py", "exec")
    assert "# relu: waits for what is missing before it" in text


def test_a_module_that_takes_a_scalar_is_code() -> None:
    drawing = Drawing("scalar")
    drawing.module("block")
    drawing.node("x", "Input")
    drawing.node("tanh", "Tanh")
    drawing.node("y", "Output")
    drawing.chain("x", "tanh", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 2")
    drawing.node("mean", "Mean")
    drawing.node("b", "@block")
    drawing.node("y", "Output")
    drawing.chain("x", "mean", "b", "y")
    assert "return torch.tanh(x)  # scalar" in code_of(drawing.program())


def test_a_module_that_is_being_drawn_is_shown() -> None:
    drawing = Drawing("inside")
    drawing.module("block")
    drawing.node("x", "Input")
    drawing.node("fc", "Linear", out_features=3)
    drawing.node("y", "Output")
    drawing.wire("x", "fc")
    drawing.main()
    drawing.node("x", "Input", shape="B, 2")
    drawing.node("b", "@block")
    drawing.node("y", "Output")
    drawing.chain("x", "b", "y")
    text = export_code(drawing.program(), "pytorch").text
    compile(text, "inside.py", "exec")
    assert "self.fc = nn.Linear(in_features, 3)" in text
    assert "# - b.y: nothing is connected to y" in text


def test_exporting_a_design_with_problems_is_refused_with_the_first_and_their_number() -> None:
    with pytest.raises(ExportError) as caught:
        check_exportable(broken().program())
    assert caught.value.message == "conv: Conv2d expects B×C×H×W, got B×3 (and 1 more)"
    assert caught.value.path == ("conv",)


def test_an_unknown_target_is_refused_with_those_there_are() -> None:
    with pytest.raises(ExportError, match="there is no export to caffe; there is: pytorch"):
        export_code(mlp().program(), "caffe")


@pytest.mark.parametrize("seed", range(60))
def test_random_designs_are_formatted_code(seed: int) -> None:
    program = random_network(seed).program()
    check_exportable(program)
    code_of(program)
