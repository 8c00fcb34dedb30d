"""Nodes that decide which module runs: at build time from arguments, or at run time from values."""

from ..ops.primitive import Ref
from ..use import Use
from .layer import Example, Layer, argument

_SAME = Use("Identity")


class Choose(Layer):
    """One of two modules, picked when the network is built: a projection shortcut, or nothing in its place.

    The condition reads arguments and sizes, never values; only the module that is picked has parameters.
    """

    category = "structure"
    formula = "y = then(x) if condition else otherwise(x)"
    keywords = ("switch", "case", "option", "conditional", "shortcut", "build time", "if")
    example = Example(inputs={"x": (2, 5)}, arguments={"then": Use("ReLU"), "otherwise": _SAME})
    structural = True

    condition: bool = argument(default=True, help="Which one: an expression over arguments and sizes")
    then: Use = argument(default=_SAME, help="The module where the condition holds")
    otherwise: Use = argument(default=_SAME, help="The module where it does not")

    def forward(self, x: Ref) -> Ref:
        """Nothing of its own: the module that holds the node puts the picked one in its place."""
        return x


class If(Layer):
    """One of two modules, picked by a value while the network runs; the other one is not computed.

    The gradient goes through the module that ran; the condition gets none.
    """

    category = "structure"
    formula = "y = then(x) if condition ≠ 0 else otherwise(x)"
    keywords = ("branch", "conditional", "run time", "cond", "where")
    example = Example(inputs={"condition": (), "x": (2, 5)}, arguments={"then": Use("ReLU")})
    structural = True

    then: Use = argument(default=_SAME, help="The module where the condition is not zero")
    otherwise: Use = argument(default=_SAME, help="The module where it is zero")

    def forward(self, condition: Ref, x: Ref) -> Ref:
        """Nothing of its own: the module that holds the node runs the one that is picked."""
        return x


class While(Layer):
    """Repeats a module on its own results as long as a condition on them holds.

    What the body gives are its first inputs in the next round; further inputs stay as they are. The gradient
    goes back through the rounds that were run. A loop that has not ended after `bound` rounds is an error.
    """

    category = "structure"
    formula = "while condition(x) ≠ 0: x = body(x)"
    keywords = ("loop", "repeat until", "recurrence", "run time", "iterate")
    example = Example(inputs={"x": (2, 5)}, arguments={"condition": Use("Mean"), "body": Use("ReLU")})
    structural = True

    condition: Use = argument(default=Use(), help="A module that gives one number: zero ends the loop")
    body: Use = argument(default=_SAME, help="The module that is repeated")
    bound: int = argument(default=100, minimum=1, maximum=10_000, help="How many rounds it may take at most")

    def forward(self, x: Ref) -> Ref:
        """Nothing of its own: the module that holds the node runs the loop."""
        return x


CONTROL = frozenset({"Choose", "If", "While"})
"""The kinds whose parts are modules."""

RUN_TIME = CONTROL - {"Choose"}
"""Those of them that values decide while the network runs."""
