"""Print what pip needs for some extras, without the project itself: `requirements.py [--no-qt] EXTRA…`.

`EXTRA:PACKAGE` is that package of the extra alone.
"""

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
            found += [line for line in extras[extra] if line.startswith(package)]
    if "--no-qt" in arguments:
        found = [line for line in found if not line.lower().startswith(("pyside6", "pytest-qt"))]
    return found


if __name__ == "__main__":
    print("\n".join(wanted(sys.argv[1:])))
