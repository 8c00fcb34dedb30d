"""Every sentence that is shown passes `tr`: the sources are read for those that do not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(file for folder in ("ui", "app", "core") for file in (ROOT / folder).rglob("*.py"))

FIRST = (0,)
SECOND = (1,)
SINKS: dict[str, tuple[int, ...]] = {
    # What Qt shows.
    **dict.fromkeys(
        ("QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QDockWidget"), FIRST
    ),
    **dict.fromkeys(("QAction", "QMenu", "QToolButton"), (0, 1)),
    **dict.fromkeys(("setText", "setToolTip", "setStatusTip", "setWhatsThis", "setPlainText"), FIRST),
    **dict.fromkeys(("setWindowTitle", "setTitle", "setPlaceholderText", "setSuffix", "setPrefix"), FIRST),
    **dict.fromkeys(("setAccessibleName", "setAccessibleDescription", "setInformativeText"), FIRST),
    **dict.fromkeys(("addMenu", "addAction", "addTab", "addButton"), (0, 1)),
    "addItem": FIRST,
    **dict.fromkeys(("setTabText", "setAccessibleTabName", "setTabToolTip", "insertTab"), (1, 2)),
    **dict.fromkeys(("getOpenFileName", "getSaveFileName", "getExistingDirectory"), (1, 3)),
    **dict.fromkeys(("question", "warning", "information", "critical"), (1, 2)),
    # What the program's own parts show.
    **dict.fromkeys(("say", "_say", "tell", "ask", "refuse"), FIRST),
    **dict.fromkeys(("Action", "Row"), ()),
    # What is told of mistakes, and what edits are called.
    "edit": FIRST,
    **dict.fromkeys(("EditError", "FileError", "SampleError", "PlanError", "RunError", "ExportError"), FIRST),
    **dict.fromkeys(("WeightsError", "ExpressionError", "PictureError", "Fault", "Repair"), FIRST),
    **dict.fromkeys(("ArgumentError", "ShapeError", "Problem"), SECOND),
    # What the engine tells of a run.
    **dict.fromkeys(("RunFault", "NotCompiled", "KernelsMissing", "NotTrusted", "UserCodeError"), FIRST),
    **dict.fromkeys(("Failed", "Died", "skip", "setdefault", "check_fits"), SECOND),
}
"""Which arguments of what is called are shown."""

SHOWN_KEYWORDS = {"text", "detail", "hint", "title", "label", "help", "message"}

WORD = re.compile(r"[A-Za-z]{2,}")
NAMES = re.compile(r"Layerloom|PyTorch")
"""What is called the same in every language."""


def has_words(text: str) -> bool:
    """Whether there is something to translate."""
    return bool(WORD.search(NAMES.sub("", text)))


def literals(value: ast.expr) -> Iterator[ast.expr]:
    """The literal texts with words that an expression may be, past calls."""
    match value:
        case ast.Constant(value=str(text)):
            if has_words(text):
                yield value
        case ast.JoinedStr(values=parts):
            if any(isinstance(part, ast.Constant) and has_words(str(part.value)) for part in parts):
                yield value
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from literals(left)
            yield from literals(right)
        case ast.BoolOp(values=values):
            for each in values:
                yield from literals(each)


def name_of(call: ast.Call) -> str:
    """The name of what is called."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def shown_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that somebody reads."""
    places = SINKS.get(name_of(call))
    if places is None:
        return
    yield from (call.args[place] for place in places if place < len(call.args))
    yield from (keyword.value for keyword in call.keywords if keyword.arg in SHOWN_KEYWORDS)


def assigned(function: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a local name is set to."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in node.targets
        ):
            yield node.value


def untranslated(tree: ast.AST) -> Iterator[ast.expr]:
    """Texts that are shown without passing `tr`, given at once or by a local name."""
    seen: set[int] = set()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in (*functions, tree):
        for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
            for argument in shown_arguments(call):
                given = [argument]
                if isinstance(argument, ast.Name) and scope is not tree:
                    given += assigned(scope, argument.id)
                for text in (text for each in given for text in literals(each)):
                    if id(text) not in seen:
                        seen.add(id(text))
                        yield text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_what_is_shown_passes_tr(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [f"line {text.lineno}: {ast.unparse(text)}" for text in untranslated(tree)]
    assert not found


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('QLabel("Some words")', 1),
        ('QLabel(tr("Some words"))', 0),
        ('button.setText("Go" if x else tr("Stop"))', 1),
        ('raise EditError(f"there is no {name}")', 1),
        ('raise ArgumentError("name", tr("no"))', 0),
        ('def f():\n    text = f"{a} words"\n    return Problem((), text)', 1),
        ('Action(id="x", text="Words", menu="file")', 1),
        ('label.setText(f"{a} · {b}")', 0),
    ],
)
def test_the_reading_finds_what_it_should(source: str, count: int) -> None:
    assert len(list(untranslated(ast.parse(source)))) == count
