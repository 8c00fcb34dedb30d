"""The listing of an ONNX model: a line for each node, which is found by its line."""

import pytest

from core.export import ExportError, export_code, shown_code
from core.export.code import Written
from core.export.onnx.build import build
from core.export.onnx.scope import Scope
from core.export.onnx.target import model_file
from core.program import Program
from tests.export.networks import NETWORKS, Drawing, program_of
from tests.export.structures import STRUCTURES


def line_of(written: Written, start: str) -> int:
    """The number of the only line that begins so."""
    lines = written.text.splitlines()
    (found,) = (n for n, line in enumerate(lines, 1) if line.strip().startswith(start))
    return found


def test_a_chain_reads_as_its_nodes_in_order() -> None:
    text = export_code(NETWORKS["mlp"]().program(), "onnx").text
    assert text == (
        '<ir_version: 10, opset_import: ["" : 21]>\n'
        "mlp (float[B, 20] x) => (float[B, 10] y)\n"
        "<\n"
        "    float[256, 20] hidden.weight,\n"
        "    float[256] hidden.bias,\n"
        "    float[10, 256] out.weight,\n"
        "    float[10] out.bias\n"
        ">\n"
        "{\n"
        "    hidden = Gemm <transB = 1> (x, hidden.weight, hidden.bias)\n"
        "    relu = Relu (hidden)\n"
        "    y = Gemm <transB = 1> (relu, out.weight, out.bias)\n"
        "}\n"
    )


def test_lines_and_nodes_find_each_other_in_functions_too() -> None:
    written = export_code(NETWORKS["mlp"]().program(), "onnx")
    assert written.places("relu") == (line_of(written, "relu ="),)
    inside = export_code(NETWORKS["mlp_class"]().program(), "onnx")
    (place,) = inside.places("MLP/relu")
    assert inside.lines[place] == (("first", "MLP/relu"),) and "Relu" in inside.text.splitlines()[place - 1]
    assert inside.places("second") == (line_of(inside, "y = mlp_class.MLP"),)


def test_a_loop_and_a_branch_show_what_stands_in_them() -> None:
    text = export_code(program_of(STRUCTURES["loops"]()), "onnx").text
    assert "= Loop (100, " in text and "        body = (int64 " in text
    assert text.index("then_branch = ") < text.index("else_branch = ")


def test_a_count_that_is_a_size_makes_it_a_number_and_says_so() -> None:
    program = program_of(STRUCTURES["as_many_as_a_size"]())
    text = export_code(program, "onnx").text
    assert text.startswith("# T = 3: an operator has to be told this size as a number\n")
    assert "(float[B, 3, 4] x)" in text and text.count("Transpose") == 3


def test_a_design_with_a_problem_says_it_first() -> None:
    drawing = Drawing("broken")
    drawing.node("x", "Input", shape="B, 3")
    drawing.node("conv", "Conv2d", out_channels=4)
    drawing.node("y", "Output")
    drawing.chain("x", "conv", "y")
    program = drawing.program()
    written = shown_code(program, "onnx")
    assert written.text.startswith("# 1 problem to mend")
    assert "# this design cannot be written exactly:\n# - y: nothing reaches this output\n" in written.text
    with pytest.raises(ExportError):
        model_file(program, {})


def two_heights() -> Program:
    """A module whose reshape needs a size that its input shows only as a part of another."""
    drawing = Drawing("sizes")
    drawing.module("halves")
    drawing.node("x", "Input")
    drawing.node("pool", "AvgPool2d", kernel_size=2)
    drawing.node("up", "Upsample", scale_factor=2)
    drawing.node("y", "Output")
    drawing.chain("x", "pool", "up", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 3, 2*H, 2*W", sizes="B=2, H=3, W=2")
    drawing.node("block", "@halves")
    drawing.node("y", "Output")
    drawing.chain("x", "block", "y")
    return drawing.program()


def test_a_size_that_a_module_s_input_shows_needs_no_further_input() -> None:
    model = build(two_heights())
    assert not model.fixed and [one.inputs for one in model.functions] == [("x",)]


def test_names_that_are_taken_get_a_number() -> None:
    scope = Scope(lambda size: size, taken={"fc.weight"})
    assert [scope.fresh(name) for name in ("a b", "a_b", "fc.weight")] == ["a_b", "a_b_2", "fc.weight_2"]
