"""Lines of cells as text in columns."""

from collections.abc import Container, Sequence


def columns(titles: Sequence[str], lines: Sequence[Sequence[str]], right: Container[int]) -> str:
    """The titles and the lines below them; the columns of the numbers `right` end where their titles end."""
    all_lines = [titles, *lines]
    widths = [max(len(line[column]) for line in all_lines) for column in range(len(titles))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if place in right else text.ljust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in all_lines
    )
