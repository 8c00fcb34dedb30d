"""What a killed process had open is offered again, to the last edit."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core import edits
from core.files import FileError, dumps, loads
from core.journal import Journal, recoverable
from core.platform import process_is, process_mark
from core.record import ROOT

CHILD = """
import sys
from pathlib import Path
from core import edits
from core.files import dumps
from core.journal import Journal
folder = Path(sys.argv[1])
document = edits.new_document()
journal = Journal(folder, document, folder / "a.loom")
edits.add_node(document, "main", "Linear", (1, 2), "線")
edits.add_node(document, "main", "ReLU", (3, 4))
document.undo()
print(dumps(document).hex(), flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_had_open_comes_back(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    assert child.stdin is not None and child.stdout is not None
    with child.stdin, child.stdout:
        data = bytes.fromhex(child.stdout.readline().strip())
        assert recoverable(tmp_path) == []
        child.send_signal(signal.SIGKILL)
        child.wait()
    [found] = recoverable(tmp_path)
    assert found.path == tmp_path / "a.loom"
    assert dumps(found.document()) == data
    found.discard()
    assert recoverable(tmp_path) == []


def test_a_last_line_that_was_cut_off_loses_only_itself(tmp_path: Path) -> None:
    document = edits.new_document()
    journal = Journal(tmp_path, document, None)
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    kept = dumps(document)
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    [file] = tmp_path.iterdir()
    text = file.read_text().replace(str(os.getpid()), "-1")
    journal.close()
    file.write_text(text[:-10])
    [found] = recoverable(tmp_path)
    assert dumps(found.document()) == kept


def test_a_journal_goes_when_the_design_is_closed(tmp_path: Path) -> None:
    document = edits.new_document()
    journal = Journal(tmp_path, document, None)
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    journal.sync()
    journal.close()
    assert list(tmp_path.iterdir()) == []
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_and_does_not_stop_the_edit(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    document = edits.new_document()
    journal = Journal(blocked / "journals", document, None)
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    assert "cannot be kept for recovery" in journal.problem
    journal.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "no journal at all\n\n",
        "[]\n3\n",
        '{"path": 3, "process": "one", "mark": null}\n"x"\n["a", {}]\n',
        '{"path": null, "process": -1, "mark": ""}\n3\n["a", {}]\n',
        "[" * 100_000,
    ],
)
def test_what_is_no_journal_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.journal").write_text(text)
    assert recoverable(tmp_path) == []


def test_a_journal_is_written_anew_when_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.journal.COMPACT_AFTER", 300)
    document = edits.new_document()
    journal = Journal(tmp_path, document, None)
    for _ in range(20):
        edits.add_node(document, ROOT, "ReLU", (0, 0))
    [file] = tmp_path.iterdir()
    assert file.read_text().count("\n") < 10
    assert loads(dumps(document)).records == document.records
    journal.close()


def dead(tmp_path: Path, *lines: str) -> Path:
    """A journal of a process that is gone, with these lines of changes."""
    head = '{"path": null, "process": -1, "mark": ""}'
    base = json.dumps(dumps(edits.new_document()).decode())
    file = tmp_path / "x.journal"
    file.write_text("\n".join([head, base, *lines, ""]))
    return file


@pytest.mark.parametrize("line", ["3", "null", "[1, 2]", '["a", 3]', "{}", '["a", {}, 1]'])
def test_a_tampered_line_ends_the_journal_there(tmp_path: Path, line: str) -> None:
    dead(tmp_path, '["Add", {}]', line, '["Add", {}]')
    [found] = recoverable(tmp_path)
    assert found.changes == 1
    assert found.document().records


@pytest.mark.parametrize(
    "diff", ['{"a": 3}', '{"a": {"record": "node"}}', '{"main": null}', '{"a": {"record": [], "id": "a"}}',
             '{"a": {"record": "node", "id": "a", "module": "gone", "kind": "ReLU", "name": "r"}}']
)  # fmt: skip
def test_a_change_that_is_none_is_refused_with_a_sentence(tmp_path: Path, diff: str) -> None:
    dead(tmp_path, f'["Add", {diff}]')
    [found] = recoverable(tmp_path)
    with pytest.raises(FileError):
        found.document()


def test_a_disk_that_was_full_for_a_while_loses_nothing(tmp_path: Path) -> None:
    document = edits.new_document()
    journal = Journal(tmp_path / "journals", document, None)
    stream = journal._stream
    assert stream is not None
    stream.close()
    journal._stream = Full()
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    assert "cannot be kept for recovery: No space left" in journal.problem
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    journal.sync()
    assert journal.problem == ""
    [file] = (tmp_path / "journals").iterdir()
    assert json.loads(file.read_text().split("\n")[1]) == dumps(document).decode()
    journal.close()


class Full(io.RawIOBase):
    """A file on a full disk that takes half of what is written."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return 3


def test_a_killed_process_that_nobody_waited_for_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = process_mark(child.pid)
    assert process_is(child.pid, mark)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process_is(child.pid, mark)
    child.communicate()
