"""Prints a user's file of NumPy functions as a function that jax calls back, with a gradient of its own."""

from ...layers.spelling import Pasted
from ..format import Line
from ..names import identifier
from ..pasted import holder, holder_name, spoken, told


def pasted_function(name: str, file: Pasted) -> list[Line]:
    """The lines of a function that holds the file, and of the function that calls what it gives."""
    plain, held, rest = identifier(name), holder_name(name), told(file)
    lines = holder(name, file)
    if file.differentiates:
        lines.append("@jax.custom_vjp")
    first = f"{held}()[0]" if file.differentiates else f"{held}()"
    lines += [
        f"def {name}(*inputs):",
        f'    """{spoken(file.file)}"""',
        f"    example = {first}(*(np.ones(x.shape, x.dtype) for x in inputs){rest})",
        "    kind = jax.ShapeDtypeStruct(np.shape(example), inputs[0].dtype)",
        "",
        "    def called(*arrays):",
        f"        return np.asarray({first}(*map(np.asarray, arrays){rest}), kind.dtype)",
        "",
        "    return jax.pure_callback(called, kind, *inputs)",
    ]
    if file.differentiates:
        lines += ["", "", *_backward(name, plain, held, rest)]
    return [Line(line) for line in lines]


def _backward(name: str, plain: str, holder: str, told: str) -> list[str]:
    return [
        f"def _{plain}_backward(inputs, dy):",
        "    def called(*arrays):",
        f"        found = {holder}()[1](*map(np.asarray, arrays){told})",
        "        found = found if isinstance(found, (tuple, list)) else (found,)",
        "        return tuple(np.asarray(dx, x.dtype) for dx, x in zip(found, inputs))",
        "",
        "    kinds = tuple(jax.ShapeDtypeStruct(x.shape, x.dtype) for x in inputs)",
        "    return jax.pure_callback(called, kinds, dy, *inputs)",
        "",
        "",
        f"{name}.defvjp(lambda *inputs: ({name}(*inputs), inputs), _{plain}_backward)",
    ]
