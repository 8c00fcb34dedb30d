"""The library that ships, written down as statements; `python -m tests.library` writes its files."""
