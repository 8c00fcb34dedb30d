"""Everything that can be done, in one list: menus, shortcuts, and the command palette are made from it."""

from .action import Action
from .design import design_actions
from .file import file_actions
from .modules import module_actions
from .run import run_actions
from .view import view_actions


def all_actions() -> tuple[Action, ...]:
    """Every action, in the order of the menus."""
    return (*file_actions(), *design_actions(), *view_actions(), *module_actions(), *run_actions())


__all__ = ["Action", "all_actions"]
