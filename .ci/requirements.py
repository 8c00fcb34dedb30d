"""Print what pip needs for some extras, without the project itself: `requirements.py [--no-qt] EXTRA…`.

`EXTRA:PACKAGE` is that package of the extra alone.
"""

import re
import sys
import tomllib
from pathlib import Path


def wanted(arguments: list[str]) -> list[str]:
    """The project's dependencies with those of the extras, on request without all that needs Qt."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    found = list(project["dependencies"])
    for name in arguments:
        if name != "--no-qt":
            extra, _, package = name.partition(":")
            found += only(package, extras[extra]) if package else extras[extra]
    if "--no-qt" in arguments:
        found = [line for line in found if not line.lower().startswith(("pyside6", "pytest-qt"))]
    return found


def only(package: str, lines: list[str]) -> list[str]:
    """The lines that ask for a package, in whatever versions. Raises LookupError where none does."""
    found = [line for line in lines if re.split(r"[\s\[<>=!~;@]", line, maxsplit=1)[0] == package]
    if not found:
        raise LookupError(f"no requirement is for {package}")
    return found


if __name__ == "__main__":
    print("\n".join(wanted(sys.argv[1:])))
