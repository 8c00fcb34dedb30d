"""`python -m tests.frameworks.conformance`: the report."""

import sys

from .report import rows, written

if __name__ == "__main__":
    found = rows()
    print(written(found))
    sys.exit(any(row.failures for row in found))
