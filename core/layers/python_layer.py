"""A layer that is a Python file of the user's."""

import re
from collections.abc import Mapping
from importlib.util import decode_source
from typing import Any

from .. import ops
from ..expression import ExpressionError, evaluate, parse
from ..formula.syntax import NO_NAMES
from ..ops.primitive import Ref
from ..text import tr
from ..types import Type
from ..user_code import LOADED, UNLOADED
from .argument import ArgumentError, TextForm
from .demands import real
from .layer import Example, Layer, argument
from .spelling import Pasted, Spelling

PORTS = re.compile(r"\s*[^\W\d]\w*\s*(,\s*[^\W\d]\w*\s*)*")


def port_names(source: str) -> tuple[str, ...]:
    """The names of a text such as `x, mask`. ExpressionError where one is no name, or stands twice."""
    names = tuple(part.strip() for part in source.split(","))
    if not PORTS.fullmatch(source) or len(set(names)) < len(names) or NO_NAMES.intersection(names):
        raise ExpressionError(tr("expected names of inputs with commas between them, such as x, mask"))
    return names


def settings_of(source: str) -> tuple[tuple[str, Any], ...]:
    """The values of a text such as `beta=2.0; mode=1`. ExpressionError with the column."""
    found: dict[str, Any] = {}
    start = 0
    for part in source.split(";"):
        name, equals, value = part.partition("=")
        if part.strip():
            if not equals or not name.strip().isidentifier() or name.strip() in found:
                raise ExpressionError(tr("a setting is written as in beta=2.0; count=3"), start)
            found[name.strip()] = evaluate(parse(value), {})
        start += len(part) + 1
    return tuple(found.items())


class PythonLayer(Layer):
    """A layer of your own in a Python file: forward, backward and shape as functions of NumPy arrays.

    A file is run once you have trusted it, and asked about again when it has changed. shape(*shapes) gives
    the output's shape, forward(*arrays) its values, backward(cotangent, *arrays) a gradient for each input.
    """

    category = "structure"
    formula = "y = forward(x)"
    keywords = ("custom", "code", "NumPy", "own layer", "plug-in", "autograd function", "file")
    example = Example(inputs={"x": (2, 5)}, arguments={"file": "swish.py"})
    structural = True

    file: str = argument(
        initial="layer.py", help="The Python file, as it is found from the folder of the design"
    )
    sha256: str = argument(default="", help="The hash of the file that the design was drawn with")
    takes: str = argument(
        default="x",
        form=TextForm(port_names, lambda source: ()),
        help="The names of its inputs, with commas between them",
    )
    settings: str = argument(
        default="",
        form=TextForm(settings_of, lambda source: ()),
        help="What the functions are told besides arrays: beta=2.0; count=3",
    )

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """An input for each name."""
        source = arguments.get("takes", "x")
        try:
            return (port_names(source) if isinstance(source, str) else ("x",)), ("y",)
        except ExpressionError:
            return ("x",), ("y",)

    def forward(self, *xs: Ref) -> Ref:
        """The file's forward as one primitive."""
        for port, x in zip(port_names(self.takes), xs, strict=True):
            real(port, x)
        if self.sha256 not in LOADED:
            untried = tr("the layer in {file} is not loaded: it has not been trusted yet", file=self.file)
            raise ArgumentError("file", UNLOADED.get((self.file, self.sha256), untried))
        return ops.python_call(*xs, code=self.sha256, arguments=settings_of(self.settings))

    def pytorch(self, *inputs: Type) -> Spelling | None:
        """A torch.autograd.Function around the file's functions, whose source is pasted."""
        code = LOADED.get(self.sha256)
        if code is None:
            return None
        ports = port_names(self.takes)
        pasted = Pasted(self.file, decode_source(code.source), code.differentiates, ports,
                        settings_of(self.settings))  # fmt: skip
        places = ", ".join(f"{{{port}}}" for port in ports)
        return Spelling(apply=f"{{pasted}}.apply({places})", pasted=pasted)
