"""A file is read strictly, written whole, and what it cannot be is said in one sentence."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core import edits
from core.document import Document
from core.expression import parse
from core.files import FileError, dumps, load, loads, save
from core.record import ROOT, Module, Node, Wire


def design() -> Document:
    document = edits.new_document()
    edits.add_node(document, ROOT, "Linear", (10, 20), "全連接", {"out_features": parse("4 * width")})
    return document


def changed(old: str, new: str) -> bytes:
    text = dumps(design()).decode()
    assert old in text
    return text.replace(old, new).encode()


def test_moving_a_node_changes_one_line() -> None:
    document = design()
    before = dumps(document).decode().splitlines()
    edits.move(document, {document.nodes(ROOT)[-1].id: (11, 20)})
    after = dumps(document).decode().splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert before[-1] == after[-1] == '{"record": "end"}]}'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is cut off"),
        (dumps(design())[:-20], "the file is cut off"),
        (b"PK\x03\x04", "this is not JSON"),
        (b"\xff\xfe\x00", "this is not JSON"),
        (b"[" * 100_000, "this is not a text that a design could be"),
        (b"[1, 2]", "this is not a Layerloom design"),
        (b'{"layerloom": [1, 0], "records": 3}', "records: expected a list of records"),
        (b'{"layerloom": [1, 0], "records": [{"record": "end"}]}', "there is no module main"),
        (changed("[1, 0]", "[2, 0]"), "the file is of version 2.0, this program reads 1.x"),
        (changed("[1, 0]", '"1"'), "layerloom: expected a version"),
        (changed('"name":"Network"', '"name":7'), r"records\[0\].name: expected str, got int"),
        (changed('"kind":"Linear"', '"kind":null'), "kind: expected str, got null"),
        (changed("[10.0,20.0]", "[1e300,0.0]"), "at: expected numbers within the canvas"),
        (changed("[10.0,20.0]", "[NaN,0.0]"), "this is not JSON"),
        (changed("[10.0,20.0]", "[1.0]"), "at: expected array of length 2, got 1"),
        (changed("4 * width", "__import__('os')"), "arguments.out_features: "),
        (changed("4 * width", "4 *"), "arguments.out_features: "),
        (changed('{"expression":"4 * width"}', "[1, 2.5]"), "expected a whole number, got 2.5"),
        (changed('{"expression":"4 * width"}', '{"run":"x"}'), "expected a value or an expression"),
        (changed('{"expression":"4 * width"}', "null"), "expected a value, got None"),
    ],
)
def test_what_is_no_design_is_refused_with_its_place(data: bytes, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        loads(data)


def test_an_id_that_stands_twice_is_refused() -> None:
    lines = dumps(design()).decode().splitlines()
    doubled = "\n".join([*lines[:2], lines[1], *lines[2:]]).encode()
    with pytest.raises(FileError, match="stands twice"):
        loads(doubled)


def test_a_node_of_no_module_is_refused() -> None:
    lines = dumps(design()).decode().splitlines()
    node = json.loads(lines[2].rstrip(","))
    lines[2] = json.dumps({**node, "module": "nowhere"}) + ","
    with pytest.raises(FileError, match="there is no module 'nowhere'"):
        loads("\n".join(lines).encode())


def test_damage_that_the_document_can_represent_is_read() -> None:
    document = Document(
        [
            Module(id=ROOT, name="N"),
            Node(id="a", module=ROOT, kind="Vanished", name="a", arguments={"n": 10**9, "e": float("nan")}),
            Node(id="b", module=ROOT, kind="@main", name="b"),
            Wire(id="w", module=ROOT, source="a", source_port="y", target="gone", target_port="x"),
            Wire(id="v", module=ROOT, source="b", source_port="y", target="b", target_port="x"),
        ]
    )
    loaded = loads(dumps(document))
    assert dumps(loaded) == dumps(document)
    assert loaded.node("a").arguments["n"] == 10**9


def test_fields_and_records_of_a_newer_minor_version_are_carried_along() -> None:
    text = changed("[1, 0]", "[1, 9]").decode()
    text = text.replace('"kind":"Linear"', '"kind":"Linear","colour":"red"')
    text = text.replace('{"record": "end"}', '{"record":"frame","id":"f1","title":"t"},\n{"record": "end"}')
    loaded = loads(text.encode())
    again = dumps(loaded).decode()
    assert '"colour":"red"' in again
    assert '"title":"t"' in again
    assert dumps(loads(again.encode())) == again.encode()


def test_saving_keeps_the_old_file_as_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "網路.loom"
    document = design()
    save(document, path)
    first = path.read_bytes()
    edits.add_node(document, ROOT, "ReLU", (0, 0))
    save(document, path)
    assert load(path).records == document.records
    assert path.with_name("網路.loom~").read_bytes() == first
    assert sorted(file.name for file in tmp_path.iterdir()) == ["網路.loom", "網路.loom~"]


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.loom"
    save(design(), path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"cannot write .*a.loom: No space left on device"):
        save(edits.new_document(), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.loom"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot write .*: No such file or directory"):
        save(design(), tmp_path / "none" / "a.loom")
    with pytest.raises(FileError, match=r"cannot read .*: No such file or directory"):
        load(tmp_path / "none.loom")


def test_a_link_stays_a_link_and_leads_to_what_was_saved(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path, link = tmp_path / "folder" / "a.loom", tmp_path / "link.loom"
    save(design(), path)
    link.symlink_to(path)
    document = edits.new_document()
    save(document, link)
    assert link.is_symlink()
    assert path.read_bytes() == dumps(document)


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.loom").symlink_to(tmp_path / "b.loom")
    (tmp_path / "b.loom").symlink_to(tmp_path / "a.loom")
    with pytest.raises(FileError, match="cannot read"):
        load(tmp_path / "a.loom")
    with pytest.raises(FileError, match="cannot write"):
        save(design(), tmp_path / "a.loom")


def test_a_read_only_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    save(design(), path)
    before = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(FileError, match=r"a\.loom: it is read-only"):
        save(edits.new_document(), path)
    assert path.read_bytes() == before


def test_the_users_mask_and_a_files_own_rights_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    mask = os.umask(0o077)
    try:
        save(design(), path)
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    save(design(), path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_and_a_pipe_are_no_designs(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Is a directory"):
        load(tmp_path)
    with pytest.raises(FileError, match="Is a directory"):
        save(design(), tmp_path)
    os.mkfifo(tmp_path / "pipe.loom")
    with pytest.raises(FileError, match="is a pipe or a device"):
        load(tmp_path / "pipe.loom")


def test_a_name_as_long_as_the_system_takes_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / ("網" * 82 + ".loom")  # 251 bytes, 255 are the most
    save(design(), path)
    save(design(), path)
    assert load(path).records


def test_two_who_save_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.loom"
    documents = [design() for _ in range(4)]

    def save_often(document: Document) -> None:
        for _ in range(10):
            save(document, path)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save_often, documents))
    whole = {dumps(document) for document in documents}
    assert path.read_bytes() in whole and path.with_name("a.loom~").read_bytes() in whole
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"record": []}, "expected a record with its kind and id"),
        ({"record": None, "id": "a"}, "expected a record with its kind and id"),
        ({"record": "module", "id": "m", "name": "M", "arguments": 3}, "arguments: expected a list"),
        (
            {"record": "module", "id": "m", "name": "M", "arguments": [3]},
            r"arguments\[0\]: expected an argument",
        ),
        (
            {"record": "module", "id": "m", "name": "M", "arguments": [{"name": "n"}]},
            r"arguments\[0\]: .*default",
        ),
        ({"record": "node", "id": "", "module": "main", "kind": "ReLU", "name": "r"}, "the id is empty"),
        (
            {"record": "node", "id": "n", "module": "main", "kind": "ReLU", "name": "r", "arguments": []},
            "by name",
        ),
    ],
)
def test_a_record_of_a_wrong_form_is_refused_with_its_place(line: object, sentence: str) -> None:
    text = dumps(edits.new_document()).decode()
    with pytest.raises(FileError, match=sentence) as refused:
        loads(text.replace('{"record": "end"}', json.dumps(line) + ',\n{"record": "end"}').encode())
    assert str(refused.value).startswith("records[4]")


def test_what_a_newer_version_says_of_an_argument_is_carried_along() -> None:
    argument = {"name": "mode", "default": "a", "choices": ["a", "b"]}
    line = {
        "record": "module",
        "id": "m",
        "name": "M",
        "arguments": [argument, {"name": "f", "default": {"float": "inf"}}],
    }
    text = dumps(edits.new_document()).decode()
    data = text.replace('{"record": "end"}', json.dumps(line) + ',\n{"record": "end"}').encode()
    document = loads(data)
    assert document.module("m").arguments[1].default == float("inf")
    again = json.loads(dumps(document))["records"]
    assert line in again
    assert dumps(loads(dumps(document))) == dumps(document)
