"""What the window remembers between starts, as it asks for it; where it is kept is the program's affair."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from core.trust import Trust


@dataclass(frozen=True)
class Place:
    """Where the window stood, in screen pixels, and Qt's note of its docks in base64."""

    left: int | None = None
    top: int | None = None
    width: int = 1400
    height: int = 850
    maximised: bool = False
    docks: str = ""
    minimap: bool = False
    target: str = ""
    """The framework whose code is shown; empty for the first."""


class Memory(Protocol):
    """What is remembered. A change is kept at once."""

    @property
    def theme(self) -> str:
        """The name of a theme, or `system`."""
        ...

    @theme.setter
    def theme(self, name: str) -> None: ...

    @property
    def place(self) -> Place:
        """Where the window stood."""
        ...

    @place.setter
    def place(self, place: Place) -> None: ...

    @property
    def exact(self) -> bool:
        """Whether convolutions are done without transforms."""
        ...

    @exact.setter
    def exact(self, exact: bool) -> None: ...

    @property
    def recent(self) -> tuple[str, ...]:
        """The designs that were opened last, the latest first."""
        ...

    @property
    def recovery(self) -> Path | None:
        """Where journals are kept, None for nowhere."""
        ...

    @property
    def library(self) -> Path | None:
        """Where the user's own modules are kept, None for nowhere."""
        ...

    @property
    def trust(self) -> Trust:
        """Which Python files of layers the user trusts."""
        ...

    def opened(self, file: Path) -> None:
        """Puts a design at the head of the recent ones."""
        ...

    def gone(self, file: Path) -> None:
        """Takes a design out of the recent ones."""
        ...


@dataclass
class Forgetful:
    """Remembers until the program ends."""

    theme: str = "light"
    place: Place = field(default_factory=Place)
    exact: bool = False
    recovery: Path | None = None
    library: Path | None = None
    recent: tuple[str, ...] = ()
    trust: Trust = field(default_factory=Trust)

    def opened(self, file: Path) -> None:
        """Puts a design at the head of the recent ones."""
        self.gone(file)
        self.recent = (str(file.absolute()), *self.recent)

    def gone(self, file: Path) -> None:
        """Takes a design out of the recent ones."""
        self.recent = tuple(known for known in self.recent if known != str(file.absolute()))
