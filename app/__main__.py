"""The way in: `layerloom`, `python -m app`, and `python -m layerloom.app` all start here."""

import sys
from pathlib import Path

# The sources import one another as `app`, `core` and `ui`; installed, these stand below `layerloom`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.engine.blas import limit


def main() -> int:
    """Run what the command line says and give back the exit code."""
    limit()
    from app.cli import main as run  # after the limit, which only a NumPy heeds that is imported later

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
