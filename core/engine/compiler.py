"""What Numba has compiled as an object file, which is loaded without Numba.

Numba's functions return a status beside their result, for exceptions, which kernels have none of. Each gets
a function in front of it that other code, and Python, can call: its name is `file.function`.
"""

from collections.abc import Mapping
from typing import Any

import llvmlite.binding as llvm


def object_of(file: str, kernels: Mapping[str, Any]) -> bytes:
    """The compiled kernels of a file that take and return whole words alone, for the processor at hand."""
    from numba import types

    found: Any = llvm.parse_assembly("")
    for name, compiled in kernels.items():
        ((arguments, result),) = ((each.args, each.return_type) for each in _signatures(compiled))
        if any(type_ != types.int64 for type_ in (*arguments, result)):
            continue
        text = compiled.inspect_llvm(compiled.signatures[0])
        found.link_in(llvm.parse_assembly(text + _front(f"{file}.{name}", compiled, len(arguments))))
    found.verify()
    made: bytes = _machine().emit_object(found)
    return made


def _signatures(compiled: Any) -> list[Any]:
    return [each.signature for each in compiled.overloads.values()]


def _front(name: str, compiled: Any, count: int) -> str:
    """The function of that name in LLVM's words: it calls Numba's, and returns the result alone."""
    (made,) = compiled.overloads.values()
    arguments = ", ".join(f"i64 %{number}" for number in range(count))
    return f"""
    define i64 @"{name}"({arguments}) {{
      %result = alloca i64
      %exception = alloca ptr
      %status = call i32 @"{made.fndesc.llvm_func_name}"(ptr %result, ptr %exception, {arguments})
      %value = load i64, ptr %result
      ret i64 %value
    }}
    """


def _machine() -> Any:
    from numba import config

    target = llvm.Target.from_default_triple()
    features = config.CPU_FEATURES or llvm.get_host_cpu_features().flatten()
    name = config.CPU_NAME or llvm.get_host_cpu_name()
    return target.create_target_machine(cpu=name, features=features, opt=3, jit=True)
