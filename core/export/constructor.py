"""The first lines of a class's constructor in Python."""

from .format import Bracket, Item, Line, laid_out


def constructor_head(given: tuple[Item, ...], *, passes_on: bool = False) -> list[Line]:
    """`def __init__(self, …):` and the call of the base's; where it `passes_on`, with all other keywords."""
    more = (Item("**kwargs"),) if passes_on else ()
    head = Bracket("def __init__(", (Item("self"), *given, *more))
    told = "**kwargs" if passes_on else ""
    return [*laid_out(head, 1, ":"), Line(f"        super().__init__({told})")]
