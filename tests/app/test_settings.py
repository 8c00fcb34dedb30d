"""Settings come back as they were saved, and damage costs no more than the settings."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from app.settings import RECENT_FILES, Loaded, Settings, Window, load_settings, save_settings, settings_path


def test_nothing_saved_gives_the_defaults_without_a_word() -> None:
    assert load_settings() == Loaded(Settings())


def test_settings_come_back_as_they_were_saved() -> None:
    settings = Settings(
        theme="dark", language="zh", window=Window(left=-5, top=0, maximised=True)
    ).with_recent(Path("/designs/殘差塊.loom"))
    assert save_settings(settings) == ""
    assert load_settings() == Loaded(settings)
    assert [file.name for file in settings_path().parent.iterdir()] == ["settings.json"]


@given(st.binary(max_size=40))
def test_any_damage_gives_the_defaults_or_a_value_and_never_an_error(content: bytes) -> None:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    loaded = load_settings(path)
    assert loaded.warning or isinstance(loaded.settings, Settings)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"theme": "pink"}',
        b'{"recent": "a"}',
        b'{"window": {"width": "wide"}}',
    ],
)
def test_a_damaged_file_is_named_in_the_warning(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    assert str(path) in loaded.warning


def test_settings_of_a_newer_version_are_read_as_far_as_known(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(msgspec.json.encode({"theme": "dark", "hologram": True}))
    assert load_settings(path) == Loaded(Settings(theme="dark"))


def test_a_folder_in_the_way_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.mkdir()
    assert str(path) in save_settings(Settings(), path)
    assert str(path) in load_settings(path).warning
    assert list(tmp_path.iterdir()) == [path]


def test_a_design_opened_again_moves_to_the_head_of_the_recent_ones() -> None:
    settings = Settings()
    for name in ("a", "b", "a"):
        settings = settings.with_recent(Path("/d", name))
    assert settings.recent == ("/d/a", "/d/b")
    assert settings.without_recent(Path("/d/a")).recent == ("/d/b",)


def test_the_recent_ones_stay_few() -> None:
    settings = Settings()
    for number in range(2 * RECENT_FILES):
        settings = settings.with_recent(Path("/d", str(number)))
    assert len(settings.recent) == RECENT_FILES
    assert settings.recent[0] == f"/d/{2 * RECENT_FILES - 1}"


def test_folders_follow_the_platform_unless_set() -> None:
    assert Settings().autosave.name == "recovery"
    assert Settings(autosave_folder="/somewhere").autosave == Path("/somewhere/recovery")
    assert Settings(data_folder="/data").data == Path("/data")
