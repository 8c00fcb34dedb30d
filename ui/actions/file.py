"""Actions on files: new, open, save, export."""

from core.text import tr

from .action import Action


def file_actions() -> tuple[Action, ...]:
    """The File and Export menus."""
    return (
        Action(
            id="new",
            text=tr("New design"),
            menu="file",
            icon="new",
            shortcuts=("Ctrl+N",),
            perform=lambda w: w.files.new(),
        ),
        Action(
            id="templates",
            text=tr("Templates"),
            menu="file",
            perform=lambda w: w.show_start(),
            shortcuts=("Ctrl+T",),
        ),
        Action(
            id="open",
            text=tr("Open…"),
            menu="file",
            icon="open",
            shortcuts=("Ctrl+O",),
            perform=lambda w: w.files.ask_open(),
        ),
        Action(
            id="save",
            text=tr("Save"),
            menu="file",
            icon="save",
            shortcuts=("Ctrl+S",),
            separated=True,
            perform=lambda w: w.files.save(),
        ),
        Action(
            id="save-as",
            text=tr("Save as…"),
            menu="file",
            icon="save-as",
            shortcuts=("Ctrl+Shift+S",),
            perform=lambda w: w.files.save_as(),
        ),
        Action(
            id="compare-design",
            text=tr("Compare with…"),
            menu="file",
            separated=True,
            enabled=lambda w: not w.at_start,
            perform=lambda w: w.files.ask_compare(),
        ),
        Action(
            id="export-code",
            text=tr("Save the code…"),
            menu="export",
            icon="code",
            enabled=lambda w: not w.at_start,
            perform=lambda w: w.code.save.click(),
        ),
        Action(
            id="export-folder",
            text=tr("Code with its proof, into a folder…"),
            menu="export",
            icon="export",
            shortcuts=("Ctrl+E",),
            enabled=lambda w: not w.at_start and not w.export.is_running,
            perform=lambda w: w.export.ask(),
        ),
        Action(
            id="quit",
            text=tr("Quit"),
            menu="file",
            shortcuts=("Ctrl+Q",),
            separated=True,
            perform=lambda w: w.close(),
        ),
    )
