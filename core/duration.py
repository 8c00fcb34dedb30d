"""How long something took, as the user reads it."""


def spelt(seconds: float) -> str:
    """`0.54 ms`, `12 ms`, `340 ms`, and from a second on `1.9 s`."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"
