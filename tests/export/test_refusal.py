"""What a target has no word for: helper classes and their nodes, and refusals that name every node."""

import pytest

from core.export import code as exports
from core.export.code import export_code, shown_code
from core.export.error import ExportError
from core.program import Program, build_program
from core.resolve import Resolver
from core.templates import template
from tests.export.targets import LACKING, add_targets


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    """A network with the layers that the other targets lack, inside modules and outside."""
    add_targets(monkeypatch)
    document = template("resnet-18").document()
    return build_program(document, Resolver(document))


def lacking(program: Program) -> set[str]:
    """The nodes of these layers."""
    entries = [entry for one in program.definitions.values() for entry in one.entries]
    return {entry.node.id for entry in entries if entry.node.kind in LACKING}


def test_pytorch_prints_none_of_it_as_a_helper(program: Program) -> None:
    assert lacking(program) and not export_code(program, "pytorch").helpers


def test_every_node_without_a_word_has_the_class_that_it_is_printed_as(program: Program) -> None:
    written = export_code(program, "keras")
    assert set(written.helpers) == lacking(program)
    lines = written.text.splitlines()
    for node, (name, line) in written.helpers.items():
        assert lines[line - 1].startswith(f"class {name}(")
        assert any(f"{name}(" in lines[place - 1] for place in written.places(node))
        assert node in written.helped_at(line + 1)


def test_every_module_has_the_line_where_its_class_begins(program: Program) -> None:
    for target in ("pytorch", "keras"):
        written = export_code(program, target)
        lines = written.text.splitlines()
        for module, line in written.classes.items():
            assert lines[line - 1].startswith(f"class {program.definitions[module].module.name}(")
        assert set(written.classes) == set(program.definitions)


def test_a_refusal_names_every_node_by_its_call(program: Program) -> None:
    with pytest.raises(ExportError) as refused:
        export_code(program, "gluon")
    assert refused.value.message.endswith(": there is no operation for it")
    shown = shown_code(program, "gluon")
    assert {one.path[-1] for one in shown.refused} == lacking(program)
    resolution = Resolver(template("resnet-18").document()).resolution
    assert all(resolution.node_call(one.path) is not None for one in shown.refused)
    assert all(line.startswith("# ") for line in shown.text.splitlines())
    for one in shown.refused:
        (line,) = shown.places(one.path[-1])
        assert one.message in shown.text.splitlines()[line - 1]


@pytest.mark.parametrize("name", ["resnet-18", "chimera", "gpt-2", "lstm-classifier"])
def test_the_path_of_every_line_leads_to_a_call(name: str) -> None:
    document = template(name).document()
    resolver = Resolver(document)
    written = export_code(build_program(document, resolver), "pytorch")
    paths = [path for paths in written.lines.values() for path in paths]
    assert paths and all(resolver.resolution.node_call(path) is not None for path in paths)


def test_the_targets_are_those_that_can_be_written() -> None:
    assert set(exports.FRAMEWORKS) <= set(exports.TARGETS)
