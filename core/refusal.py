"""The error of an edit that cannot be done."""


class EditError(ValueError):
    """One sentence that says why the edit cannot be done; the document is as it was."""
