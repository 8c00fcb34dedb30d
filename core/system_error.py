"""What the operating system says when it refuses something."""


def reason(error: OSError) -> str:
    """The system's words, behind the file or folder that they are about."""
    words = error.strerror or str(error) or type(error).__name__
    return words if error.filename is None else f"{error.filename}: {words}"
