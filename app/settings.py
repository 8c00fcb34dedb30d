"""What the program remembers between starts: one value, one JSON file in the user's configuration folder."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal as OneOf

import msgspec
import platformdirs
from msgspec import Struct

from core.text import tr

RECENT_FILES = 12
"""How many designs the list of recent ones holds."""

PROGRAM = "layerloom"


class Window(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The window's place in screen pixels, and Qt's own note of docks and tool bars, in base64."""

    left: int | None = None
    top: int | None = None
    width: int = 1400
    height: int = 850
    maximised: bool = False
    docks: str = ""
    minimap: bool = False
    target: str = ""


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that is remembered. An empty folder stands for the platform's own."""

    theme: OneOf["system", "light", "dark", "contrast"] = "system"
    language: str = "en"
    recent: tuple[str, ...] = ()
    window: Window = Window()
    data_folder: str = ""
    autosave_folder: str = ""
    exact: bool = False

    def with_recent(self, path: Path) -> "Settings":
        """The same with a design at the head of the recent ones."""
        opened = str(path.absolute())
        others = (known for known in self.recent if known != opened)
        return msgspec.structs.replace(self, recent=(opened, *others)[:RECENT_FILES])

    def without_recent(self, path: Path) -> "Settings":
        """The same without a design that is gone."""
        gone = str(path.absolute())
        return msgspec.structs.replace(self, recent=tuple(known for known in self.recent if known != gone))

    @property
    def data(self) -> Path:
        """Where the user's samples and modules are kept."""
        return Path(self.data_folder or platformdirs.user_data_dir(PROGRAM, appauthor=False))

    @property
    def autosave(self) -> Path:
        """Where journals are kept from which unsaved work is recovered."""
        return (
            Path(self.autosave_folder or platformdirs.user_state_dir(PROGRAM, appauthor=False)) / "recovery"
        )


@dataclass(frozen=True)
class Loaded:
    """Settings, and a sentence where the file could not be used."""

    settings: Settings
    warning: str = ""


def settings_path() -> Path:
    """The file of the user who runs the program."""
    return Path(platformdirs.user_config_dir(PROGRAM, appauthor=False)) / "settings.json"


def trust_path() -> Path:
    """The list of Python files that the user trusts, beside the settings."""
    return settings_path().with_name("trusted.json")


def load_settings(path: Path | None = None) -> Loaded:
    """What was saved; the defaults where nothing was, and with a warning where it is damaged."""
    file = path or settings_path()
    try:
        return Loaded(msgspec.json.decode(file.read_bytes(), type=Settings))
    except FileNotFoundError:
        return Loaded(Settings())
    except OSError as error:
        reason = error.strerror or str(error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error)
    return Loaded(
        Settings(),
        tr(
            "the settings in {file} could not be read, so the defaults are used: {reason}",
            file=file,
            reason=reason,
        ),
    )


def save_settings(settings: Settings, path: Path | None = None) -> str:
    """Write the settings in one step; gives back why where that was not possible, else an empty text."""
    file = path or settings_path()
    text = msgspec.json.format(msgspec.json.encode(settings), indent=2)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file, text)
    except OSError as error:
        reason = error.strerror or str(error)
        return tr("the settings could not be saved in {file}: {reason}", file=file, reason=reason)
    return ""


def _replace(file: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    written = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        written.replace(file)
    except OSError:
        written.unlink(missing_ok=True)
        raise
