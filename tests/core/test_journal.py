"""What a killed process had open is offered again, to the last edit."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core import edits
from core.files import dumps, loads
from core.journal import Journal, recoverable
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


@pytest.mark.parametrize("text", ["", "{}", "no journal at all\n\n", "[]\n3\n"])
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
