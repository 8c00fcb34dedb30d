"""Actions on runs."""

from .action import Action


def run_actions() -> tuple[Action, ...]:
    """The Run menu."""
    return ()
