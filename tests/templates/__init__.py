"""The designs that ship, written down as they were drawn; `python -m tests.templates` writes their files."""
