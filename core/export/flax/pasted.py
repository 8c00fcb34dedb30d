"""Prints a user's file of NumPy functions as a function that jax calls back, with a gradient of its own."""

from ...layers.spelling import Pasted
from ..format import Line
from ..names import identifier
from ..pytorch.pasted import indented, spoken
from ..values import literal


def pasted_function(name: str, file: Pasted) -> list[Line]:
    """The lines of a function that holds the file, and of the function that calls what it gives."""
    plain = identifier(name)
    holder = f"_{plain}_functions"
    given = ["forward", "backward"] if file.differentiates else ["forward"]
    lines = [f"def {holder}():", *indented(file.source), "", f"    return {', '.join(given)}", "", ""]
    told = "".join(f", {key}={literal(value)}" for key, value in file.settings)
    if file.differentiates:
        lines.append("@jax.custom_vjp")
    first = f"{holder}()[0]" if file.differentiates else f"{holder}()"
    lines += [
        f"def {name}(*inputs):",
        f'    """{spoken(file.file)}"""',
        f"    example = {first}(*(np.ones(x.shape, x.dtype) for x in inputs){told})",
        "    kind = jax.ShapeDtypeStruct(np.shape(example), inputs[0].dtype)",
        "",
        "    def called(*arrays):",
        f"        return np.asarray({first}(*map(np.asarray, arrays){told}), kind.dtype)",
        "",
        "    return jax.pure_callback(called, kind, *inputs)",
    ]
    if file.differentiates:
        lines += ["", "", *_backward(name, plain, holder, told)]
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
