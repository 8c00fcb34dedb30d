"""How primitives are spelled in every framework in Python: by operators, and functions alike in name."""

from collections.abc import Callable

from ..dim import Dim
from ..layers.comparison import RELATION_SIGNS
from .primitive_class import Table, Use
from .values import literal, with_slices_spaced, written


def sliced(use: Use) -> str:
    """A slice along one axis."""
    step = f":{use['step']}" if use["step"] != 1 else ""
    before = ":, " * int(use["axis"])
    return with_slices_spaced(f"{{0}}[{before}{use.text('start')}:{use.text('stop')}{step}]")


OPERATORS: Table = {
    "slice": sliced,
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "compare": lambda use: f"{{0}} {RELATION_SIGNS[use['relation']]} {{1}}",
    "compare_number": lambda use: f"{{0}} {RELATION_SIGNS[use['relation']]} {use.text('value')}",
    "scale": lambda use: f"{{0}} * {use.text('factor')}",
    "offset": lambda use: f"{{0}} + {use.text('value')}",
    "over_root": lambda use: f"{{0}} * ({use.text('size')}) ** -0.5",
}
"""What Python's own operators do, in whichever framework."""


def elementwise(module: str) -> Table:
    """Functions of one number or two that NumPy, PyTorch and those that follow them call the same."""
    one = {name: f"{module}.{name}({{0}})" for name in ("sin", "cos", "exp", "log", "sqrt", "tanh")}
    two = {name: f"{module}.{name}({{0}}, {{1}})" for name in ("maximum", "minimum")}
    return {**one, **two}


def reductions(template: str, kept: str = ", keepdims=True", **names: str) -> Table:
    """Sums, means and extremes along axes: a template of `{method}`, `{axes}` and `{kept}`, the axes kept."""

    def reduction(method: str) -> Callable[[Use], str]:
        return lambda use: template.format(
            method=method, axes=use.text("axes"), kept=kept if use["keepdims"] else ""
        )

    return {name: reduction(names.get(name, name)) for name in ("sum", "mean", "max", "min")}


def all_inputs(use: Use) -> str:
    """All inputs, one behind the other."""
    return ", ".join(f"{{{place}}}" for place in range(len(use.step.inputs)))


def truth(use: Use, other: str = "{0} != 0") -> str:
    """The first input as truth values; `other` is what makes them of numbers."""
    return "{0}" if use.step.inputs[0].type.dtype == "bool" else other


def matrices(use: Use, turned: str) -> tuple[str, str]:
    """Both factors of a matrix product; `turned` says with `{x}` how the last two axes of one are swapped."""
    a, b = ("{0}", use["transpose_a"]), ("{1}", use["transpose_b"])
    left, right = (turned.replace("{x}", x) if turns else x for x, turns in (a, b))
    return left, right


def scaled_along(use: Use, factors: str, reshaped: str = "{factors}.reshape({shape})") -> str:
    """The input by factors that go along an axis, as many ones behind in their shape as there are axes."""
    rest = ", 1" * (use.step.inputs[0].type.rank - 1 - int(use["axis"]))
    text = reshaped.replace("{factors}", factors).replace("{shape}", f"-1{rest}") if rest else factors
    return f"{{0}} * {text}"


def elu(use: Use, called: str) -> str:
    """A factor, where there is one, by what the framework's own function gives."""
    scaled = "" if use["factor"] == 1 else f"{use.text('factor')} * "
    return f"{scaled}{called.replace('<alpha>', use.text('alpha'))}"


def unbiased(count: int) -> str:
    """The variance of so many numbers as an estimate: by count / (count - 1), where there are several."""
    return f"{{1}} * {literal(count / (count - 1))}" if count > 1 else "{1}"


def befores(use: Use) -> tuple[Dim, ...]:
    """What is added before each axis."""
    return tuple(pair[0] for pair in use["padding"])


def is_lopsided(use: Use) -> bool:
    """Whether more is added at one end of an axis than at the other."""
    return any(low != high for low, high in use["padding"])


def output_padding(use: Use) -> str:
    """What a transposed convolution lacks of the size that is wanted, by the framework's own rule."""
    dy, w = (ref.type.shape for ref in use.step.inputs)
    sizes = zip(dy[2:], use["stride"], befores(use), use["dilation"], w[2:], strict=True)
    least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in sizes]
    return written(tuple(size - one for size, one in zip(use["size"], least, strict=True)), use.names)
