"""The window's memory, kept in the settings."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from core.trust import Trust
from ui.memory import Place

from .settings import Settings, Window, save_settings


class Remembered:
    """Every change is written at once; what goes wrong with that is told once."""

    def __init__(self, settings: Settings, tell: Callable[[str], None], trust: Trust | None = None) -> None:
        self._settings = settings
        self.tell = tell
        self.trust = trust or Trust()

    @property
    def theme(self) -> str:
        """The name of a theme, or `system`."""
        return self._settings.theme

    @theme.setter
    def theme(self, name: str) -> None:
        if name in ("light", "dark", "contrast", "system"):
            self._keep(replace(self._settings, theme=name))

    @property
    def place(self) -> Place:
        """Where the window stood."""
        window = self._settings.window
        return Place(
            window.left,
            window.top,
            window.width,
            window.height,
            window.maximised,
            window.docks,
            window.minimap,
            window.target,
        )

    @place.setter
    def place(self, place: Place) -> None:
        window = Window(
            left=place.left,
            top=place.top,
            width=place.width,
            height=place.height,
            maximised=place.maximised,
            docks=place.docks,
            minimap=place.minimap,
            target=place.target,
        )
        self._keep(replace(self._settings, window=window))

    @property
    def exact(self) -> bool:
        """Whether convolutions are done without transforms."""
        return self._settings.exact

    @exact.setter
    def exact(self, exact: bool) -> None:
        self._keep(replace(self._settings, exact=exact))

    @property
    def recent(self) -> tuple[str, ...]:
        """The designs that were opened last."""
        return self._settings.recent

    @property
    def recovery(self) -> Path:
        """Where journals are kept."""
        return self._settings.autosave

    @property
    def library(self) -> Path:
        """Where the user's own modules are kept."""
        return self._settings.data / "library"

    def opened(self, file: Path) -> None:
        """Puts a design at the head of the recent ones."""
        self._keep(self._settings.with_recent(file))

    def gone(self, file: Path) -> None:
        """Takes a design out of the recent ones."""
        self._keep(self._settings.without_recent(file))

    def _keep(self, settings: Settings) -> None:
        self._settings = settings
        warning = save_settings(settings)
        if warning:
            self.tell(warning)
