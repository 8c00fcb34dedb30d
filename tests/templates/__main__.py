"""Writes the designs into assets/templates: `python -m tests.templates`, with ids for some of them alone."""

import sys

from core.files import dumps, write_whole
from core.templates import FOLDER
from tests.templates.books import BOOKS


def main(keys: list[str]) -> None:
    """Writes the designs of these ids; all of them without any."""
    for key in keys or BOOKS:
        write_whole(FOLDER / f"{key}.loom", dumps(BOOKS[key]().document()))


if __name__ == "__main__":
    main(sys.argv[1:])
